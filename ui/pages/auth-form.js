// @ts-check
/** What signing in and registering share: a form that speaks with the session and shows refusals in place. */

import { fill, h, uid } from "../dom.js";
import { alertBox, clearErrors, showErrors } from "../components/fields.js";
import { mark } from "../components/icons.js";
import { explain } from "../i18n.js";

/** Refusals that speak of one field by their code. @type {Record<string, string>} */
const FIELD_OF = { email_taken: "/email", username_taken: "/username" };

/**
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.lead
 * @param {string} [options.done] what went well on the page before
 * @param {HTMLElement[]} options.fields
 * @param {string} options.action the button's text
 * @param {Node} options.foot
 * @param {() => import("../api.js").FieldError[]} options.check
 * @param {() => Promise<HTMLElement | void>} options.send what it resolves to takes the place of it all
 */
export function authForm({ title, lead, done, fields, action, foot, check, send }) {
  const notice = h("div");
  const button = h("button", { class: "button wide", type: "submit" }, action);
  const form = h("form", { class: "stack loose", novalidate: true, method: "post" }, notice, fields, button);
  const busy = (/** @type {boolean} */ is) => {
    // Not `disabled`: a disabled button drops the focus.
    button.setAttribute("aria-disabled", String(is));
    button.setAttribute("aria-busy", String(is));
  };
  const told = done ? alertBox(done, "done") : null;
  if (told) told.id = uid("done");
  // The heading gets the focus as the page comes, and with it what went well is read.
  const card = h("div", { class: "entrance card" }, mark(40), h("h1", { tabindex: "-1", "aria-describedby": told?.id }, title), h("p", { class: "quiet-text" }, lead), told, form, h("p", { class: "entrance-foot" }, foot));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    clearErrors(form);
    fill(notice);
    if (showErrors(form, check()).length > 0 || form.querySelector('[aria-invalid="true"]')) return;
    busy(true);
    try {
      const instead = await send();
      if (instead) {
        fill(card, instead);
        card.querySelector("h1")?.focus();
      }
    } catch (problem) {
      const { code = "", fields = [] } = /** @type {import("../api.js").Problem} */ (problem);
      const pointer = FIELD_OF[code];
      const errors = pointer ? [{ pointer, message: explain(problem) }] : fields;
      const homeless = showErrors(form, errors);
      if (errors.length === 0 || homeless.length > 0) fill(notice, alertBox(explain(problem, homeless)));
    } finally {
      busy(false);
    }
  });
  return card;
}
