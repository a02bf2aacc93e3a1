// @ts-check
/** The deliveries to an endpoint, the newest events first. */

import { fill, h } from "../../dom.js";
import { waiting } from "../../components/action-form.js";
import { field, select } from "../../components/fields.js";
import { date, t } from "../../i18n.js";

/**
 * @typedef {object} Delivery
 * @property {string} eventId
 * @property {string} eventType
 * @property {string | null} subject
 * @property {"delivered" | "waiting" | "failed"} status
 * @property {number} attempts
 * @property {string} attemptedAt
 * @property {number} durationMs
 * @property {number | null} code
 * @property {string | null} error
 * @property {string | null} nextAttemptAt
 */

/**
 * @param {{ api: import("../../api.js").Api, path: string, announce: (text: string) => void }} options `path` is the endpoint's
 */
export async function deliveryList({ api, path, announce }) {
  /** @type {Delivery[]} */
  let deliveries = [];
  /** @type {string | null} */
  let next = null;
  const rows = h("ul", { class: "deliveries" });
  const notice = h("div");
  const none = h("p", { class: "quiet-text" }, t("webhooks.no_deliveries"));
  const status = select("status", [["", t("webhooks.status.any")], ["delivered", t("webhooks.status.delivered")], ["waiting", t("webhooks.status.waiting")], ["failed", t("webhooks.status.failed")]], "");
  const more = h("button", { class: "button second", type: "button", on: { click: () => waiting(more, notice, fetchMore) } }, t("action.more"));
  status.addEventListener("change", () => waiting(status, notice, fetchAnew));

  async function fetchMore() {
    const asked = new URLSearchParams({ limit: "20", ...(status.value ? { status: status.value } : {}), ...(next ? { cursor: next } : {}) });
    const { data } = await api.get(`${path}/deliveries?${asked}`);
    deliveries = [...deliveries, ...data.items];
    next = data.nextCursor ?? null;
    draw();
  }
  async function fetchAnew() {
    [deliveries, next] = [[], null];
    await fetchMore();
  }
  /** @param {Delivery} delivery */
  async function replay(delivery) {
    const { data } = await api.post(`${path}/deliveries/${encodeURIComponent(delivery.eventId)}/replay`, {});
    deliveries = deliveries.map((other) => (other.eventId === data.eventId ? data : other));
    draw();
    announce(data.status === "delivered" ? t("webhooks.replayed") : t("webhooks.replay_failed", { error: data.error }));
    const again = rows.querySelector(`[data-event="${CSS.escape(delivery.eventId)}"] button`);
    if (again instanceof HTMLElement) again.focus();
  }
  function draw() {
    fill(rows, deliveries.map((delivery) => row(delivery, (button) => waiting(button, notice, () => replay(delivery)))));
    rows.hidden = deliveries.length === 0;
    none.hidden = deliveries.length > 0;
    more.hidden = next === null;
  }

  await fetchMore();
  return h("div", { class: "stack" }, field({ name: "status", label: t("webhooks.show"), control: status }), notice, none, rows, h("div", { class: "row" }, more));
}

/** @param {Delivery} delivery @param {(button: HTMLElement) => void} replay */
function row({ eventId, eventType, subject, status, attempts, attemptedAt, durationMs, code, error, nextAttemptAt }, replay) {
  /** @param {string} time */
  const when = (time) => date(time, { dateStyle: "medium", timeStyle: "medium" });
  const facts = [when(attemptedAt), t("webhooks.attempt", { attempts }), t("webhooks.took", { ms: durationMs }), code === null || error ? null : String(code), nextAttemptAt ? t("webhooks.next", { date: when(nextAttemptAt) }) : null];
  const tone = { delivered: "badge brand", waiting: "badge lilac", failed: "badge" }[status];
  const again = h("button", { class: "button second small-button", type: "button", "aria-label": `${t("webhooks.replay")}: ${eventType} ${eventId}` }, t("webhooks.replay"));
  again.addEventListener("click", () => replay(again));
  return h(
    "li",
    { class: "delivery", "data-event": eventId, "data-status": status },
    h("div", { class: "row" }, h("span", { class: tone }, t(`webhooks.status.${status}`)), h("code", { class: "long-code" }, eventType)),
    error ? h("p", { class: "small long-code" }, error) : null,
    h("p", { class: "small quiet-text" }, facts.filter(Boolean).join(" · ")),
    subject ? h("div", { class: "row" }, again) : null,
  );
}
