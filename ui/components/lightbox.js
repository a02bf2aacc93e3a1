// @ts-check
/** One picture at a time, as large as the window: by buttons, arrow keys, Home, End and Escape. */

import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { blurredImage } from "./blurred-image.js";
import { icon } from "./icons.js";

/** @typedef {{ src: string, alt: string, placeholder?: string }} Shown */

/**
 * @param {Element} root where the dialog is put
 * @param {Shown[]} pictures
 * @param {number} start
 */
export function lightbox(root, pictures, start) {
  let at = start;
  const stage = h("div", { class: "lightbox-stage" });
  const place = h("p", { class: "lightbox-place", role: "status", "aria-live": "polite" });
  /** @type {(sign: import("./icons.js").IconName, label: string, look: string, act: () => void) => HTMLButtonElement} */
  const button = (sign, label, look, act) => h("button", { type: "button", class: `lightbox-button ${look}`, "aria-label": label, title: label, on: { click: act } }, icon(sign, 26));
  const steps = pictures.length > 1 ? [button("left", t("lightbox.before"), "before", () => go(at - 1)), button("right", t("lightbox.after"), "after", () => go(at + 1))] : [];
  const dialog = h("dialog", { class: "lightbox", "aria-label": t("lightbox.title") }, stage, button("cross", t("action.close"), "close", () => dialog.close()), steps, place);

  /** @param {number} wanted past the last comes the first */
  function go(wanted) {
    at = (wanted + pictures.length) % pictures.length;
    const { src, alt, placeholder } = /** @type {Shown} */ (pictures[at]);
    fill(stage, blurredImage({ src, alt, placeholder, lazy: false }));
    place.textContent = t("lightbox.place", { number: at + 1, count: pictures.length });
  }
  /** @type {Record<string, () => number>} */
  const keys = { ArrowLeft: () => at - 1, ArrowRight: () => at + 1, Home: () => 0, End: () => pictures.length - 1 };
  dialog.addEventListener("keydown", (event) => {
    const wanted = keys[event.key];
    if (!wanted || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go(wanted());
  });
  // Beside the picture is outside.
  stage.addEventListener("click", ({ target }) => {
    if (!(target instanceof HTMLImageElement)) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  go(at);
  root.append(dialog);
  dialog.showModal();
}
