// @ts-check
/** Asks who it is, where the server wants to know it anew before something sensitive is done. */

import { Problem } from "../api.js";
import { h, uid } from "../dom.js";
import { t } from "../i18n.js";
import { Withdrawn, passkeysWork, usePasskey } from "../passkeys.js";
import { actionForm, waiting } from "./action-form.js";
import { passwordField } from "./fields.js";
import { icon } from "./icons.js";

/**
 * Does something; where the server asks for a proof first, gets one and does it once more.
 *
 * @template T
 * @param {{ api: import("../api.js").Api, root: HTMLElement }} context
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export async function reauthenticate(context, act) {
  try {
    return await act();
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.code !== "reauthentication_required") throw problem;
    if (!(await prove(context))) throw new Withdrawn();
    return act();
  }
}

/**
 * @param {{ api: import("../api.js").Api, root: HTMLElement }} context
 * @returns {Promise<boolean>} whether the person has shown who they are
 */
function prove({ api, root }) {
  const [titleId, textId] = [uid("title"), uid("text")];
  const password = passwordField({ autocomplete: "current-password" });
  const notice = h("div");
  const cancel = h("button", { class: "button bare", type: "button", on: { click: () => dialog.close() } }, t("action.cancel"));
  const form = actionForm({
    fields: [password.element],
    action: t("prove.confirm"),
    check: () => (password.control.value ? [] : [{ pointer: "/password", message: t("form.required") }]),
    send: async () => {
      await api.post("/auth/reauthenticate", { password: password.control.value });
      dialog.close("proven");
    },
    beside: [cancel],
  });
  /** @type {HTMLButtonElement} */
  const passkey = h("button", { class: "button second", type: "button", on: { click: () => waiting(passkey, notice, byPasskey) } }, icon("key", 18), t("prove.passkey"));
  async function byPasskey() {
    const { data } = await api.post("/auth/reauthenticate/options", {});
    const credential = await usePasskey(data.publicKey);
    await api.post("/auth/reauthenticate", { credential });
    dialog.close("proven");
  }
  const content = h("div", { class: "stack" }, h("h2", { id: titleId }, t("prove.title")), h("p", { id: textId, class: "quiet-text" }, t("prove.text")), form, passkeysWork() ? h("div", { class: "stack" }, notice, passkey) : null);
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": titleId, "aria-describedby": textId }, content);
  root.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "proven");
    });
  });
}
