// @ts-check
/** Giving back the code that was mailed, right after registering or later. */

import { h } from "../dom.js";
import { alertBox, field, passwordField } from "../elements/fields.js";
import { explain, t } from "../i18n.js";
import { hold, holding, letGo } from "../memory.js";
import { entrance } from "./entrance.js";

/** Under which the registration is held until its code is given back. */
const REGISTRATION = "selfsame.registration";

/**
 * The password that somebody has just registered with, so that the code signs them in. Lives in memory only, and no longer than
 * the page.
 *
 * @type {{ registrationId: string, password: string } | null}
 */
let newcomer = null;

/** @typedef {{ email: string, registrationId: string, next: string }} Registration */

/**
 * Where to go on after a registration that waits for its code.
 *
 * @param {Registration & { password: string }} details
 */
export function verificationOf({ password, ...registration }) {
  newcomer = { registrationId: registration.registrationId, password };
  hold(REGISTRATION, JSON.stringify(registration));
  return `/verify?email=${encodeURIComponent(registration.email)}`;
}

/** The registration that this tab has made for an address. @param {string} email @returns {Registration | null} */
function registrationOf(email) {
  /** @type {Registration | null} */
  const held = JSON.parse(holding(REGISTRATION) ?? "null");
  return held?.email === email ? held : null;
}

/** A code without the spaces and hyphens with which it may be typed or pasted. @param {string} text */
export function bareCode(text) {
  return text.normalize("NFKC").replace(/[\s-]/g, "");
}

/** Whether it may be the code of a mail: six digits, or a long one. @param {string} text */
export function isCode(text) {
  return /^(\d{6}|[0-9a-z]{25})$/i.test(bareCode(text));
}

/** A control for the code of a mail. */
export function mailedCode() {
  return h("input", { name: "otp", class: "code", type: "text", autocomplete: "one-time-code", inputmode: "numeric", required: true, autocapitalize: "none", spellcheck: "false", maxlength: 64 });
}

/** @param {import("../app.js").Page} page */
export function verify({ api, session, place, go, welcome }) {
  const email = h("input", { name: "email", type: "email", autocomplete: "email", inputmode: "email", required: true, autocapitalize: "none", value: place.url.searchParams.get("email") ?? "" });
  const code = mailedCode();
  const password = passwordField({ autocomplete: "current-password", hint: t("verify.password_hint") });
  const own = () => registrationOf(email.value.trim());
  // Whoever comes back elsewhere shows by the password which registration is theirs.
  const settle = () => (password.element.hidden = own() !== null);
  email.addEventListener("input", settle);
  settle();
  const told = h("div", { class: "stack" });
  const again = h("button", { class: "button bare", type: "button" }, t("verify.again"));
  again.addEventListener("click", async () => {
    const answer = await api.post("/auth/email/verify/resend", { email: email.value.trim(), registrationId: own()?.registrationId }).catch((problem) => problem);
    told.replaceChildren(answer instanceof Error ? alertBox(explain(answer)) : alertBox(t("verify.sent"), "calm"));
  });
  const view = entrance({
    title: t("verify.title"),
    lead: t("verify.lead"),
    fields: [field({ name: "email", label: t("field.email"), control: email }), field({ name: "otp", label: t("verify.code"), control: code, hint: t("verify.code_hint") }), password.element, told],
    action: t("verify.action"),
    foot: h("span", {}, t("verify.nothing"), " ", again),
    check: () => [
      ...(/^\S+@\S+$/.test(email.value.trim()) ? [] : [{ pointer: "/email", message: t("register.email_wrong") }]),
      ...(isCode(code.value) ? [] : [{ pointer: "/otp", message: t("verify.code_wrong") }]),
      ...(own() || password.control.value ? [] : [{ pointer: "/password", message: t("form.required") }]),
    ],
    send: async () => {
      const address = email.value.trim();
      const registration = own();
      const shown = registration ? { registrationId: registration.registrationId } : { password: password.control.value };
      await api.post("/auth/email/verify", { email: address, otp: bareCode(code.value), ...shown });
      const known = registration ? (newcomer?.registrationId === registration.registrationId ? newcomer.password : "") : password.control.value;
      newcomer = null;
      letGo(REGISTRATION);
      const signedIn = known ? await session.signIn(address, known).catch(() => null) : null;
      if (!signedIn?.signedIn) return go("/sign-in");
      await welcome(true);
      go(registration?.next ?? "/account/profile");
    },
  });
  return { title: t("verify.title"), view };
}
