// @ts-check
/** Another username. */

import { h } from "../../dom.js";
import { actionForm } from "../../components/action-form.js";
import { field } from "../../components/fields.js";
import { t } from "../../i18n.js";
import { section } from "./section.js";

const NAME = /^[A-Za-z0-9._-]{3,30}$/;

/** @param {import("../../selfsame-account.js").Context} context */
export function usernameSection({ api, me, announce }) {
  const control = h("input", { name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true, props: { value: me.profile?.username ?? "" } });
  const wrong = () => {
    const name = control.value.trim();
    if (!NAME.test(name)) return t("username.wrong");
    return name === me.profile?.username ? t("username.same") : "";
  };
  const form = actionForm({
    fields: [field({ name: "username", label: t("field.username"), control, hint: t("username.hint") })],
    action: t("username.change"),
    check: () => (wrong() ? [{ pointer: "/username", message: wrong() }] : []),
    send: async () => {
      const { data } = await api.put("/auth/profile/username", { username: control.value.trim() });
      await me.load();
      control.value = data.username;
      announce(t("username.changed", { name: data.username }));
    },
  });
  return section(t("username.title"), t("username.lead"), form).element;
}
