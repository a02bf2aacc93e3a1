// @ts-check
/** What has happened in the account, and "this wasn't me". */

import { deviceName } from "../device.js";
import { fill, h } from "../dom.js";
import { ask, show } from "../components/dialogs.js";
import { alertBox, field, select } from "../components/fields.js";
import { icon } from "../components/icons.js";
import { reauthenticate } from "../components/reauthenticate.js";
import { state } from "../components/placeholders.js";
import { date, explain, fromNow, t } from "../i18n.js";
import { Withdrawn } from "../passkeys.js";

/** @typedef {{ id: string, type: string, occurredAt: string, summary: string, ip: string | null, device: string | null, session: string | null, current: boolean, requestId: string | null, source: "account" | "client" | "service", service?: string, data?: Record<string, unknown> }} Entry */

/** What the filter by kind asks for. @type {Record<string, string>} */
const KINDS = { all: "", security: "session,security,passkey,user", profile: "profile,profiles,alias", pictures: "media,profile.avatar_updated,profile.avatar_removed,profile.avatar_failed", apps: "activity.recorded" };

/** What the filter by time asks for, in days. @type {Record<string, number>} */
const SPANS = { always: 0, day: 1, week: 7, month: 30, quarter: 91 };

/** Where few entries fit, the service says so and gives none; so often it is asked to look further before the reader is. */
const LOOKS = 4;

/** Several things often happen together; they are asked for together, after so many milliseconds. */
const TOGETHER = 250;

/** @type {[RegExp, import("../components/icons.js").IconName][]} */
const SIGNS = [[/^session\./, "devices"], [/^passkey\.|password|2fa|recovery/, "key"], [/^security\.|undone|disowned/, "shield"], [/^media\.|avatar/, "picture"], [/email/, "mail"], [/privacy/, "eye"], [/preferences/, "sliders"], [/^alias\./, "mask"], [/^(user|profile|profiles)\./, "person"]];

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open({ api, root, live, link, leave }) {
  /** @type {Entry[]} */
  let entries = [];
  /** @type {string | null} */
  let next = null;
  /** The filter may have been changed while it was asked: what comes for the one before is not taken. */
  let turn = 0;
  let timer = 0;
  const closing = new AbortController();
  const rows = h("ul", { class: "entries" });
  const empty = h("div");
  const notice = h("div");
  const more = h("button", { class: "button second", type: "button", on: { click: () => trying(fetchMore) } }, t("action.more"));
  const moreRow = h("div", { class: "row" }, more);
  const kind = select("kind", Object.keys(KINDS).map((name) => [name, t(`activity.kind_${name}`)]), "all");
  const span = select("span", Object.keys(SPANS).map((name) => [name, t(`activity.span_${name}`)]), "always");
  for (const control of [kind, span]) control.addEventListener("change", () => trying(startAnew));

  function filter() {
    const days = SPANS[span.value] ?? 0;
    const from = days ? new Date(Date.now() - days * 86_400_000).toISOString() : "";
    return [["type", KINDS[kind.value] ?? ""], ["from", from]].filter(([, value]) => value);
  }
  let asked = filter();

  /** @param {string | null} cursor */
  async function fetchPage(cursor) {
    const query = new URLSearchParams([...asked, ...(cursor ? [["cursor", cursor]] : [])].map(([name, value]) => [String(name), String(value)]));
    const { data } = await api.get(`/v1/account/activity?${query}`);
    return /** @type {{ items: Entry[], nextCursor: string | null }} */ (data);
  }
  async function startAnew() {
    [entries, next, asked] = [[], null, filter()];
    await fetchMore();
  }
  async function fetchMore() {
    const mine = ++turn;
    let found = await fetchPage(next);
    for (let looks = 1; found.items.length === 0 && found.nextCursor && looks < LOOKS; looks += 1) found = await fetchPage(found.nextCursor);
    if (mine !== turn) return;
    const known = new Set(entries.map(({ id }) => id));
    entries = [...entries, ...found.items.filter(({ id }) => !known.has(id))];
    next = found.nextCursor;
    draw();
  }
  /** What has happened meanwhile comes on top; what is open stays open. */
  async function refresh() {
    const mine = turn;
    const { items } = await fetchPage(null);
    if (mine !== turn) return;
    const known = new Set(entries.map(({ id }) => id));
    const fresh = items.filter(({ id }) => !known.has(id));
    if (fresh.length === 0) return;
    entries = [...fresh, ...entries];
    rows.prepend(...fresh.map((entry) => row(entry, () => disown(entry))));
    settle();
  }
  /** @param {Entry} entry */
  async function disown(entry) {
    if (!(await ask(root, { title: t("activity.disown_title"), text: t("activity.disown_text", { what: entry.summary }), yes: t("activity.disown"), danger: true }))) return;
    const { data } = await reauthenticate({ api, root }, () => api.post(`/v1/account/activity/${encodeURIComponent(entry.id)}/disown`, {}));
    if (data.undone) leave("/forgot");
    show(root, t("activity.done_title"), done(data, link));
  }
  /** @param {() => Promise<void>} act */
  async function trying(act) {
    fill(notice);
    await act().catch((problem) => {
      if (!(problem instanceof Withdrawn)) fill(notice, alertBox(explain(problem)));
    });
  }
  function settle() {
    moreRow.hidden = next === null;
    empty.hidden = entries.length > 0;
    fill(empty, entries.length > 0 ? null : state({ sign: icon("clock", 48), title: t("activity.none"), text: next ? t("activity.none_yet") : t("activity.none_text") }));
  }
  function draw() {
    fill(rows, entries.map((entry) => row(entry, () => trying(() => disown(entry)))));
    settle();
  }

  live.addEventListener(
    "happened",
    (event) => {
      if (/** @type {CustomEvent} */ (event).detail.eventType.startsWith("notification.")) return;
      clearTimeout(timer);
      timer = window.setTimeout(() => refresh().catch(() => null), TOGETHER);
    },
    { signal: closing.signal },
  );
  await fetchMore();
  const filters = h("form", { class: "filters", "aria-label": t("activity.filter"), on: { submit: (/** @type {Event} */ event) => event.preventDefault() } }, field({ name: "kind", label: t("activity.kind"), control: kind }), field({ name: "span", label: t("activity.span"), control: span }));
  const head = h("header", { class: "room-head" }, h("h1", { tabindex: "-1" }, t("room.activity")), h("p", { class: "quiet-text" }, t("activity.lead")));
  const close = () => {
    clearTimeout(timer);
    closing.abort();
  };
  return { view: h("div", { class: "stack loose" }, head, filters, notice, h("section", { class: "card stack", "aria-label": t("room.activity") }, rows, empty, moreRow)), close };
}

