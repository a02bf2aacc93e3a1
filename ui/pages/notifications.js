// @ts-check
/** What the service has told the person. */

import { fill, h } from "../dom.js";
import { alertBox, segments } from "../components/fields.js";
import { icon } from "../components/icons.js";
import { state } from "../components/placeholders.js";
import { explain, fromNow, t } from "../i18n.js";

/** @typedef {{ id: string, kind: string, class: "security" | "news", title: string, body: string, createdAt: string, readAt: string | null, link: string }} Notification */

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open({ api, live, bell, announce, link }) {
  /** @type {Notification[]} */
  let all = [];
  /** @type {string | null} */
  let next = null;
  let unread = 0;
  let only = "all";
  let turn = 0;
  const closing = new AbortController();
  const rows = h("ul", { class: "entries" });
  const empty = h("div");
  const notice = h("div");
  const heading = h("h1", { tabindex: "-1" }, t("room.notifications"));
  const more = h("button", { class: "button second", type: "button", on: { click: () => trying(fetchMore) } }, t("action.more"));
  const moreRow = h("div", { class: "row" }, more);
  const readAll = h("button", { class: "button second", type: "button", on: { click: () => trying(markAll) } }, icon("check", 18), t("notifications.read_all"));
  const which = segments({
    name: "which",
    label: t("notifications.which"),
    choices: [["all", t("notifications.all")], ["unread", t("notifications.unread")]],
    value: only,
    onChoose: (value) => {
      [only, all, next] = [value, [], null];
      trying(fetchMore);
    },
  });

  /** @param {string | null} cursor @returns {Promise<{ items: Notification[], nextCursor: string | null, unreadCount: number }>} */
  async function fetchPage(cursor) {
    const query = new URLSearchParams({ ...(only === "unread" ? { unread: "true" } : {}), ...(cursor ? { cursor } : {}) });
    return (await api.get(`/v1/account/notifications?${query}`)).data;
  }
  async function fetchMore() {
    const mine = ++turn;
    const page = await fetchPage(next);
    if (mine !== turn) return;
    [all, next] = [[...all, ...page.items], page.nextCursor];
    count(page.unreadCount);
  }
  /** What has come meanwhile comes on top. */
  async function refresh() {
    const mine = turn;
    const page = await fetchPage(null);
    if (mine !== turn) return;
    const known = new Set(all.map(({ id }) => id));
    const fresh = page.items.filter(({ id }) => !known.has(id));
    all = [...fresh, ...all];
    count(page.unreadCount);
  }
  /** @param {number} left */
  function count(left) {
    unread = left;
    bell.show(left);
    draw();
  }
  /** @param {Notification} one */
  async function mark(one) {
    if (one.readAt) return;
    const { data } = await api.post(`/v1/account/notifications/${encodeURIComponent(one.id)}/read`, {});
    one.readAt = new Date().toISOString();
    count(data.unreadCount);
  }
  async function markAll() {
    // What came while the person was reading stays unread.
    const { data } = await api.post("/v1/account/notifications/read", all[0] ? { upTo: all[0].id } : {});
    const now = new Date().toISOString();
    for (const one of all) one.readAt ??= now;
    count(data.unreadCount);
    announce(t("notifications.all_read"));
    heading.focus();
  }
  /** @param {Notification} one */
  async function remove(one) {
    const { data } = await api.delete(`/v1/account/notifications/${encodeURIComponent(one.id)}`);
    all = all.filter((other) => other !== one);
    count(data.unreadCount);
    announce(t("notifications.deleted"));
    heading.focus();
  }
  /** @param {() => Promise<void>} act */
  async function trying(act) {
    fill(notice);
    await act().catch((problem) => fill(notice, alertBox(explain(problem))));
  }
  function draw() {
    const focused = rows.querySelector(":focus")?.getAttribute("data-act");
    fill(rows, all.map((one) => row(one, { mark: () => trying(() => mark(one)), remove: () => trying(() => remove(one)) }, link)));
    const again = focused ? rows.querySelector(`[data-act="${CSS.escape(focused)}"]`) : null;
    if (again instanceof HTMLElement) again.focus();
    else if (focused) heading.focus();
    moreRow.hidden = next === null;
    empty.hidden = all.length > 0;
    readAll.hidden = unread === 0;
    fill(empty, all.length > 0 ? null : state({ sign: icon("bell", 48), title: t("notifications.none"), text: t("notifications.none_text") }));
  }

  live.addEventListener(
    "happened",
    (event) => {
      if (/** @type {CustomEvent} */ (event).detail.eventType === "notification.created") refresh().catch(() => null);
    },
    { signal: closing.signal },
  );
  await fetchMore();
  const head = h("header", { class: "room-head" }, heading, h("p", { class: "quiet-text" }, t("notifications.lead"), " ", h("a", link("preferences"), t("room.preferences")), "."));
  return { view: h("div", { class: "stack loose" }, head, h("div", { class: "row between" }, which, readAll), notice, h("section", { class: "card stack", "aria-label": t("room.notifications") }, rows, empty, moreRow)), close: () => closing.abort() };
}

/**
 * @param {Notification} one
 * @param {{ mark: () => void, remove: () => void }} acts
 * @param {(room: string) => import("../dom.js").Attributes} link
 */
function row(one, { mark, remove }, link) {
  const sign = one.class === "security" ? "shield" : one.kind.startsWith("media.") || one.kind.includes("avatar") ? "picture" : "bell";
  const there = link(one.link.split("/").at(-1) ?? "activity");
  const look = h("a", { ...there, "data-act": `look-${one.id}` }, t("notifications.look"));
  look.addEventListener("click", mark);
  const title = h("div", { class: "row entry-title" }, h("h2", {}, one.title), one.readAt ? null : h("span", { class: "badge brand" }, t("notifications.new")));
  const seen = one.readAt ? null : h("button", { class: "tool", type: "button", "data-act": `read-${one.id}`, "aria-label": t("notifications.read_one", { title: one.title }), title: t("notifications.read_this"), on: { click: mark } }, icon("check", 18));
  const bin = h("button", { class: "tool", type: "button", "data-act": `delete-${one.id}`, "aria-label": t("notifications.delete_one", { title: one.title }), title: t("notifications.delete_this"), on: { click: remove } }, icon("bin", 18));
  const time = h("p", { class: "small quiet-text" }, h("time", { datetime: one.createdAt }, fromNow(one.createdAt)), " · ", look);
  return h("li", { class: "entry", "data-notification": one.kind, "data-current": !one.readAt }, h("span", { class: "session-sign" }, icon(sign, 22)), h("div", { class: "entry-body" }, title, one.body ? h("p", {}, one.body) : null, time), h("div", { class: "row entry-tools" }, seen, bin));
}
