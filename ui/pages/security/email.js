// @ts-check
/** The email address, and another one: a code goes there, and is given back. */

import { fill, h } from "../../dom.js";
import { actionForm } from "../../components/action-form.js";
import { alertBox, field, mailedCodeField } from "../../components/fields.js";
import { reauthenticate } from "../../components/reauthenticate.js";
import { t } from "../../i18n.js";
import { bareCode, isCode } from "../verify.js";
import { section } from "./section.js";

/**
 * @param {import("../../selfsame-account.js").Context} context
 * @param {{ email: string | null, pendingEmail: string | null, emailProblem: "bounced" | "complained" | null }} account as `GET /v1/account` shows it
 */
export function emailSection(context, account) {
  const { api, announce } = context;
  const present = h("div", { class: "stack" });
  const place = h("div", { class: "stack" });
  const { heading, element } = section(t("email.title"), t("email.lead"), present, place);

  /** @param {string | null} address @param {string | null} [problem] */
  function show(address, problem = null) {
    const line = address ? h("p", { class: "long-word" }, t("email.present", { address })) : null;
    fill(present, line, problem ? alertBox(t(`email.${problem}`)) : null);
  }
  function address() {
    const control = h("input", { name: "newEmail", type: "email", autocomplete: "email", inputmode: "email", autocapitalize: "none", spellcheck: "false", required: true });
    return actionForm({
      fields: [field({ name: "newEmail", label: t("email.new"), control })],
      action: t("forgot.action"),
      check: () => (/^\S+@\S+$/.test(control.value.trim()) ? [] : [{ pointer: "/newEmail", message: t("register.email_wrong") }]),
      send: async () => {
        const newEmail = control.value.trim();
        await reauthenticate(context, () => api.post("/auth/profile/email/initiate", { newEmail }));
        fill(place, code(newEmail));
        heading.focus();
      },
    });
  }
  /** @param {string} newEmail */
  function code(newEmail) {
    const { control, element } = mailedCodeField("code");
    const again = h("button", { class: "button bare", type: "button", on: { click: () => fill(place, address()) } }, t("action.cancel"));
    const form = actionForm({
      fields: [element],
      action: t("email.change"),
      check: () => (isCode(control.value) ? [] : [{ pointer: "/code", message: t("verify.code_wrong") }]),
      send: async () => {
        await api.post("/auth/profile/email/complete", { newEmail, otp: bareCode(control.value) });
        show(newEmail);
        fill(place, address());
        heading.focus();
        announce(t("email.changed", { address: newEmail }));
      },
      beside: [again],
    });
    return h("div", { class: "stack" }, h("p", { class: "long-word" }, t("email.sent", { address: newEmail })), form);
  }
  show(account.email, account.emailProblem);
  fill(place, account.pendingEmail ? code(account.pendingEmail) : address());
  return element;
}
