// @ts-check
import { h } from "../../dom.js";

/**
 * A card with a heading that can be moved to.
 *
 * @param {string} title
 * @param {string} lead
 * @param {import("../../dom.js").Child[]} content
 */
export function section(title, lead, ...content) {
  const heading = h("h2", { tabindex: "-1" }, title);
  return { heading, element: h("section", { class: "card stack", "aria-label": title }, heading, h("p", { class: "quiet-text" }, lead), content) };
}
