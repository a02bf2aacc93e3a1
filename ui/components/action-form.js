// @ts-check
/** A form that does one thing: it waits for the answer, and shows what is refused where it belongs. */

import { fill, h } from "../dom.js";
import { explain, t } from "../i18n.js";
import { Unavailable, Withdrawn } from "../passkeys.js";
import { alertBox, clearErrors, showErrors } from "./fields.js";

/**
 * What went wrong, in the person's language; nothing where they gave up by themselves.
 *
 * @param {unknown} problem
 */
export function reason(problem) {
  if (problem instanceof Withdrawn) return "";
  return problem instanceof Unavailable ? t("passkey.unavailable") : explain(problem);
}

/**
 * A button that waits. It is not `disabled` meanwhile: a disabled button drops the focus.
 *
 * @param {HTMLElement} button
 * @param {boolean} is
 */
export function busy(button, is) {
  button.setAttribute("aria-disabled", String(is));
  button.setAttribute("aria-busy", String(is));
}

/**
 * Does something because of a button, and shows in `notice` why it did not work.
 *
 * @param {HTMLElement} button
 * @param {HTMLElement} notice
 * @param {() => Promise<unknown>} act
 */
export async function waiting(button, notice, act) {
  if (button.getAttribute("aria-disabled") === "true") return;
  fill(notice);
  busy(button, true);
  try {
    await act();
  } catch (problem) {
    const text = reason(problem);
    if (text) fill(notice, alertBox(text));
  } finally {
    busy(button, false);
  }
}

/**
 * @param {object} options
 * @param {HTMLElement[]} options.fields
 * @param {string} options.action the button's text
 * @param {() => import("../api.js").FieldError[]} [options.check] what is wrong before asking the server
 * @param {() => Promise<unknown>} options.send
 * @param {Node[]} [options.beside] further buttons
 */
export function actionForm({ fields, action, check = () => [], send, beside = [] }) {
  const notice = h("div");
  const button = h("button", { class: "button", type: "submit" }, action);
  const form = h("form", { class: "stack", novalidate: true, method: "post" }, notice, fields, h("div", { class: "row" }, button, beside));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors(form);
    fill(notice);
    if (showErrors(form, check()).length > 0 || form.querySelector('[aria-invalid="true"]')) return;
    await waiting(button, notice, () =>
      send().catch((problem) => {
        /** @type {import("../api.js").FieldError[]} */
        const errors = problem.fields ?? [];
        const homeless = showErrors(form, errors);
        if (errors.length === 0 || homeless.length > 0) throw problem;
      }),
    );
  });
  return form;
}
