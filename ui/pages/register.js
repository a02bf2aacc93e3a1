// @ts-check
import { h } from "../dom.js";
import { field, graphemes, passwordField } from "../components/fields.js";
import { t } from "../i18n.js";
import { ownPath } from "../router.js";
import { authForm } from "./auth-form.js";
import { verificationOf } from "./verify.js";

/** A password's length in characters, as the server counts it. */
const SHORTEST = 15;
const LONGEST = 128;

/** @param {import("../app.js").Page} page */
export function register({ session, place, go, welcome }) {
  const next = ownPath(place.url.searchParams.get("next"), "/account/profile");
  const email = h("input", { name: "email", type: "email", autocomplete: "email", inputmode: "email", required: true, autocapitalize: "none" });
  const username = h("input", { name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false" });
  const displayName = h("input", { name: "displayName", autocomplete: "name" });
  const password = passwordField({ autocomplete: "new-password", hint: t("register.password_hint", { least: SHORTEST }) });
  password.element.append(lengthMeter(password.control));
  const length = () => [...password.control.value].length;
  const view = authForm({
    title: t("register.title"),
    lead: t("register.lead"),
    fields: [
      field({ name: "email", label: t("field.email"), control: email }),
      field({ name: "username", label: t("field.username"), control: username, optional: true, hint: t("register.username_hint") }),
      field({ name: "displayName", label: t("field.displayName"), control: displayName, optional: true }),
      password.element,
    ],
    action: t("action.register"),
    foot: h("span", {}, t("register.known"), " ", h("a", { href: `/sign-in${place.url.search}` }, t("action.sign_in"))),
    check: () => [
      ...(/^\S+@\S+$/.test(email.value.trim()) ? [] : [{ pointer: "/email", message: t("register.email_wrong") }]),
      ...(graphemes(displayName.value.trim()) <= 50 ? [] : [{ pointer: "/displayName", message: t("form.too_long", { most: 50 }) }]),
      ...(length() >= SHORTEST && length() <= LONGEST ? [] : [{ pointer: "/password", message: t("register.password_wrong", { least: SHORTEST, most: LONGEST }) }]),
    ],
    send: async () => {
      const optional = { username: username.value.trim() || undefined, displayName: displayName.value.trim() || undefined };
      const { signedIn, registrationId } = await session.register({ email: email.value.trim(), password: password.control.value, ...optional });
      if (!signedIn) return go(verificationOf({ email: email.value.trim(), username: username.value.trim(), password: password.control.value, registrationId, next }));
      await welcome(true);
      go(next);
    },
  });
  return { title: t("register.title"), view };
}

/** @param {HTMLInputElement} control */
function lengthMeter(control) {
  const bar = h("div");
  control.addEventListener("input", () => {
    const length = [...control.value].length;
    bar.style.setProperty("inline-size", `${Math.min(length / SHORTEST, 1) * 100}%`);
    bar.classList.toggle("enough", length >= SHORTEST && length <= LONGEST);
  });
  return h("div", { class: "length-meter", "aria-hidden": "true" }, bar);
}
