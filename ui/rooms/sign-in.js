// @ts-check
import { Problem } from "../api.js";
import { h } from "../dom.js";
import { field, passwordField } from "../elements/fields.js";
import { t } from "../i18n.js";
import { ownPath } from "../router.js";
import { entrance } from "./entrance.js";

/** @param {import("../app.js").Page} page */
export function signIn({ session, place, go, welcome }) {
  const next = ownPath(place.url.searchParams.get("next"), "/account/profile");
  const identifier = h("input", { name: "identifier", type: "text", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true });
  const password = passwordField({ autocomplete: "current-password" });
  const view = entrance({
    title: t("sign_in.title"),
    lead: t("sign_in.lead"),
    fields: [field({ name: "identifier", label: t("field.identifier"), control: identifier }), password.element],
    action: t("action.sign_in"),
    foot: h("span", {}, t("sign_in.new"), " ", h("a", { href: `/register${place.url.search}` }, t("action.register")), h("br"), t("sign_in.waiting"), " ", h("a", { href: "/verify" }, t("sign_in.verify"))),
    check: () => [
      ...(identifier.value.trim() ? [] : [{ pointer: "/identifier", message: t("form.required") }]),
      ...(password.control.value ? [] : [{ pointer: "/password", message: t("form.required") }]),
    ],
    send: async () => {
      if (!(await session.signIn(identifier.value.trim(), password.control.value))) throw Problem.unexpected();
      await welcome();
      go(next);
    },
  });
  return { title: t("sign_in.title"), view };
}
