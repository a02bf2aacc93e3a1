// @ts-check
/** The form for an endpoint: where events go, and which. */

import { h, uid } from "../../dom.js";
import { actionForm } from "../../components/action-form.js";
import { field, switchRow } from "../../components/fields.js";
import { t } from "../../i18n.js";

/**
 * @param {object} options
 * @param {import("../webhooks.js").Endpoint | null} options.endpoint
 * @param {string[]} options.types all that there are
 * @param {() => void} options.cancel
 * @param {(wanted: Record<string, unknown>) => Promise<unknown>} options.send
 */
export function endpointForm({ endpoint, types, cancel, send }) {
  const url = h("input", { name: "url", type: "url", required: true, autocomplete: "off", autocapitalize: "none", spellcheck: "false", placeholder: "https://example.org/hooks", props: { value: endpoint?.url ?? "" } });
  const description = h("input", { name: "description", autocomplete: "off", props: { value: endpoint?.description ?? "" } });
  const chosen = new Set(endpoint?.eventTypes ?? []);
  const everything = switchRow({ name: "everything", label: t("webhooks.everything"), hint: t("webhooks.everything_hint"), checked: chosen.size === 0 });
  const control = /** @type {HTMLInputElement} */ (everything.querySelector("input"));
  const families = h("div", { class: "event-families", "data-field": "eventTypes" }, familyNames(types).map((family) => familySet(family, types, chosen)), h("p", { class: "error", hidden: true }));
  const show = () => (families.hidden = control.checked);
  control.addEventListener("change", show);
  show();
  const form = actionForm({
    fields: [
      field({ name: "url", label: t("webhooks.url"), control: url, hint: t("webhooks.url_hint") }),
      field({ name: "description", label: t("webhooks.description"), control: description, optional: true, limit: 200 }),
      everything,
      families,
    ],
    action: endpoint ? t("action.save") : t("webhooks.make"),
    check: () => {
      if (!url.value.trim()) return [{ pointer: "/url", message: t("form.required") }];
      return control.checked || chosen.size > 0 ? [] : [{ pointer: "/eventTypes", message: t("webhooks.types_missing") }];
    },
    send: () => send({ url: url.value.trim(), description: description.value.trim(), eventTypes: control.checked ? [] : [...chosen] }),
    beside: [h("button", { class: "button bare", type: "button", on: { click: cancel } }, t("action.cancel"))],
  });
  const title = endpoint ? t("webhooks.edit_title") : t("webhooks.add");
  return h("section", { class: "card stack", "aria-label": title }, h("h2", {}, title), form);
}

/** @param {string[]} types */
const familyNames = (types) => [...new Set(types.map((type) => type.split(".")[0] ?? ""))].sort();

/**
 * The types of one family, and all of them at once.
 *
 * @param {string} family
 * @param {string[]} types
 * @param {Set<string>} chosen
 */
function familySet(family, types, chosen) {
  const whole = `${family}.*`;
  const own = types.filter((type) => type.startsWith(`${family}.`)).sort();
  const boxes = own.map((type) => box(type, chosen, chosen.has(whole)));
  const all = box(whole, chosen, false, t("webhooks.family", { family: whole }));
  all.control.addEventListener("change", () => {
    for (const { control } of boxes) control.disabled = all.control.checked;
  });
  return h("fieldset", { class: "event-family" }, h("legend", {}, h("code", {}, family)), all.element, boxes.map(({ element }) => element));
}

/**
 * @param {string} type
 * @param {Set<string>} chosen
 * @param {boolean} disabled
 * @param {string} [label]
 */
function box(type, chosen, disabled, label) {
  const control = h("input", { type: "checkbox", name: type, id: uid("type"), props: { checked: chosen.has(type), disabled } });
  control.addEventListener("change", () => (control.checked ? chosen.add(type) : chosen.delete(type)));
  return { control, element: h("label", { class: "event-type", for: control.id }, control, label ? h("span", {}, label) : h("code", {}, type)) };
}
