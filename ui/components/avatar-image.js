// @ts-check
/** A person's picture in a circle. */

import { h } from "../dom.js";
import { icon } from "./icons.js";

/**
 * @param {string | null | undefined} address nothing shows a plain figure, as where the picture is hidden
 * @param {{ size: number, alt?: string }} options `size` in pixels; no `alt` where the name stands beside it
 */
export function avatarImage(address, { size, alt = "" }) {
  const label = alt ? { role: "img", "aria-label": alt } : { "aria-hidden": "true" };
  const element = address
    ? h("img", { class: "portrait", src: address, alt, width: size, height: size, decoding: "async" })
    : h("span", { class: "portrait none", ...label }, icon("person", Math.round(size * 0.6)));
  element.style.setProperty("--size", `${size / 16}rem`);
  return element;
}

/**
 * Where a profile's picture lies: the uploaded one, else the generated one, else (hidden from this viewer) nowhere.
 *
 * @param {import("../api.js").Api} api
 * @param {import("../me.js").Profile} profile
 */
export function pictureAddress(api, profile) {
  if (profile.avatar) return api.address(profile.avatar);
  // Of one's own profile (only that carries the privacy settings) nothing is hidden: no picture means none was chosen.
  return profile.avatar === null || profile.privacy ? api.address(`/v1/avatars/${encodeURIComponent(profile.userId)}.svg`) : null;
}
