// @ts-check
/** One endpoint: how it fares, and what can be done with it. */

import { fill, h } from "../../dom.js";
import { waiting } from "../../components/action-form.js";
import { date, t } from "../../i18n.js";

/**
 * @typedef {object} Actions
 * @property {() => Promise<HTMLElement>} deliveries
 * @property {(button: HTMLElement) => void} test
 * @property {() => void} edit
 * @property {() => void} rotate
 * @property {() => void} toggle
 * @property {() => void} remove
 */

/**
 * @param {import("../webhooks.js").Endpoint} endpoint
 * @param {Actions} on
 */
export function endpointCard(endpoint, on) {
  const { url, description, eventTypes, enabled } = endpoint;
  const log = h("div", { class: "stack" });
  const name = description || url;
  /** Several cards have the same buttons, so each says of which it is. @param {string} text @param {(button: HTMLElement) => void} act @param {string} [tone] */
  const button = (text, act, tone = "") => {
    const made = h("button", { class: `button second small-button ${tone}`, type: "button", "aria-label": `${text}: ${name}` }, text);
    made.addEventListener("click", () => act(made));
    return made;
  };
  /** @param {HTMLElement} opener */
  const openLog = async (opener) => {
    const isOpen = opener.getAttribute("aria-expanded") === "true";
    opener.setAttribute("aria-expanded", String(!isOpen));
    if (isOpen) fill(log);
    else await waiting(opener, log, async () => fill(log, await on.deliveries()));
  };
  const deliveries = button(t("webhooks.deliveries"), openLog);
  deliveries.setAttribute("aria-expanded", "false");
  const title = h("h2", { class: "long-code", tabindex: "-1" }, url);
  const types = eventTypes.length === 0 ? h("p", { class: "small quiet-text" }, t("webhooks.all_events")) : h("ul", { class: "row event-tags", "aria-label": t("webhooks.types") }, eventTypes.map((type) => h("li", { class: "badge" }, type)));
  return h(
    "li",
    { class: "card stack", "data-endpoint": endpoint.id },
    h("div", {}, title, description ? h("p", {}, description) : null),
    standing(endpoint),
    types,
    h(
      "div",
      { class: "row" },
      button(t("webhooks.test"), on.test),
      deliveries,
      button(t("webhooks.edit"), on.edit),
      button(t("webhooks.rotate"), on.rotate),
      enabled ? button(t("webhooks.disable"), on.toggle) : button(t("webhooks.enable"), on.toggle),
      button(t("webhooks.remove"), on.remove, "warns"),
    ),
    log,
  );
}

/** How it fares. @param {import("../webhooks.js").Endpoint} endpoint */
function standing({ enabled, disabledReason, disabledAt, failingSince, formerSecretUntil }) {
  /** @param {string} time */
  const when = (time) => date(time, { dateStyle: "medium", timeStyle: "short" });
  const badge = enabled ? h("span", { class: failingSince ? "badge lilac" : "badge brand" }, failingSince ? t("webhooks.is_failing") : t("webhooks.is_enabled")) : h("span", { class: "badge" }, t("webhooks.is_disabled"));
  const facts = [
    !enabled && disabledAt ? t(`webhooks.why.${disabledReason}`, { date: when(disabledAt) }) : null,
    enabled && failingSince ? t("webhooks.failing_since", { date: when(failingSince) }) : null,
    formerSecretUntil ? t("webhooks.former_until", { date: when(formerSecretUntil) }) : null,
  ].filter(Boolean);
  return h("p", { class: "row" }, badge, facts.length > 0 ? h("span", { class: "small quiet-text" }, facts.join(" · ")) : null);
}
