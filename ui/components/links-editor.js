// @ts-check
/** Links to a person's other pages, one per platform. */

import { fill, h, uid } from "../dom.js";
import { t } from "../i18n.js";
import { select } from "./fields.js";
import { icon } from "./icons.js";
import { PLATFORMS, platformName } from "./profile-card.js";

/** Most links in a profile. */
const MOST = 10;

export function linksEditor() {
  /** @type {{ platform: string, address: string }[]} */
  let rows = [];
  const lines = h("div", { class: "stack" });
  const errorId = uid("error");
  const add = h("button", { class: "button second small-button", type: "button" }, icon("plus", 16), t("links.add"));
  const error = h("p", { class: "error", id: errorId, hidden: true });
  const element = h("fieldset", { class: "field links-editor", "data-field": "socialLinks" }, h("legend", { class: "label" }, t("field.socialLinks"), h("span", { class: "optional" }, ` (${t("form.optional")})`)), lines, error, h("div", {}, add));

  const changed = () => element.dispatchEvent(new Event("change", { bubbles: true }));
  /** @param {string} [mine] */
  const free = (mine) => [...new Set([...Object.keys(PLATFORMS), ...(mine ? [mine] : [])])].filter((name) => name === mine || !rows.some((row) => row.platform === name));
  /** @param {{ platform: string, address: string }} row */
  const line = (row) => {
    const platform = select("platform", free(row.platform).map((name) => [name, platformName(name)]), row.platform);
    platform.setAttribute("aria-label", t("links.platform"));
    platform.addEventListener("change", () => {
      row.platform = platform.value;
      draw();
      changed();
    });
    const ownErrorId = uid("error");
    const address = h("input", { class: "input", type: "url", inputmode: "url", name: "address", autocomplete: "url", placeholder: "https://", "aria-label": t("links.address", { platform: platformName(row.platform) }), "aria-describedby": `${ownErrorId} ${errorId}`, props: { value: row.address } });
    address.addEventListener("input", () => (row.address = address.value));
    const remove = h("button", { class: "button bare", type: "button", "aria-label": t("links.remove", { platform: platformName(row.platform) }) }, icon("bin", 18));
    remove.addEventListener("click", () => {
      rows = rows.filter((other) => other !== row);
      draw();
      changed();
      add.focus();
    });
    return h("div", { class: "link-line", "data-field": `socialLinks/${row.platform}` }, platform, address, remove, h("p", { class: "error", id: ownErrorId, hidden: true }));
  };
  const draw = () => {
    fill(lines, rows.map(line));
    lines.hidden = rows.length === 0;
    add.disabled = rows.length >= MOST;
  };
  add.addEventListener("click", () => {
    rows.push({ platform: free()[0] ?? "website", address: "" });
    draw();
    const inputs = lines.querySelectorAll("input");
    inputs[inputs.length - 1]?.focus();
  });
  draw();
  return {
    element,
    /** @returns {Record<string, string>} */
    get value() {
      return Object.fromEntries(rows.filter((row) => row.address.trim()).map((row) => [row.platform, row.address.trim()]));
    },
    set value(links) {
      // Drawing anew would drop the focus of someone who goes on typing after saving.
      if (rows.length > 0 && JSON.stringify(Object.entries(this.value).sort()) === JSON.stringify(Object.entries(links).sort())) return;
      rows = Object.entries(links).map(([platform, address]) => ({ platform, address }));
      draw();
    },
  };
}
