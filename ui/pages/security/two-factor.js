// @ts-check
/** The second factor: on, off, and the codes for the day the phone is lost. */

import { fill, h } from "../../dom.js";
import { actionForm, waiting } from "../../components/action-form.js";
import { codeField, passwordField } from "../../components/fields.js";
import { icon } from "../../components/icons.js";
import { reauthenticate } from "../../components/reauthenticate.js";
import { date, t, tn } from "../../i18n.js";
import { recoverySheet } from "./recovery-codes.js";
import { section } from "./section.js";

/** @typedef {{ enabled: boolean, enabledAt: string | null, recoveryCodesLeft: number }} State */

/** @param {import("../../selfsame-account.js").Context} context */
export async function twoFactorSection(context) {
  const { api, announce } = context;
  const place = h("div", { class: "stack" });
  const { heading, element } = section(t("two_factor.title"), t("two_factor.lead"), place);

  async function show() {
    const { data } = await api.get("/v1/account/2fa");
    fill(place, data.enabled ? on(data) : off());
  }
  /** Shows something else, and takes the reader there. @param {Node[]} content */
  function turn(...content) {
    fill(place, content);
    heading.focus();
  }
  /** @param {string} text */
  async function done(text) {
    await show();
    announce(text);
    heading.focus();
  }
  /** @param {string[]} codes @param {string} text */
  function shown(codes, text) {
    turn(recoverySheet(codes, () => done(text)));
  }

  function off() {
    const notice = h("div");
    /** @type {HTMLButtonElement} */
    const begin = h("button", { class: "button", type: "button", on: { click: () => waiting(begin, notice, setUp) } }, t("two_factor.begin"));
    return h("div", { class: "stack" }, notice, h("div", { class: "row" }, begin));
  }
  async function setUp() {
    const { data } = await reauthenticate(context, () => api.post("/v1/account/2fa/setup", {}));
    const code = codeField();
    const form = actionForm({
      fields: [code.element],
      action: t("two_factor.turn_on"),
      check: () => (code.control.value.trim() ? [] : [{ pointer: "/code", message: t("form.required") }]),
      send: async () => {
        const answer = await reauthenticate(context, () => api.post("/v1/account/2fa/verify", { code: code.value() }));
        announce(t("two_factor.is_on"));
        shown(answer.data.recoveryCodes, t("two_factor.is_on"));
      },
      beside: [cancel()],
    });
    const picture = h("img", { class: "qr", src: data.qrPng, alt: t("two_factor.qr"), width: 220, height: 220 });
    const typed = h("p", { class: "small" }, t("two_factor.typed"), " ", h("code", { class: "secret" }, spaced(data.secret)));
    turn(h("p", {}, t("two_factor.scan")), picture, typed, form);
  }
  const cancel = () => h("button", { class: "button bare", type: "button", on: { click: () => show().then(() => heading.focus()) } }, t("action.cancel"));

  /** @param {State} state */
  function on({ enabledAt, recoveryCodesLeft }) {
    const notice = h("div");
    const since = h("p", {}, h("span", { class: "badge brand" }, icon("check", 16), t("two_factor.on")), " ", enabledAt ? t("two_factor.since", { date: date(enabledAt) }) : null);
    const left = h("p", { class: "small quiet-text" }, tn("two_factor.left", recoveryCodesLeft));
    /** @type {HTMLButtonElement} */
    const anew = h("button", { class: "button second", type: "button", on: { click: () => waiting(anew, notice, replace) } }, t("two_factor.new_codes"));
    const stop = h("button", { class: "button second warns", type: "button", on: { click: turnOff } }, t("two_factor.turn_off"));
    return h("div", { class: "stack" }, since, left, notice, h("div", { class: "row" }, anew, stop));
  }
  async function replace() {
    const { data } = await reauthenticate(context, () => api.post("/v1/account/2fa/recovery-codes", {}));
    shown(data.recoveryCodes, t("two_factor.codes_replaced"));
  }
  function turnOff() {
    const password = passwordField({ autocomplete: "current-password" });
    const code = codeField({ recovery: true });
    const form = actionForm({
      fields: [password.element, code.element],
      action: t("two_factor.turn_off"),
      check: () => [
        ...(password.control.value ? [] : [{ pointer: "/password", message: t("form.required") }]),
        ...(code.control.value.trim() ? [] : [{ pointer: "/code", message: t("form.required") }]),
      ],
      send: async () => {
        await api.post("/v1/account/2fa/disable", { password: password.control.value, code: code.value() });
        await done(t("two_factor.is_off"));
      },
      beside: [cancel()],
    });
    turn(h("p", {}, t("two_factor.off_text")), form);
  }

  await show();
  return element;
}

/** In groups of four, as people copy it. @param {string} secret */
function spaced(secret) {
  return secret.replaceAll(/(.{4})(?=.)/g, "$1 ");
}
