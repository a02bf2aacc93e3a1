// @ts-check
/** A picture that is there at once: blurred, from its ThumbHash, until it has loaded. */

import { h } from "../dom.js";
import { decodeThumbhash } from "../thumbhash.js";

/** @param {string} hash @returns {HTMLCanvasElement | null} nothing where it can't be read */
function blur(hash) {
  try {
    const { width, height, pixels } = decodeThumbhash(hash);
    const canvas = h("canvas", { class: "frame-blur", width, height, "aria-hidden": "true" });
    canvas.getContext("2d")?.putImageData(new ImageData(pixels, width, height), 0, 0);
    return canvas;
  } catch {
    return null;
  }
}

/**
 * @param {{ src: string, alt: string, placeholder?: string, lazy?: boolean }} picture
 */
export function blurredImage({ src, alt, placeholder, lazy = true }) {
  const image = h("img", { class: "frame-picture", alt, draggable: "false", decoding: "async", loading: lazy ? "lazy" : "eager" });
  const element = h("span", { class: "frame" }, placeholder ? blur(placeholder) : null, image);
  image.addEventListener("load", () => element.toggleAttribute("data-loaded", true));
  image.src = src;
  return element;
}
