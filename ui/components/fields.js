// @ts-check
/** Form fields: a label, a control, a hint, a counter and an error that belong together for every reader. */

import { fill, h, uid } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "./icons.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control */

/** @param {string} text letters as a reader counts them, not as UTF-16 does */
export function graphemes(text) {
  return [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text.normalize("NFC"))].length;
}

/**
 * @param {object} options
 * @param {string} options.name the field's name in the API, which its errors point to
 * @param {string} options.label
 * @param {Control} options.control
 * @param {HTMLElement} [options.wrapped] what to show instead of the bare control, which it holds
 * @param {string} [options.hint]
 * @param {boolean} [options.optional]
 * @param {number} [options.limit] most graphemes; shows a counter
 */
export function field({ name, label, control, wrapped, hint, optional = false, limit }) {
  control.id ||= uid(name);
  control.classList.add("input");
  const told = [];
  const hintLine = hint ? h("p", { class: "hint", id: uid("hint") }, hint) : null;
  if (hintLine) told.push(hintLine.id);
  const errorLine = h("p", { class: "error", id: uid("error"), hidden: true });
  told.push(errorLine.id);
  control.setAttribute("aria-describedby", told.join(" "));
  const caption = h("label", { for: control.id }, label, optional ? h("span", { class: "optional" }, ` (${t("form.optional")})`) : null);
  const line = h("div", { class: "label-line" }, caption, limit ? counter(control, limit) : null);
  return h("div", { class: "field", "data-field": name }, line, wrapped ?? control, hintLine, errorLine);
}

/** @param {Control} control @param {number} limit */
function counter(control, limit) {
  const output = h("span", { class: "counter" });
  const count = () => {
    const used = graphemes(control.value);
    fill(output, h("span", { "aria-hidden": "true" }, `${used}/${limit}`), h("span", { class: "unseen" }, t("form.counted", { used, limit })));
    output.classList.toggle("over", used > limit);
  };
  control.addEventListener("input", count);
  control.addEventListener("refresh", count);
  count();
  return output;
}

/**
 * Sets a control's value as if by hand, counters following, without counting as the person's own edit.
 *
 * @param {Control} control
 * @param {string} value
 */
export function setValue(control, value) {
  control.value = value;
  control.dispatchEvent(new Event("refresh"));
}

/** @param {Element} fieldElement @param {string} message empty clears */
export function setFieldError(fieldElement, message) {
  const line = fieldElement.querySelector(":scope > .error");
  // What is typed can be wrong; what is chosen beside it is one of the choices.
  const control = fieldElement.querySelector("input, textarea") ?? fieldElement.querySelector("select");
  if (!(line instanceof HTMLElement)) return;
  line.hidden = !message;
  fill(line, message ? icon("alert", 16) : null, message);
  if (message) control?.setAttribute("aria-invalid", "true");
  else control?.removeAttribute("aria-invalid");
}

/** @param {Element} form */
export function clearErrors(form) {
  for (const element of form.querySelectorAll("[data-field]")) setFieldError(element, "");
}

/**
 * The innermost field with room for a message that a pointer leads into: that of one link among the links, where there is one.
 *
 * @param {Element} form
 * @param {string} pointer a JSON pointer
 */
function homeOf(form, pointer) {
  const parts = pointer.replace(/^\//, "").split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  for (let depth = parts.length; depth > 0; depth -= 1) {
    const home = form.querySelector(`[data-field="${CSS.escape(parts.slice(0, depth).join("/"))}"]`);
    if (home?.querySelector(":scope > .error")) return home;
  }
  return null;
}

/**
 * Puts messages beside the fields they point to and moves to the first; returns those that belong to no field here.
 *
 * @param {Element} form
 * @param {import("../api.js").FieldError[]} errors
 */
export function showErrors(form, errors) {
  /** Two entries of one list may be wrong, each in its own way. @type {Map<Element, Set<string>>} */
  const told = new Map();
  const homeless = errors.filter(({ pointer, message }) => {
    const home = homeOf(form, pointer);
    if (home) told.set(home, (told.get(home) ?? new Set()).add(message));
    return !home;
  });
  for (const [home, messages] of told) setFieldError(home, [...messages].join(" "));
  const first = form.querySelector('[aria-invalid="true"]');
  if (first instanceof HTMLElement) first.focus();
  return homeless;
}

/** The sign of each tone. @type {Record<"danger" | "calm" | "done", import("./icons.js").IconName>} */
const SIGNS = { danger: "alert", calm: "mail", done: "check" };

/** @param {string} text @param {keyof typeof SIGNS} [tone] */
export function alertBox(text, tone = "danger") {
  const danger = tone === "danger";
  return h("div", { class: danger ? "alert" : "alert calm", role: danger ? "alert" : "status" }, icon(SIGNS[tone]), h("p", {}, text));
}

