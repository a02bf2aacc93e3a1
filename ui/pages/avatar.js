// @ts-check
/** The picture: chosen, dropped or pasted, cut to a circle, and sent. */

import { fill, h, uid } from "../dom.js";
import { Cropper } from "../components/cropper.js";
import { ask } from "../components/dialogs.js";
import { alertBox } from "../components/fields.js";
import { icon } from "../components/icons.js";
import { pictureAddress, avatarImage } from "../components/avatar-image.js";
import { explain, percent, t } from "../i18n.js";

/** What the server takes, told before anything is sent. */
const TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"];
const MOST_BYTES = 5 * 1024 * 1024;

/** Sides of the preview circles, in pixels. */
const PREVIEWS = [128, 64, 32];

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open({ api, me, root, announce }) {
  await me.load();
  /** @type {File | null} */
  let chosen = null;
  /** Aborted when the room is left: an upload under way ends with it. */
  const left = new AbortController();
  const notice = h("div");
  const stage = h("div");
  const heading = h("h1", { tabindex: "-1" }, t("room.avatar"));

  /** @param {File | null | undefined} file */
  async function take(file) {
    if (!file) return;
    fill(notice);
    const refusal = wrongWith(file);
    const picture = refusal ? null : await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
    if (!picture) {
      fill(notice, alertBox(refusal ?? t("picture.invalid")));
      return;
    }
    chosen = file;
    fill(stage, cropping(picture, send, cancel));
    stage.querySelector("canvas")?.focus();
  }
  function cancel() {
    chosen = null;
    fill(notice);
    drawChoice();
    stage.querySelector("input")?.focus();
  }
  /** @param {string} crop @param {(fraction: number) => void} onProgress @param {AbortSignal} signal */
  async function send(crop, onProgress, signal) {
    fill(notice);
    const form = new FormData();
    form.append("crop", crop);
    form.append("avatar", /** @type {File} */ (chosen));
    try {
      await api.upload("/v1/profile/avatar", form, onProgress, AbortSignal.any([signal, left.signal]));
      chosen = null;
      await me.load();
      drawChoice();
      announce(t("avatar.saved"));
      heading.focus();
    } catch (problem) {
      const stopped = problem instanceof DOMException && problem.name === "AbortError";
      fill(notice, stopped ? null : alertBox(explain(problem)));
    }
  }
  async function remove() {
    if (!(await ask(root, { title: t("avatar.remove_title"), text: t("avatar.remove_text"), yes: t("avatar.remove"), danger: true }))) return;
    try {
      await api.delete("/v1/profile/avatar");
      await me.load();
      drawChoice();
      announce(t("avatar.removed"));
      heading.focus();
    } catch (problem) {
      fill(notice, alertBox(explain(problem)));
    }
  }
  function drawChoice() {
    fill(stage, choosing(api, /** @type {import("../me.js").Profile} */ (me.profile), take, remove));
  }
  /** @param {ClipboardEvent} event */
  const onPaste = (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    take(file);
  };

  document.addEventListener("paste", onPaste, { signal: left.signal });
  drawChoice();
  const head = h("header", { class: "room-head" }, heading, h("p", { class: "quiet-text" }, t("avatar.lead")));
  return { view: h("div", { class: "stack loose" }, head, notice, stage), holding: () => chosen !== null, close: () => left.abort() };
}

/** @param {File} file */
function wrongWith(file) {
  if (!TYPES.includes(file.type)) return t("picture.type");
  return file.size > MOST_BYTES ? t("picture.too_large") : null;
}

/**
 * @param {import("../api.js").Api} api
 * @param {import("../me.js").Profile} profile
 * @param {(file: File | undefined) => void} take
 * @param {() => void} remove
 */
function choosing(api, profile, take, remove) {
  const id = uid("file");
  const input = h("input", { type: "file", id, accept: TYPES.join(","), class: "drop-input", "aria-describedby": `${id}-hint`, on: { change: (event) => take(event.target.files?.[0]) } });
  const zone = h(
    "div",
    { class: "drop" },
    input,
    h("label", { for: id }, icon("upload", 28), h("strong", {}, t("avatar.choose")), h("span", { class: "hint" }, t("avatar.or_drop")), h("span", { class: "hint", id: `${id}-hint` }, t("avatar.limits"))),
  );
  const over = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    zone.toggleAttribute("data-over", event.type === "dragover");
  };
  for (const type of /** @type {const} */ (["dragover", "dragleave"])) zone.addEventListener(type, over);
  zone.addEventListener("drop", (event) => {
    over(event);
    take(event.dataTransfer?.files[0]);
  });
  const address = pictureAddress(api, profile);
  const own = Boolean(profile.avatar) && !profile.avatar?.includes("/v1/avatars/");
  const button = own ? h("button", { class: "button second warns small-button", type: "button", on: { click: remove } }, icon("bin", 16), t("avatar.remove")) : null;
  const sizes = h("div", { class: "row sizes" }, PREVIEWS.map((size) => avatarImage(address, { size })));
  return h("div", { class: "two-columns even" }, h("section", { class: "card stack" }, h("h2", {}, t("avatar.now")), sizes, h("p", { class: "small quiet-text" }, own ? t("avatar.own") : t("avatar.drawn")), h("div", {}, button)), zone);
}

/**
 * @param {ImageBitmap} picture
 * @param {(crop: string, onProgress: (fraction: number) => void, signal: AbortSignal) => Promise<void>} send
 * @param {() => void} cancel
 */
function cropping(picture, send, cancel) {
  const cropper = new Cropper();
  const circles = PREVIEWS.map((size) => {
    const circle = h("canvas", { width: size * 2, height: size * 2, class: "portrait", "aria-hidden": "true" });
    circle.style.setProperty("--size", `${size / 16}rem`);
    return circle;
  });
  cropper.addEventListener("crop", () => circles.forEach((circle) => cropper.drawTo(circle)));
  const save = h("button", { class: "button", type: "button" }, t("avatar.save"));
  const back = h("button", { class: "button second", type: "button" }, t("action.cancel"));
  const bar = h("progress", { max: "100", value: "0", "aria-label": t("avatar.progress") });
  const share = h("span", { class: "counter" });
  const progress = h("div", { class: "progress-line", hidden: true }, bar, share);
  /** @type {AbortController | null} */
  let sending = null;

  save.addEventListener("click", async () => {
    if (sending) return;
    const { x, y, w, h: tall } = cropper.crop;
    sending = new AbortController();
    save.setAttribute("aria-busy", "true");
    progress.hidden = false;
    const onProgress = (/** @type {number} */ fraction) => {
      bar.value = Math.round(fraction * 100);
      share.textContent = percent(fraction);
    };
    await send([x, y, w, tall].map((number) => number.toFixed(6)).join(","), onProgress, sending.signal);
    sending = null;
    save.setAttribute("aria-busy", "false");
    progress.hidden = true;
  });
  back.addEventListener("click", () => (sending ? sending.abort() : cancel()));
  const aside = h("div", { class: "stack loose" }, h("h2", {}, t("avatar.preview")), h("div", { class: "row sizes" }, circles), progress, h("div", { class: "row" }, save, back));
  const view = h("section", { class: "card crop-card", "aria-label": t("crop.stage") }, cropper, aside);
  cropper.connectedCallback();
  cropper.picture = picture;
  return view;
}
