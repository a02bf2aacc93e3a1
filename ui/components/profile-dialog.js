// @ts-check
/** The name and the words of a further profile, in a dialog that stays until they are saved. */

import { fill, h, uid } from "../dom.js";
import { explain, t } from "../i18n.js";
import { alertBox, clearErrors, field, showErrors } from "./fields.js";

/** @typedef {{ displayName: string, bio: string }} Words */

/**
 * @param {Element} root where the dialog is put
 * @param {{ title: string, words: Words, save: (words: Words) => Promise<void> }} options
 */
export function profileDialog(root, { title, words, save }) {
  const titleId = uid("title");
  const displayName = h("input", { name: "displayName", autocomplete: "off", required: true, props: { value: words.displayName } });
  const bio = h("textarea", { name: "bio", rows: "4", props: { value: words.bio } });
  const notice = h("div");
  const submit = h("button", { class: "button", type: "submit" }, t("action.save"));
  const form = h(
    "form",
    { class: "stack", novalidate: true },
    h("h2", { id: titleId }, title),
    notice,
    field({ name: "displayName", label: t("field.displayName"), control: displayName, limit: 50 }),
    field({ name: "bio", label: t("gallery.bio"), control: bio, limit: 500, optional: true }),
    h("div", { class: "row" }, h("button", { class: "button second", type: "button", on: { click: cancel } }, t("action.cancel")), submit),
  );
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": titleId }, form);
  function cancel() {
    dialog.close();
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.getAttribute("aria-busy") === "true") return;
    clearErrors(form);
    fill(notice);
    const given = { displayName: displayName.value.trim(), bio: bio.value.trim() };
    if (!given.displayName) {
      showErrors(form, [{ pointer: "/displayName", message: t("form.required") }]);
      return;
    }
    submit.setAttribute("aria-busy", "true");
    try {
      await save(given);
      dialog.close();
    } catch (problem) {
      const { fields = [] } = /** @type {import("../api.js").Problem} */ (problem);
      if (fields.length === 0 || showErrors(form, fields).length > 0) fill(notice, alertBox(explain(problem)));
    } finally {
      submit.setAttribute("aria-busy", "false");
    }
  });
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
}
