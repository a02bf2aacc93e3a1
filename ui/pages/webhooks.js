// @ts-check
/** Where events are posted to: for administrators. */

import { fill, h } from "../dom.js";
import { reason, waiting } from "../components/action-form.js";
import { ask } from "../components/dialogs.js";
import { alertBox } from "../components/fields.js";
import { icon } from "../components/icons.js";
import { reauthenticate } from "../components/reauthenticate.js";
import { state } from "../components/placeholders.js";
import { t } from "../i18n.js";
import { deliveryList } from "./webhooks/deliveries.js";
import { endpointCard } from "./webhooks/endpoint-card.js";
import { endpointForm } from "./webhooks/endpoint-form.js";
import { secretSheet } from "./webhooks/secret-sheet.js";

/**
 * @typedef {object} Endpoint
 * @property {string} id
 * @property {string} url
 * @property {string} description
 * @property {string[]} eventTypes
 * @property {boolean} enabled
 * @property {"administrator" | "gone" | "failing" | null} disabledReason
 * @property {string | null} disabledAt
 * @property {string | null} failingSince
 * @property {string | null} formerSecretUntil
 * @property {string} createdAt
 */

const HOOKS = "/internal/v1/webhooks";

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open(context) {
  const { api, root, announce } = context;
  /** @type {Endpoint[]} */
  let endpoints = [];
  /** @type {string[]} */
  let types = [];
  const heading = h("h1", { tabindex: "-1" }, t("room.webhooks"));
  const notice = h("div");
  const sheet = h("div");
  const place = h("div");
  const cards = h("ul", { class: "stack loose webhooks" });
  const empty = state({ sign: icon("link", 64), title: t("webhooks.none"), text: t("webhooks.none_text") });
  const add = h("button", { class: "button", type: "button", on: { click: () => showForm(null) } }, icon("plus", 18), t("webhooks.add"));

  async function fetchAll() {
    const { data } = await api.get(HOOKS);
    [endpoints, types] = [data.items, data.knownTypes];
    draw();
  }
  /** @param {Endpoint} endpoint */
  const path = ({ id }) => `${HOOKS}/${encodeURIComponent(id)}`;
  /** @param {Endpoint | null} endpoint */
  function showForm(endpoint) {
    const form = endpointForm({ endpoint, types, cancel: closeForm, send: (wanted) => (endpoint ? change(endpoint, wanted) : make(wanted)) });
    fill(place, form);
    add.hidden = true;
    form.querySelector("input")?.focus();
  }
  function closeForm() {
    fill(place);
    add.hidden = false;
    add.focus();
  }
  /** Shows a secret, which nobody will see again. @param {string} secret */
  function showSecret(secret) {
    fill(sheet, secretSheet(secret, () => {
      fill(sheet);
      heading.focus();
    }));
    sheet.querySelector("h2")?.focus();
  }
  /** @param {Record<string, unknown>} wanted */
  async function make(wanted) {
    const { data } = await reauthenticate(context, () => api.post(HOOKS, wanted));
    await fetchAll();
    closeForm();
    announce(t("webhooks.added"));
    showSecret(data.secret);
  }
  /** @param {Endpoint} endpoint @param {Record<string, unknown>} wanted */
  async function change(endpoint, wanted) {
    await reauthenticate(context, () => api.patch(path(endpoint), wanted));
    await fetchAll();
    closeForm();
    announce(t("webhooks.changed"));
  }
  /** @param {Endpoint} endpoint */
  async function rotate(endpoint) {
    if (!(await ask(root, { title: t("webhooks.rotate_title"), text: t("webhooks.rotate_text"), yes: t("webhooks.rotate") }))) return;
    const { data } = await reauthenticate(context, () => api.post(`${path(endpoint)}/rotate-secret`, {}));
    await fetchAll();
    showSecret(data.secret);
  }
  /** @param {Endpoint} endpoint */
  async function remove(endpoint) {
    if (!(await ask(root, { title: t("webhooks.remove_title"), text: t("webhooks.remove_text", { url: endpoint.url }), yes: t("webhooks.remove"), danger: true }))) return;
    await reauthenticate(context, () => api.delete(path(endpoint)));
    await fetchAll();
    announce(t("webhooks.removed"));
    heading.focus();
  }
  /** @param {Endpoint} endpoint */
  async function toggle(endpoint) {
    if (endpoint.enabled) await reauthenticate(context, () => api.patch(path(endpoint), { enabled: false }));
    else await reauthenticate(context, () => api.post(`${path(endpoint)}/enable`, {}));
    await fetchAll();
    announce(endpoint.enabled ? t("webhooks.now_disabled") : t("webhooks.now_enabled"));
    cards.querySelector(`[data-endpoint="${CSS.escape(endpoint.id)}"] h2`)?.focus();
  }
  /** @param {Endpoint} endpoint */
  async function test(endpoint) {
    const { data } = await api.post(`${path(endpoint)}/test`, {});
    if (data.status === "delivered") announce(t("webhooks.test_delivered", { ms: data.durationMs }));
    else fill(notice, alertBox(t("webhooks.test_failed", { url: endpoint.url, error: data.error })));
    if (data.status !== "delivered") notice.scrollIntoView({ block: "center" });
  }
  /** @param {() => Promise<unknown>} act */
  async function trying(act) {
    fill(notice);
    await act().catch((problem) => {
      const text = reason(problem);
      if (text) fill(notice, alertBox(text));
    });
  }
  function draw() {
    fill(
      cards,
      endpoints.map((endpoint) =>
        endpointCard(endpoint, {
          deliveries: () => deliveryList({ api, path: path(endpoint), announce }),
          test: (button) => waiting(button, notice, () => test(endpoint)),
          edit: () => showForm(endpoint),
          rotate: () => trying(() => rotate(endpoint)),
          toggle: () => trying(() => toggle(endpoint)),
          remove: () => trying(() => remove(endpoint)),
        }),
      ),
    );
    empty.hidden = endpoints.length > 0;
    cards.hidden = endpoints.length === 0;
  }

  try {
    await fetchAll();
  } catch (problem) {
    if (/** @type {import("../api.js").Problem} */ (problem).status !== 403) throw problem;
    // Asking again would not help.
    return { view: state({ sign: icon("shield", 64), title: t("webhooks.not_yours"), text: t("webhooks.not_yours_text"), level: "h1" }) };
  }
  const head = h("header", { class: "room-head" }, heading, h("p", { class: "quiet-text" }, t("webhooks.lead")));
  return { view: h("div", { class: "stack loose" }, head, sheet, notice, h("div", { class: "row" }, add), place, empty, cards) };
}
