// @ts-check
/** Another password. */

import { h } from "../../dom.js";
import { actionForm } from "../../components/action-form.js";
import { passwordField } from "../../components/fields.js";
import { t } from "../../i18n.js";
import { section } from "./section.js";

/** @param {import("../../selfsame-account.js").Context} context */
export function passwordSection({ api, me, announce }) {
  const current = passwordField({ autocomplete: "current-password", name: "currentPassword", label: t("password.current") });
  const next = passwordField({ autocomplete: "new-password", name: "newPassword", label: t("password.new"), hint: t("password.hint") });
  // For password managers: whose password it is. People know.
  const whose = h("input", { type: "text", class: "unseen", name: "whose", autocomplete: "username", readonly: true, tabindex: "-1", "aria-hidden": "true", props: { value: me.profile?.username ?? "" } });
  const controls = [current, next];
  const form = actionForm({
    fields: [whose, current.element, next.element],
    action: t("password.change"),
    check: () => controls.filter(({ control }) => !control.value).map(({ control }) => ({ pointer: `/${control.name}`, message: t("form.required") })),
    send: async () => {
      await api.post("/v1/account/password", { currentPassword: current.control.value, newPassword: next.control.value });
      for (const { control } of controls) control.value = "";
      announce(t("password.changed"));
    },
  });
  return section(t("password.title"), t("password.lead"), form).element;
}
