// @ts-check
/** How the account is signed in to: its name, its password, the second factor, passkeys. */

import { h } from "../dom.js";
import { icon } from "../components/icons.js";
import { t } from "../i18n.js";
import { emailSection } from "./security/email.js";
import { passkeySection } from "./security/passkeys.js";
import { passwordSection } from "./security/password.js";
import { twoFactorSection } from "./security/two-factor.js";
import { usernameSection } from "./security/username.js";

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open(context) {
  if (!context.me.profile) await context.me.load();
  const [twoFactor, passkeys, { data: account }] = await Promise.all([twoFactorSection(context), passkeySection(context), context.api.get("/v1/account")]);
  const head = h("header", { class: "room-head" }, h("h1", { tabindex: "-1" }, t("room.security")), h("p", { class: "quiet-text" }, t("security.lead")));
  const sessions = h("p", { class: "row" }, icon("devices", 18), h("a", context.link("sessions"), t("security.to_sessions")));
  return { view: h("div", { class: "stack loose" }, head, passwordSection(context), twoFactor, passkeys, usernameSection(context), emailSection(context, account), sessions) };
}
