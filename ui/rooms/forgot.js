// @ts-check
/** A new password for somebody who forgot theirs: asking for a code by mail, and choosing with it. */

import { h } from "../dom.js";
import { field, passwordField } from "../elements/fields.js";
import { t } from "../i18n.js";
import { entrance } from "./entrance.js";
import { digits } from "./verify.js";

const ADDRESS = /^\S+@\S+$/;

/** @param {string} value */
function emailField(value) {
  const control = h("input", { name: "email", type: "email", autocomplete: "username", inputmode: "email", required: true, autocapitalize: "none", spellcheck: "false", value });
  const wrong = () => (ADDRESS.test(control.value.trim()) ? [] : [{ pointer: "/email", message: t("register.email_wrong") }]);
  return { control, wrong, element: field({ name: "email", label: t("field.email"), control }) };
}

/** @param {import("../app.js").Page} page */
export function forgot({ api, place, go }) {
  const email = emailField(place.url.searchParams.get("email") ?? "");
  const view = entrance({
    title: t("forgot.title"),
    lead: t("forgot.lead"),
    fields: [email.element],
    action: t("forgot.action"),
    foot: h("a", { href: "/sign-in" }, t("forgot.back")),
    check: email.wrong,
    send: async () => {
      const address = email.control.value.trim();
      await api.post("/auth/password/forgot", { email: address });
      go(`/reset?email=${encodeURIComponent(address)}`);
    },
  });
  return { title: t("forgot.title"), view };
}

/** @param {import("../app.js").Page} page */
export function reset({ api, place, go }) {
  const email = emailField(place.url.searchParams.get("email") ?? "");
  const otp = h("input", { name: "otp", class: "code", type: "text", autocomplete: "one-time-code", inputmode: "numeric", required: true, spellcheck: "false", maxlength: 32 });
  const password = passwordField({ autocomplete: "new-password", name: "newPassword", label: t("password.new"), hint: t("password.hint") });
  const view = entrance({
    title: t("reset.title"),
    lead: t("reset.lead"),
    fields: [email.element, field({ name: "otp", label: t("verify.code"), control: otp, hint: t("verify.code_hint") }), password.element],
    action: t("reset.action"),
    foot: h("span", {}, t("verify.nothing"), " ", h("a", { href: `/forgot${place.url.search}` }, t("verify.again"))),
    check: () => [
      ...email.wrong(),
      ...(/^\d{6}$/.test(digits(otp.value)) ? [] : [{ pointer: "/otp", message: t("verify.code_wrong") }]),
      ...(password.control.value ? [] : [{ pointer: "/newPassword", message: t("form.required") }]),
    ],
    send: async () => {
      await api.post("/auth/password/reset", { email: email.control.value.trim(), otp: digits(otp.value), newPassword: password.control.value });
      go("/sign-in");
    },
  });
  return { title: t("reset.title"), view };
}
