// @ts-check
/** One place of a gallery: a picture, one that is on its way, or one that came to nothing. */

import { fill, h } from "../dom.js";
import { percent, t } from "../i18n.js";
import { blurredImage } from "./blurred-image.js";
import { icon } from "./icons.js";

/** @typedef {import("../media.js").Media} Media */

/**
 * What can be done with a picture.
 *
 * @typedef {object} Acts
 * @property {(media: Media) => void} open
 * @property {(media: Media) => void} remove
 * @property {(grip: HTMLElement) => void} lift
 * @property {(inside: Element, by: number) => void} step
 */

/** @typedef {{ element: HTMLElement, place: (number: number, count: number) => void }} Tile */

/** @param {import("./icons.js").IconName} sign @param {string} look @param {(event: Event) => void} act */
function tool(sign, look, act) {
  return h("button", { type: "button", class: `tool ${look}`, on: { click: act } }, icon(sign, 18));
}

/** @param {HTMLElement} button @param {string} label */
function name(button, label) {
  button.setAttribute("aria-label", label);
  button.title = label;
}

/**
 * A picture that has its place: shown, or being prepared.
 *
 * @param {Media} media
 * @param {{ api: import("../api.js").Api, acts: Acts, preview: string | null, hint: string }} options `preview`: the file itself, where this page has it; `hint`: the id of the text that explains the grip
 * @returns {GalleryTile}
 */
export function pictureTile(media, { api, acts, preview, hint }) {
  const { urls } = media;
  const ready = media.status === "ready" && urls !== undefined;
  const shown = ready
    ? h("button", { type: "button", class: "tile-open", on: { click: () => acts.open(media) } }, blurredImage({ src: api.address(urls.medium), alt: "", placeholder: media.placeholder }))
    : h("div", { class: "tile-open", role: "img" }, preview ? h("img", { class: "tile-preview", src: preview, alt: "" }) : null, h("span", { class: "tile-state" }, h("span", { class: "spinner" }), t("gallery.processing")));
  const grip = tool("grip", "grip", (event) => acts.lift(/** @type {HTMLElement} */ (event.currentTarget)));
  const earlier = tool("left", "", (event) => acts.step(/** @type {Element} */ (event.currentTarget), -1));
  const later = tool("right", "", (event) => acts.step(/** @type {Element} */ (event.currentTarget), 1));
  const bin = tool("bin", "", () => acts.remove(media));
  grip.setAttribute("aria-pressed", "false");
  grip.setAttribute("aria-describedby", hint);
  const element = h("li", { class: "tile", "data-sort": "", "data-media": media.mediaId, "data-status": media.status }, shown, h("div", { class: "tile-tools" }, grip, earlier, later, bin));
  const place = (/** @type {number} */ number, /** @type {number} */ count) => {
    const values = { number, count };
    shown.setAttribute("aria-label", ready ? t("gallery.open", values) : t("gallery.processing_one", values));
    name(grip, t("gallery.move", values));
    name(earlier, t("gallery.earlier", values));
    name(later, t("gallery.later", values));
    name(bin, t("gallery.remove_one", values));
    // Not `disabled`: a disabled button drops the focus.
    earlier.setAttribute("aria-disabled", String(number === 1));
    later.setAttribute("aria-disabled", String(number === count));
  };
  return { element, place };
}

/**
 * A picture that came to nothing, and what to do.
 *
 * @param {Media} media
 * @param {(media: Media) => void} dismiss
 * @returns {GalleryTile}
 */
export function failedTile(media, dismiss) {
  const button = h("button", { type: "button", class: "button second small-button", on: { click: () => dismiss(media) } }, t("gallery.dismiss"));
  return { element: h("li", { class: "tile failed", "data-media": media.mediaId, "data-status": media.status }, h("div", { class: "tile-state" }, icon("alert", 24), h("span", {}, t("gallery.unusable"))), button), place: () => {} };
}

/**
 * A picture that was asked for and has not come, as after a page was closed too early.
 *
 * @param {Media} media
 * @param {(media: Media) => void} dismiss
 * @returns {GalleryTile}
 */
export function awaitedTile(media, dismiss) {
  const button = h("button", { type: "button", class: "button second small-button", on: { click: () => dismiss(media) } }, t("gallery.give_up"));
  return { element: h("li", { class: "tile failed", "data-media": media.mediaId, "data-status": media.status }, h("div", { class: "tile-state" }, icon("clock", 24), h("span", {}, t("gallery.pending"))), button), place: () => {} };
}

/**
 * A file that is being sent.
 *
 * @param {{ file: File, preview: string, stop: () => void }} upload
 * @returns {GalleryTile & { progress: (fraction: number) => void }}
 */
export function uploadTile({ file, preview, stop }) {
  const label = t("gallery.sending", { name: file.name });
  const bar = h("progress", { max: "100", value: "0", "aria-label": label });
  const share = h("span", { class: "counter" }, percent(0));
  const cancel = h("button", { type: "button", class: "tool", "aria-label": t("gallery.stop", { name: file.name }), title: t("action.cancel"), on: { click: stop } }, icon("cross", 18));
  const element = h("li", { class: "tile sending" }, h("div", { class: "tile-open" }, h("img", { class: "tile-preview", src: preview, alt: "" }), h("span", { class: "tile-state" }, bar, share)), h("div", { class: "tile-tools" }, cancel));
  const progress = (/** @type {number} */ fraction) => {
    bar.value = Math.round(fraction * 100);
    fill(share, percent(fraction));
  };
  return { element, progress, place: () => {} };
}
