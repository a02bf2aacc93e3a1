// @ts-check
/** Questions that must be answered first, and short news said aloud. */

import { h, uid } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "./icons.js";

/**
 * Asks in a modal dialog. Escape and the second button mean no.
 *
 * @param {Element} root where the dialog is put
 * @param {{ title: string, text: string, yes: string, no?: string, danger?: boolean }} question
 * @returns {Promise<boolean>}
 */
export function ask(root, { title, text, yes, no = t("action.cancel"), danger = false }) {
  const [titleId, textId] = [uid("title"), uid("text")];
  const form = h(
    "form",
    { method: "dialog", class: "stack" },
    h("h2", { id: titleId }, title),
    h("p", { id: textId, class: "quiet-text" }, text),
    h("div", { class: "row" }, h("button", { class: "button second", value: "no" }, no), h("button", { class: danger ? "button danger" : "button", value: "yes" }, yes)),
  );
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": titleId, "aria-describedby": textId }, form);
  root.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

/**
 * Shows something in a modal dialog until it is closed.
 *
 * @param {Element} root
 * @param {string} title
 * @param {Node} content
 */
export function show(root, title, content) {
  const titleId = uid("title");
  const close = h("button", { class: "button second", value: "close" }, t("action.close"));
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": titleId }, h("div", { class: "stack" }, h("h2", { id: titleId }, title), content, h("form", { method: "dialog", class: "row" }, close)));
  root.append(dialog);
  dialog.showModal();
  dialog.addEventListener("close", () => dialog.remove());
}

/** How long a toast stays to be read, in milliseconds. */
const TOAST_STAYS = 5000;

/** A live region and the function that speaks through it. */
export function toaster() {
  const element = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
  /** @param {string} text */
  const announce = (text) => {
    const toast = h("p", { class: "toast" }, icon("check", 18), text);
    element.replaceChildren(toast);
    setTimeout(() => toast.remove(), TOAST_STAYS);
  };
  return { element, announce };
}
