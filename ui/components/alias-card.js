// @ts-check
/** One alias: the animal, its name, where it is worn, and what can be done with it. */

import { h } from "../dom.js";
import { fromNow, t, tn } from "../i18n.js";
import { icon } from "./icons.js";

/**
 * @typedef {object} Alias
 * @property {string} aliasId
 * @property {string} displayName
 * @property {string} avatar
 * @property {string} context
 * @property {string} contextType
 * @property {string} createdAt
 * @property {string} expiresAt
 * @property {boolean} isActive
 * @property {number} usageCount
 */

export const CONTEXT_TYPES = /** @type {const} */ (["chat_room", "post", "comment", "thread", "session"]);

/** @param {string} type */
export function contextName(type) {
  return /** @type {readonly string[]} */ (CONTEXT_TYPES).includes(type) ? t(`context.${type}`) : type;
}

/** @param {string} name `Anonymous_Panda_789` as people read it */
export function readable(name) {
  return name.replaceAll("_", " ");
}

/**
 * @param {Alias} alias
 * @param {object} options
 * @param {import("../api.js").Api} options.api
 * @param {boolean} options.revealed
 * @param {{ regenerate: () => void, reveal: () => void, history: () => void }} options.on
 */
export function aliasCard(alias, { api, revealed, on }) {
  const name = readable(alias.displayName);
  /** @type {(sign: import("./icons.js").IconName, text: string, act: () => void) => HTMLElement} */
  const button = (sign, text, act) => h("button", { class: "button second small-button", type: "button", "aria-label": `${text}: ${name}`, on: { click: act } }, icon(sign, 16), text);
  return h(
    "li",
    { class: "card alias-card", "data-alias": alias.aliasId, "data-context": alias.context },
    h("img", { class: "alias-animal", src: api.address(alias.avatar), alt: "", width: 88, height: 88, loading: "lazy" }),
    h(
      "div",
      { class: "alias-words" },
      h("h3", {}, name),
      h("p", { class: "small quiet-text" }, `${contextName(alias.contextType)} · `, h("span", { class: "alias-context" }, alias.context)),
      h("p", { class: "small quiet-text" }, [t("alias.expires", { time: fromNow(alias.expiresAt) }), tn("alias.used", alias.usageCount ?? 0)].join(" · ")),
      revealed ? h("p", {}, h("span", { class: "badge lilac" }, icon("eye", 15), t("alias.revealed"))) : null,
    ),
    h("div", { class: "row alias-actions" }, button("again", t("alias.regenerate"), on.regenerate), button("clock", t("alias.history"), on.history), revealed ? null : button("eye", t("alias.reveal"), on.reveal)),
  );
}
