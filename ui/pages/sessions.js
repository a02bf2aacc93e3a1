// @ts-check
/** Where the account is signed in. */

import { deviceName } from "../device.js";
import { fill, h } from "../dom.js";
import { ask } from "../components/dialogs.js";
import { alertBox } from "../components/fields.js";
import { icon } from "../components/icons.js";
import { date, explain, fromNow, t } from "../i18n.js";

/** @typedef {{ sessionId: string, device?: string | null, ip?: string | null, createdAt: string, lastSeenAt?: string | null, current: boolean }} SignedIn */

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open({ api, root, announce }) {
  /** @type {SignedIn[]} */
  let sessions = [];
  /** @type {string | null} */
  let next = null;
  const rows = h("ul", { class: "sessions" });
  const notice = h("div");
  const more = h("button", { class: "button second", type: "button", on: { click: () => trying(fetchMore) } }, t("action.more"));
  const others = h("button", { class: "button second warns", type: "button", on: { click: () => trying(endOthers) } }, icon("leave", 18), t("sessions.end_others"));

  async function fetchMore() {
    const { data } = await api.get(`/v1/account/sessions${next ? `?cursor=${encodeURIComponent(next)}` : ""}`);
    sessions = [...sessions, ...data.items].sort((one, two) => Number(two.current) - Number(one.current));
    next = data.nextCursor ?? null;
    draw();
  }
  /** @param {SignedIn} session */
  async function end(session) {
    await api.delete(`/v1/account/sessions/${encodeURIComponent(session.sessionId)}`);
    sessions = sessions.filter((other) => other !== session);
    draw();
    announce(t("sessions.ended"));
    heading.focus();
  }
  async function endOthers() {
    if (!(await ask(root, { title: t("sessions.others_title"), text: t("sessions.others_text"), yes: t("sessions.end_others"), danger: true }))) return;
    await api.delete("/v1/account/sessions");
    [sessions, next] = [sessions.filter((session) => session.current), null];
    draw();
    announce(t("sessions.others_ended"));
    heading.focus();
  }
  /** @param {() => Promise<void>} act */
  async function trying(act) {
    fill(notice);
    await act().catch((problem) => fill(notice, alertBox(explain(problem))));
  }
  function draw() {
    fill(rows, sessions.map((session) => row(session, () => trying(() => end(session)))));
    more.hidden = next === null;
    others.hidden = sessions.length < 2 && next === null;
  }

  const heading = h("h1", { tabindex: "-1" }, t("room.sessions"));
  await fetchMore();
  const head = h("header", { class: "room-head" }, heading, h("p", { class: "quiet-text" }, t("sessions.lead")));
  return { view: h("div", { class: "stack loose" }, head, notice, h("section", { class: "card stack", "aria-label": t("room.sessions") }, rows, h("div", { class: "row between" }, others, more))) };
}

/** @param {SignedIn} session @param {() => void} end */
function row(session, end) {
  const device = session.device ? deviceName(session.device) : t("sessions.unknown_device");
  const seen = session.lastSeenAt ? t("sessions.seen", { time: fromNow(session.lastSeenAt) }) : null;
  const facts = [session.ip, seen, t("sessions.since", { date: date(session.createdAt, { dateStyle: "medium", timeStyle: "short" }) })].filter(Boolean);
  const button = h("button", { class: "button second small-button", type: "button", "aria-label": t("sessions.end_one", { device }), on: { click: end } }, t("sessions.end"));
  return h(
    "li",
    { class: "session", "data-current": session.current },
    h("span", { class: "session-sign" }, icon("devices", 22)),
    h("div", {}, h("h2", {}, device), h("p", { class: "small quiet-text" }, facts.join(" · "))),
    session.current ? h("span", { class: "badge brand" }, t("sessions.this_one")) : button,
  );
}
