// @ts-check
/** A new password for somebody who forgot theirs: asking for a code by mail, and choosing with it. */

import { h } from "../dom.js";
import { field, mailedCodeField, passwordField } from "../components/fields.js";
import { t } from "../i18n.js";
import { hold, holding, letGo } from "../memory.js";
import { authForm } from "./auth-form.js";
import { signInAfter } from "./sign-in.js";
import { bareCode, isCode } from "./verify.js";

/** Under which the request for a code is held until the code is given back. */
const REQUEST = "selfsame.reset";

/** What names the request that this tab has made for an address. @param {string} email */
function resetOf(email) {
  const held = JSON.parse(holding(REQUEST) ?? "null");
  return held?.email === email ? held.resetId : undefined;
}

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
  const view = authForm({
    title: t("forgot.title"),
    lead: t("forgot.lead"),
    fields: [email.element],
    action: t("forgot.action"),
    foot: h("a", { href: "/sign-in" }, t("forgot.back")),
    check: email.wrong,
    send: async () => {
      const address = email.control.value.trim();
      const { data } = await api.post("/auth/password/forgot", { email: address });
      hold(REQUEST, JSON.stringify({ email: address, resetId: data.resetId }));
      go(`/reset?email=${encodeURIComponent(address)}`);
    },
  });
  return { title: t("forgot.title"), view };
}

/** @param {import("../app.js").Page} page */
export function reset({ api, place, go }) {
  const email = emailField(place.url.searchParams.get("email") ?? "");
  const otp = mailedCodeField("otp");
  const password = passwordField({ autocomplete: "new-password", name: "newPassword", label: t("password.new"), hint: t("password.hint") });
  const view = authForm({
    title: t("reset.title"),
    lead: t("reset.lead"),
    fields: [email.element, otp.element, password.element],
    action: t("reset.action"),
    foot: h("span", {}, t("verify.nothing"), " ", h("a", { href: `/forgot${place.url.search}` }, t("verify.again"))),
    check: () => [
      ...email.wrong(),
      ...(isCode(otp.control.value) ? [] : [{ pointer: "/otp", message: t("verify.code_wrong") }]),
      ...(password.control.value ? [] : [{ pointer: "/newPassword", message: t("form.required") }]),
    ],
    send: async () => {
      const address = email.control.value.trim();
      await api.post("/auth/password/reset", { email: address, otp: bareCode(otp.control.value), newPassword: password.control.value, resetId: resetOf(address) });
      letGo(REQUEST);
      go(signInAfter({ say: () => t("reset.done"), identifier: address }));
    },
  });
  return { title: t("reset.title"), view };
}