/** @param {Entry} entry @param {() => void} disown */
function row(entry, disown) {
  const sign = SIGNS.find(([pattern]) => pattern.test(entry.type))?.[1] ?? "clock";
  const by = entry.service ? t("activity.by_service", { service: entry.service }) : null;
  const device = entry.device ? deviceName(entry.device) : null;
  const when = h("time", { datetime: entry.occurredAt }, fromNow(entry.occurredAt));
  const facts = [device, by, entry.ip].filter(Boolean).join(" · ");
  const badge = entry.current ? h("span", { class: "badge brand" }, t("sessions.this_one")) : null;
  const title = h("div", { class: "row entry-title" }, h("h2", {}, entry.summary), badge);
  const button = entry.current || entry.source === "service" ? null : h("button", { class: "button second small-button warns", type: "button", "aria-label": t("activity.disown_one", { what: entry.summary }), on: { click: disown } }, t("activity.disown"));
  const details = h("details", { class: "entry-details" }, h("summary", { "aria-label": t("activity.details_of", { what: entry.summary }) }, t("activity.details")), h("div", { class: "stack" }, particulars(entry), button));
  return h("li", { class: "entry", "data-entry": entry.type, "data-current": entry.current }, h("span", { class: "session-sign" }, icon(sign, 22)), h("div", { class: "entry-body" }, title, h("p", { class: "small quiet-text" }, when, facts ? ` · ${facts}` : null), details));
}

/** @param {Entry} entry */
function particulars(entry) {
  const data = entry.data && Object.keys(entry.data).length > 0 ? JSON.stringify(entry.data) : null;
  /** @type {[string, string | null][]} */
  const pairs = [
    [t("activity.time"), date(entry.occurredAt, { dateStyle: "long", timeStyle: "medium" })],
    [t("activity.type"), entry.type],
    [t("activity.device"), entry.device],
    [t("activity.address"), entry.ip],
    [t("activity.session"), entry.session],
    [t("activity.request"), entry.requestId],
    [t("activity.data"), data],
  ];
  return h("dl", { class: "particulars small" }, pairs.filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/**
 * What was done, and where to go next.
 *
 * @param {{ sessionEnded: boolean, undone: boolean, nextSteps: string[] }} outcome
 * @param {(room: string) => import("../dom.js").Attributes} link
 */
function done({ sessionEnded, undone, nextSteps }, link) {
  /** @type {Record<string, import("../dom.js").Attributes>} */
  const places = { change_password: link("security"), end_other_sessions: link("sessions"), reset_password: { href: "/forgot" } };
  const said = [undone ? t("activity.done_undone") : null, sessionEnded && !undone ? t("activity.done_ended") : null].filter(Boolean);
  const steps = nextSteps.map((step) => h("li", {}, places[step] ? h("a", places[step], t(`activity.next_${step}`)) : t(`activity.next_${step}`)));
  const shut = (/** @type {Event} */ event) => event.target instanceof HTMLAnchorElement && event.target.closest("dialog")?.close();
  return h("div", { class: "stack", on: { click: shut } }, said.map((text) => h("p", {}, text)), h("p", {}, t("activity.next")), h("ul", { class: "steps" }, steps));
}
