// @ts-check
/** A list of short words: typed and added one by one, each with a button to remove it. */

import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { field, graphemes, setFieldError } from "./fields.js";
import { icon } from "./icons.js";

/** Most words in a list, and most letters in a word. */
const MOST = 20;
const LONGEST = 30;

/**
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.label
 * @param {string} options.look the chips' class
 */
export function tagsEditor({ name, label, look }) {
  /** @type {string[]} */
  let words = [];
  const chips = h("ul", { class: "chips", "aria-label": label });
  const control = h("input", { name, enterkeyhint: "done", autocapitalize: "none", autocomplete: "off" });
  const add = h("button", { class: "button second", type: "button" }, icon("plus", 18), t("action.add"));
  const wrapped = h("div", { class: "add-line" }, control, add);
  const element = field({ name, label, control, wrapped, hint: t("tags.hint", { most: MOST }), optional: true });
  element.append(chips);

  const changed = () => {
    draw();
    element.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const draw = () => {
    chips.hidden = words.length === 0;
    fill(chips, words.map((word) => h("li", { class: look }, word, removeButton(word))));
  };
  /** @param {string} word */
  const removeButton = (word) => {
    const click = () => {
      words = words.filter((other) => other !== word);
      changed();
      control.focus();
    };
    return h("button", { type: "button", "aria-label": t("tags.remove", { word }), on: { click } }, icon("cross", 14));
  };
  const take = () => {
    const fresh = control.value.split(/[,、]/).map((word) => word.trim().normalize("NFC")).filter((word) => word && !words.includes(word));
    const message = wrongWith([...words, ...fresh]);
    setFieldError(element, message);
    if (message || fresh.length === 0) return;
    words = [...words, ...fresh];
    control.value = "";
    changed();
  };
  add.addEventListener("click", take);
  control.addEventListener("keydown", (event) => {
    if ((event.key !== "Enter" && event.key !== ",") || event.isComposing) return;
    event.preventDefault();
    take();
  });
  control.addEventListener("change", take);
  draw();
  return {
    element,
    get value() {
      return words;
    },
    set value(list) {
      words = [...list];
      control.value = "";
      draw();
    },
  };
}

/** @param {string[]} words */
function wrongWith(words) {
  if (words.length > MOST) return t("tags.too_many", { most: MOST });
  return words.some((word) => graphemes(word) > LONGEST) ? t("tags.too_long", { most: LONGEST }) : "";
}
