// @ts-check
/**
 * `<selfsame-cropper>`: chooses the square of a picture that becomes the avatar. The picture moves under a fixed
 * circle: by mouse, touch (one finger moves, two zoom), wheel, arrow keys and +/−, or by the buttons.
 */

import { h, uid } from "../dom.js";
import { percent, t } from "../i18n.js";
import { icon } from "./icons.js";

/** The canvas's side in its own pixels, and how much of it the circle takes. */
const SIDE = 720;
const CIRCLE = 0.86;

/** The smallest square worth cutting out, in the picture's pixels. */
const SMALLEST = 64;
const MOST_ZOOM = 8;

/** One key press moves by this much of the square and zooms by this factor. */
const STEP = 0.04;
const ZOOM_STEP = 1.12;

/** @typedef {{ x: number, y: number, w: number, h: number }} Crop fractions of the upright picture */

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Says `crop` whenever the square has changed. */
export class Cropper extends HTMLElement {
  /** @type {ImageBitmap | null} */
  #picture = null;
  #zoom = 1;
  /** The square's middle in the picture's pixels. */
  #middle = { x: 0, y: 0 };
  /** @type {Map<number, { x: number, y: number }>} */
  #pointers = new Map();
  #canvas = h("canvas", { width: SIDE, height: SIDE, class: "crop-canvas", tabindex: "0", role: "application" });
  #slider = h("input", { type: "range", min: "0", max: "1", step: "0.001", class: "zoom" });
  #news = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
  #newsTimer = 0;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const hint = h("p", { class: "hint", id: uid("hint") }, t("crop.hint"));
    this.#canvas.setAttribute("aria-label", t("crop.stage"));
    this.#canvas.setAttribute("aria-describedby", hint.id);
    this.#slider.setAttribute("aria-label", t("crop.zoom"));
    this.append(this.#canvas, this.#controls(), hint, this.#news);
    this.#listen();
  }

  /** @param {ImageBitmap} picture */
  set picture(picture) {
    this.#picture = picture;
    this.reset();
  }

