// @ts-check
/** Giving back the code that was mailed, right after registering or later. */

import { h } from "../dom.js";
import { alertBox, field, mailedCodeField, passwordField, plainDigits } from "../components/fields.js";
import { mark } from "../components/icons.js";
import { explain, t } from "../i18n.js";
import { hold, holding, letGo } from "../memory.js";
import { authForm } from "./auth-form.js";
import { signInAfter } from "./sign-in.js";

/** Under which the registration is held until its code is given back. */
const REGISTRATION = "selfsame.registration";

/**
 * The password that somebody has just registered with, so that the code signs them in. Lives in memory only, and no longer than
 * the page.
 *
 * @type {{ registrationId: string, password: string } | null}
 */
let newcomer = null;

/** Where a username is chosen. */
const NAME_ROOM = "/account/security";

/** @typedef {{ email: string, username: string, registrationId: string, next: string }} Registration `username` is the one that is wanted, or empty */

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

/** A code without the spaces, hyphens and unseen marks with which it may be typed or pasted. @param {string} text */
export function bareCode(text) {
  return plainDigits(text).replace(/[\s\p{Pd}\p{Cf}]/gu, "");
}

/** Whether it may be the code of a mail: six digits, or a long one. @param {string} text */
export function isCode(text) {
  return /^(\d{6}|[0-9a-z]{25})$/i.test(bareCode(text));
}

/** @param {import("../app.js").Page} page */
export function verify({ api, session, place, go, welcome }) {
  const email = h("input", { name: "email", type: "email", autocomplete: "email", inputmode: "email", required: true, autocapitalize: "none", value: place.url.searchParams.get("email") ?? "" });
  const code = mailedCodeField("otp");
  const password = passwordField({ autocomplete: "current-password", hint: t("verify.password_hint") });
  const other = h("p", { class: "hint" }, t("verify.other_hint"));
  password.element.append(other);
  const own = () => registrationOf(email.value.trim());
  // Whoever comes back elsewhere shows by the password which registration is theirs.
  const settle = () => {
    password.element.hidden = own() !== null;
    other.hidden = true;
  };
  // The code may be that of another registration of the address, which this tab does not hold.
  const offerPassword = () => {
    password.element.hidden = false;
    other.hidden = false;
  };
  email.addEventListener("input", settle);
  settle();
  const told = h("div", { class: "stack" });
  const again = h("button", { class: "button bare", type: "button" }, t("verify.again"));
  again.addEventListener("click", async () => {
    const answer = await api.post("/auth/email/verify/resend", { email: email.value.trim(), registrationId: own()?.registrationId }).catch((problem) => problem);
    told.replaceChildren(answer instanceof Error ? alertBox(explain(answer)) : alertBox(t("verify.sent"), "calm"));
  });
  const view = authForm({
    title: t("verify.title"),
    lead: t("verify.lead"),
    fields: [field({ name: "email", label: t("field.email"), control: email }), code.element, password.element, told],
    action: t("verify.action"),
    foot: h("span", {}, t("verify.nothing"), " ", again),
    check: () => [
      ...(/^\S+@\S+$/.test(email.value.trim()) ? [] : [{ pointer: "/email", message: t("register.email_wrong") }]),
      ...(isCode(code.control.value) ? [] : [{ pointer: "/otp", message: t("verify.code_wrong") }]),
      ...(own() || password.control.value ? [] : [{ pointer: "/password", message: t("form.required") }]),
    ],
    send: async () => {
      const address = email.value.trim();
      const held = own();
      const typed = password.element.hidden ? "" : password.control.value;
      // A password that was typed names the registration, even where this tab holds one.
      const registration = typed ? null : held;
      const shown = registration ? { registrationId: registration.registrationId } : { password: typed };
      const { data } = await api.post("/auth/email/verify", { email: address, otp: bareCode(code.control.value), ...shown }).catch((problem) => {
        if (held && problem.code === "otp_invalid") offerPassword();
        throw problem;
      });
      const known = registration ? (newcomer?.registrationId === registration.registrationId ? newcomer.password : "") : typed;
      newcomer = null;
      letGo(REGISTRATION);
      const lost = () => nameLost(registration, data.username);
      const next = held?.next ?? "/account/profile";
      const signedIn = known ? await session.signIn(address, known).catch(() => null) : null;
      if (!signedIn?.signedIn) {
        const say = () => (lost() ? [t("verify.done"), lost(), t("verify.name_after")].join(" ") : t("verify.done"));
        return go(signInAfter({ say, identifier: address, next: lost() ? NAME_ROOM : next }));
      }
      await welcome(true);
      if (lost()) return nameless(lost(), next);
      go(next);
    },
  });
  return { title: t("verify.title"), view };
}

/**
 * What to tell somebody whose account got no name: the one they wanted may have gone to a quicker registration.
 *
 * @param {Registration | null} registration null where it was made elsewhere, so that it is not known whether a name was wanted
 * @param {string | null} username that of the account
 */
function nameLost(registration, username) {
  if (username || registration?.username === "") return "";
  return registration?.username ? t("verify.name_lost", { name: registration.username }) : t("verify.name_none");
}

/** The way on for somebody signed in whose account has no name. @param {string} text @param {string} next */
function nameless(text, next) {
  return h("div", { class: "stack" }, mark(40), h("h1", { tabindex: "-1" }, t("verify.done_title")), h("p", {}, text), h("a", { class: "button wide", href: NAME_ROOM }, t("verify.choose_name")), h("a", { class: "button bare wide", href: next }, t("verify.later")));
}
