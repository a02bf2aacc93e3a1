// @ts-check
/** Giving back the code that was mailed, right after registering or later. */

import { h } from "../dom.js";
import { alertBox, field } from "../elements/fields.js";
import { explain, t } from "../i18n.js";
import { entrance } from "./entrance.js";

/**
 * What somebody has just registered with, so that the code signs them in. Lives in memory only, and no longer than the page.
 *
 * @type {{ email: string, password: string, next: string } | null}
 */
let newcomer = null;

/**
 * Where to go on after a registration that waits for its code.
 *
 * @param {{ email: string, password: string, next: string }} details
 */
export function verificationOf(details) {
  newcomer = details;
  return `/verify?email=${encodeURIComponent(details.email)}`;
}

/** Six digits, however they were typed or pasted. @param {string} text */
export function digits(text) {
  return text.normalize("NFKC").replace(/[\s-]/g, "");
}

/** @param {import("../app.js").Page} page */
export function verify({ api, session, place, go, welcome }) {
  const email = h("input", { name: "email", type: "email", autocomplete: "email", inputmode: "email", required: true, autocapitalize: "none", value: place.url.searchParams.get("email") ?? "" });
  const code = h("input", { name: "otp", class: "code", type: "text", autocomplete: "one-time-code", inputmode: "numeric", required: true, spellcheck: "false", maxlength: 32 });
  const told = h("div", { class: "stack" });
  const again = h("button", { class: "button bare", type: "button" }, t("verify.again"));
  again.addEventListener("click", async () => {
    const answer = await api.post("/auth/email/verify/resend", { email: email.value.trim() }).catch((problem) => problem);
    told.replaceChildren(answer instanceof Error ? alertBox(explain(answer)) : alertBox(t("verify.sent"), "calm"));
  });
  const view = entrance({
    title: t("verify.title"),
    lead: t("verify.lead"),
    fields: [field({ name: "email", label: t("field.email"), control: email }), field({ name: "otp", label: t("verify.code"), control: code, hint: t("verify.code_hint") }), told],
    action: t("verify.action"),
    foot: h("span", {}, t("verify.nothing"), " ", again),
    check: () => [
      ...(/^\S+@\S+$/.test(email.value.trim()) ? [] : [{ pointer: "/email", message: t("register.email_wrong") }]),
      ...(/^\d{6}$/.test(digits(code.value)) ? [] : [{ pointer: "/otp", message: t("verify.code_wrong") }]),
    ],
    send: async () => {
      const address = email.value.trim();
      await api.post("/auth/email/verify", { email: address, otp: digits(code.value) });
      const known = newcomer?.email === address ? newcomer : null;
      newcomer = null;
      if (!known || !(await session.signIn(address, known.password).catch(() => false))) return go("/sign-in");
      await welcome(true);
      go(known.next);
    },
  });
  return { title: t("verify.title"), view };
}