  /** @returns {Crop} */
  get crop() {
    const { width, height } = this.#size();
    const side = this.#side();
    const square = { x: (this.#middle.x - side / 2) / width, y: (this.#middle.y - side / 2) / height, w: side / width, h: side / height };
    return { ...square, x: clamp(square.x, 0, 1 - square.w), y: clamp(square.y, 0, 1 - square.h) };
  }

  /** Back to the largest square in the middle. */
  reset() {
    const { width, height } = this.#size();
    this.#zoom = 1;
    this.#middle = { x: width / 2, y: height / 2 };
    this.#changed();
  }

  /**
   * Draws what is inside the circle onto another canvas, filling it.
   *
   * @param {HTMLCanvasElement} target
   */
  drawTo(target) {
    const context = target.getContext("2d");
    if (!context || !this.#picture) return;
    const side = this.#side();
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, target.width, target.height);
    context.drawImage(this.#picture, this.#middle.x - side / 2, this.#middle.y - side / 2, side, side, 0, 0, target.width, target.height);
  }

  #size() {
    return { width: this.#picture?.width ?? 1, height: this.#picture?.height ?? 1 };
  }

  #side() {
    const { width, height } = this.#size();
    return Math.min(width, height) / this.#zoom;
  }

  #mostZoom() {
    const { width, height } = this.#size();
    return clamp(Math.min(width, height) / SMALLEST, 1, MOST_ZOOM);
  }

  #controls() {
    /** @type {(name: import("./icons.js").IconName, label: string, act: () => void) => HTMLButtonElement} */
    const button = (name, label, act) => h("button", { type: "button", class: "tool", "aria-label": label, title: label, on: { click: act } }, icon(name, 18));
    return h(
      "div",
      { class: "crop-controls" },
      h("div", { class: "zoom-line" }, button("minus", t("crop.out"), () => this.#zoomBy(1 / ZOOM_STEP)), this.#slider, button("plus", t("crop.in"), () => this.#zoomBy(ZOOM_STEP))),
      h(
        "div",
        { class: "move-line" },
        button("left", t("crop.left"), () => this.#moveBySteps(-1, 0)),
        button("up", t("crop.up"), () => this.#moveBySteps(0, -1)),
        button("down", t("crop.down"), () => this.#moveBySteps(0, 1)),
        button("right", t("crop.right"), () => this.#moveBySteps(1, 0)),
        button("again", t("crop.reset"), () => this.reset()),
      ),
    );
  }

  #listen() {
    const canvas = this.#canvas;
    canvas.addEventListener("keydown", (event) => this.#onKey(event));
    canvas.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.#onDown(event));
    canvas.addEventListener("pointermove", (event) => this.#onMove(event));
    for (const type of ["pointerup", "pointercancel"]) canvas.addEventListener(type, (event) => this.#pointers.delete(/** @type {PointerEvent} */ (event).pointerId));
    this.#slider.addEventListener("input", () => this.#zoomTo(this.#mostZoom() ** Number(this.#slider.value)));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const far = event.shiftKey ? 4 : 1;
    const moves = /** @type {Record<string, () => void>} */ ({
      ArrowLeft: () => this.#moveBySteps(-far, 0),
      ArrowRight: () => this.#moveBySteps(far, 0),
      ArrowUp: () => this.#moveBySteps(0, -far),
      ArrowDown: () => this.#moveBySteps(0, far),
      "+": () => this.#zoomBy(ZOOM_STEP),
      "=": () => this.#zoomBy(ZOOM_STEP),
      "-": () => this.#zoomBy(1 / ZOOM_STEP),
      0: () => this.reset(),
    });
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    event.preventDefault();
    this.#zoomBy(Math.exp(-event.deltaY / 400));
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    if (other) this.#zoomBy(Math.hypot(now.x - other.x, now.y - other.y) / Math.max(Math.hypot(before.x - other.x, before.y - other.y), 1));
    const perPixel = this.#side() / (this.#canvas.clientWidth * CIRCLE);
    const share = other ? 0.5 : 1;
    this.#moveBy((before.x - now.x) * perPixel * share, (before.y - now.y) * perPixel * share);
  }

  /** @param {number} x @param {number} y */
  #moveBySteps(x, y) {
    this.#moveBy(x * STEP * this.#side(), y * STEP * this.#side());
  }

  /** @param {number} x @param {number} y in the picture's pixels */
  #moveBy(x, y) {
    this.#middle = { x: this.#middle.x + x, y: this.#middle.y + y };
    this.#changed();
  }

  /** @param {number} factor */
  #zoomBy(factor) {
    this.#zoomTo(this.#zoom * factor);
  }

  /** @param {number} zoom */
  #zoomTo(zoom) {
    this.#zoom = clamp(zoom, 1, this.#mostZoom());
    this.#changed();
  }

  #changed() {
    const { width, height } = this.#size();
    const half = this.#side() / 2;
    this.#middle = { x: clamp(this.#middle.x, half, width - half), y: clamp(this.#middle.y, half, height - half) };
    const most = this.#mostZoom();
    this.#slider.disabled = most === 1;
    this.#slider.value = String(most === 1 ? 0 : Math.log(this.#zoom) / Math.log(most));
    this.#slider.setAttribute("aria-valuetext", percent(this.#zoom));
    this.#draw();
    this.#tell();
    this.dispatchEvent(new Event("crop"));
  }

  #draw() {
    const context = this.#canvas.getContext("2d");
    if (!context || !this.#picture) return;
    const { width, height } = this.#size();
    const scale = (SIDE * CIRCLE) / this.#side();
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, SIDE, SIDE);
    context.drawImage(this.#picture, SIDE / 2 - this.#middle.x * scale, SIDE / 2 - this.#middle.y * scale, width * scale, height * scale);
    context.fillStyle = "rgb(8 20 16 / 0.62)";
    context.beginPath();
    context.rect(0, 0, SIDE, SIDE);
    context.arc(SIDE / 2, SIDE / 2, (SIDE * CIRCLE) / 2, 0, 2 * Math.PI, true);
    context.fill();
    context.strokeStyle = "rgb(255 255 255 / 0.9)";
    context.lineWidth = 3;
    context.beginPath();
    context.arc(SIDE / 2, SIDE / 2, (SIDE * CIRCLE) / 2, 0, 2 * Math.PI);
    context.stroke();
  }

  /** Says where the square is once it has come to rest, not at every step. */
  #tell() {
    clearTimeout(this.#newsTimer);
    this.#newsTimer = window.setTimeout(() => {
      const { x, y, w, h: tall } = this.crop;
      const across = w < 1 ? x / (1 - w) : 0.5;
      const down = tall < 1 ? y / (1 - tall) : 0.5;
      this.#news.textContent = t("crop.where", { zoom: percent(this.#zoom), across: percent(across), down: percent(down) });
    }, 600);
  }
}

if (!customElements.get("selfsame-cropper")) customElements.define("selfsame-cropper", Cropper);
