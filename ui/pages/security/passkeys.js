// @ts-check
/** One's passkeys. */

import { deviceName } from "../../device.js";
import { fill, h } from "../../dom.js";
import { reason, waiting } from "../../components/action-form.js";
import { ask } from "../../components/dialogs.js";
import { alertBox } from "../../components/fields.js";
import { icon } from "../../components/icons.js";
import { reauthenticate } from "../../components/reauthenticate.js";
import { date, fromNow, t } from "../../i18n.js";
import { makePasskey, passkeysWork } from "../../passkeys.js";
import { section } from "./section.js";

/** @typedef {{ passkeyId: string, name: string, backedUp: boolean, createdAt: string, lastUsedAt: string | null }} Passkey */

/** @param {import("../../selfsame-account.js").Context} context */
export async function passkeySection(context) {
  const { api, root, announce } = context;
  /** @type {Passkey[]} */
  let passkeys = [];
  const rows = h("ul", { class: "sessions" });
  const notice = h("div");
  /** @type {HTMLButtonElement} */
  const add = h("button", { class: "button", type: "button", on: { click: () => waiting(add, notice, make) } }, icon("plus", 18), t("passkey.add"));
  const content = passkeysWork() ? h("div", { class: "row" }, add) : h("p", { class: "small" }, t("passkey.unavailable"));
  const { heading, element } = section(t("passkey.title"), t("passkey.lead"), notice, rows, content);

  async function fetchAll() {
    const { data } = await api.get("/v1/account/passkeys");
    passkeys = data.items;
    draw();
  }
  async function make() {
    const { data } = await reauthenticate(context, () => api.post("/v1/account/passkeys/options", {}));
    const credential = await makePasskey(data.publicKey);
    const name = deviceName(navigator.userAgent).slice(0, 50);
    const made = await reauthenticate(context, () => api.post("/v1/account/passkeys", { name, credential }));
    passkeys = [...passkeys, made.data];
    draw();
    announce(t("passkey.added"));
  }
  /** @param {Passkey} passkey @param {string} name */
  async function rename(passkey, name) {
    const { data } = await api.patch(`/v1/account/passkeys/${encodeURIComponent(passkey.passkeyId)}`, { name });
    passkeys = passkeys.map((other) => (other === passkey ? data : other));
    draw();
    announce(t("passkey.renamed"));
    heading.focus();
  }
  /** @param {Passkey} passkey */
  async function remove(passkey) {
    if (!(await ask(root, { title: t("passkey.remove_title", { name: passkey.name }), text: t("passkey.remove_text"), yes: t("passkey.remove"), danger: true }))) return;
    await reauthenticate(context, () => api.delete(`/v1/account/passkeys/${encodeURIComponent(passkey.passkeyId)}`));
    passkeys = passkeys.filter((other) => other !== passkey);
    draw();
    announce(t("passkey.removed"));
    heading.focus();
  }
  /** @param {() => Promise<void>} act */
  async function trying(act) {
    fill(notice);
    await act().catch((problem) => {
      const text = reason(problem);
      if (text) fill(notice, alertBox(text));
    });
  }
  function draw() {
    fill(rows, passkeys.map((passkey) => row(passkey, { rename: (name) => trying(() => rename(passkey, name)), remove: () => trying(() => remove(passkey)) })));
    rows.hidden = passkeys.length === 0;
  }

  await fetchAll();
  return element;
}

/** @param {Passkey} passkey @param {{ rename: (name: string) => void, remove: () => void }} on */
function row(passkey, on) {
  const { name, createdAt, lastUsedAt } = passkey;
  const facts = [t("passkey.since", { date: date(createdAt) }), lastUsedAt ? t("passkey.used", { time: fromNow(lastUsedAt) }) : t("passkey.unused")];
  const title = h("h3", {}, name);
  const line = h("div", {}, title, h("p", { class: "small quiet-text" }, facts.join(" · ")));
  const edit = h("button", { class: "button second small-button", type: "button", "aria-label": t("passkey.rename_one", { name }) }, t("passkey.rename"));
  const bin = h("button", { class: "button second small-button warns", type: "button", "aria-label": t("passkey.remove_one", { name }), on: { click: on.remove } }, t("passkey.remove"));
  edit.addEventListener("click", () => {
    const control = h("input", { class: "input", "aria-label": t("passkey.name"), maxlength: 50, required: true, props: { value: name } });
    const form = h("form", { class: "row", on: { submit: (/** @type {SubmitEvent} */ event) => (event.preventDefault(), control.value.trim() && on.rename(control.value.trim())) } }, control, h("button", { class: "button small-button", type: "submit" }, t("action.save")));
    title.replaceWith(form);
    edit.hidden = true;
    control.select();
  });
  return h("li", { class: "session" }, h("span", { class: "session-sign" }, icon("key", 22)), line, h("div", { class: "row" }, edit, bin));
}
