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
  const control = fieldElement.querySelector("input, textarea, select");
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
 * Puts messages beside the fields they point to and moves to the first; returns those that belong to no field here.
 *
 * @param {Element} form
 * @param {import("../api.js").FieldError[]} errors
 */
export function showErrors(form, errors) {
  const homeless = errors.filter(({ pointer, message }) => {
    const name = pointer.replace(/^\//, "").split("/")[0] ?? "";
    const home = form.querySelector(`[data-field="${CSS.escape(name)}"]`);
    if (home) setFieldError(home, message);
    return !home;
  });
  const first = form.querySelector('[aria-invalid="true"]');
  if (first instanceof HTMLElement) first.focus();
  return homeless;
}

/** @param {string} text @param {"danger" | "calm"} [tone] */
export function alertBox(text, tone = "danger") {
  const role = tone === "danger" ? "alert" : "status";
  return h("div", { class: tone === "calm" ? "alert calm" : "alert", role }, icon(tone === "calm" ? "mail" : "alert"), h("p", {}, text));
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
 * A field for a one-time code. It takes what is pasted as it is, spaces and hyphens among it.
 *
 * @param {{ recovery?: boolean, mailed?: boolean }} [options] `recovery` takes recovery codes too, which have letters; a `mailed` code is of no application
 */
export function codeField({ recovery = false, mailed = false } = {}) {
  const control = h("input", { name: "code", type: "text", class: "code-input", autocomplete: "one-time-code", inputmode: recovery ? "text" : "numeric", autocapitalize: "none", spellcheck: "false", required: true });
  return { control, element: field({ name: "code", label: t("field.code"), control, hint: mailed ? t("verify.code_hint") : recovery ? t("code.or_recovery") : t("code.hint") }) };
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