/**
 * A password field with a button that shows what was typed. Pasting and password managers work as anywhere.
 *
 * @param {{ autocomplete: "current-password" | "new-password", hint?: string, name?: string, label?: string }} options
 */
export function passwordField({ autocomplete, hint, name = "password", label = t("field.password") }) {
  const control = h("input", { type: "password", name, autocomplete, required: true, spellcheck: "false", autocapitalize: "none" });
  const toggle = h("button", { type: "button", "aria-pressed": "false", "aria-label": t("password.show") }, icon("eye"));
  toggle.addEventListener("click", () => {
    const shown = control.type === "password";
    control.type = shown ? "text" : "password";
    toggle.setAttribute("aria-pressed", String(shown));
    fill(toggle, icon(shown ? "eye-off" : "eye"));
  });
  const wrapped = h("div", { class: "password" }, control, toggle);
  return { control, element: field({ name, label, control, wrapped, hint }) };
}

/**
 * A text with its digits as programs know them: some keyboards write those of Arabic, Hindi or full width. The digits of a
 * script follow each other in Unicode, zero first, so a digit's value is how many are before it.
 *
 * @param {string} text
 */
export function plainDigits(text) {
  return text.normalize("NFKC").replace(/\p{Nd}/gu, (digit) => {
    const point = digit.codePointAt(0) ?? 0;
    let before = 0;
    while (/\p{Nd}/u.test(String.fromCodePoint(point - before - 1))) before += 1;
    // Two scripts may touch.
    return String(before % 10);
  });
}

/**
 * A field for a one-time code of an application. It takes what is pasted as it is, spaces and hyphens among it.
 *
 * @param {{ recovery?: boolean }} [options] `recovery` takes recovery codes too, which have letters
 */
export function codeField({ recovery = false } = {}) {
  const control = h("input", { name: "code", type: "text", class: "code-input", autocomplete: "one-time-code", inputmode: recovery ? "text" : "numeric", autocapitalize: "none", spellcheck: "false", required: true });
  return { control, element: field({ name: "code", label: t("field.code"), control, hint: recovery ? t("code.or_recovery") : t("code.hint") }), value: () => plainDigits(control.value) };
}

/**
 * A field for a code that was mailed. Most have six digits, which are quickest typed by keys for digits; a long one has letters,
 * so that a screen's keyboard must be able to show them.
 *
 * @param {string} name
 */
export function mailedCodeField(name) {
  const control = h("input", { name, class: "code", type: "text", autocomplete: "one-time-code", inputmode: "numeric", required: true, autocapitalize: "none", spellcheck: "false", maxlength: 64 });
  const letters = h("button", { class: "button bare small-button", type: "button" }, t("verify.letters"));
  letters.addEventListener("click", () => {
    const now = control.inputMode === "numeric";
    control.inputMode = now ? "text" : "numeric";
    fill(letters, now ? t("verify.digits") : t("verify.letters"));
    control.focus();
  });
  const element = field({ name, label: t("verify.code"), control, hint: t("verify.code_hint") });
  element.append(h("div", { class: "keys-choice" }, letters));
  return { control, element };
}

/**
 * A select with one option per pair.
 *
 * @param {string} name
 * @param {[value: string, label: string][]} options
 * @param {string} value
 */
export function select(name, options, value) {
  const control = h("select", { class: "input", name }, options.map(([id, label]) => h("option", { value: id }, label)));
  control.value = value;
  return control;
}

/**
 * A row with a text and a switch.
 *
 * @param {{ name: string, label: string, hint?: string, checked: boolean }} options
 */
export function switchRow({ name, label, hint, checked }) {
  const hintId = uid("hint");
  const control = h("input", { type: "checkbox", role: "switch", class: "switch", name, id: uid(name), "aria-describedby": hint ? hintId : null, props: { checked } });
  return h("div", { class: "switch-row" }, h("label", { class: "label", for: control.id }, label), hint ? h("p", { class: "hint", id: hintId }, hint) : null, control);
}

/**
 * Radios that look like one control.
 *
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.label what is chosen, for those who don't see the layout
 * @param {[value: string, label: string, sign?: Node][]} options.choices
 * @param {string} options.value
 * @param {string} [options.describedBy]
 * @param {(value: string) => void} options.onChoose
 */
export function segments({ name, label, choices, value, describedBy, onChoose }) {
  const group = uid(name);
  return h(
    "div",
    { class: "segments", role: "radiogroup", "aria-label": label, "aria-describedby": describedBy },
    choices.map(([id, text, sign]) => {
      const control = h("input", { type: "radio", name: group, value: id, props: { checked: id === value }, on: { change: () => onChoose(id) } });
      return h("label", { class: "segment" }, control, h("span", {}, sign, text));
    }),
  );
}
