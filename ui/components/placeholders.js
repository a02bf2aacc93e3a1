// @ts-check
/** What a place shows while it waits, when it has nothing, and when something went wrong. */

import { h } from "../dom.js";
import { explain, t } from "../i18n.js";
import { icon } from "./icons.js";

export function waiting() {
  const text = h("span", { class: "unseen", role: "status" }, t("state.loading"));
  return h("div", { class: "waiting", "data-state": "waiting" }, h("div"), h("div"), h("div"), text);
}

/**
 * @param {{ sign: Node, title: string, text: string, action?: Node | null, level?: "h1" | "h2" }} options
 */
export function state({ sign, title, text, action = null, level = "h2" }) {
  return h("div", { class: "state" }, sign, h(level, { tabindex: level === "h1" ? "-1" : null }, title), h("p", {}, text), action);
}

/** @param {unknown} problem @param {() => void} again */
export function failure(problem, again) {
  const button = h("button", { class: "button second", type: "button", on: { click: again } }, icon("again", 18), t("action.retry"));
  return h("div", { role: "alert" }, state({ sign: icon("alert", 64), title: t("state.failed"), text: explain(problem), action: button, level: "h1" }));
}
