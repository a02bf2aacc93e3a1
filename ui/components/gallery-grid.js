// @ts-check
/** The gallery of one profile, as its owner keeps it: its places, what is in them and what is on its way. */

import { fill, h, uid } from "../dom.js";
import { explain, list, t, tn } from "../i18n.js";
import { LEAST_BYTES, MOST_BYTES, TYPES, flaw, mediaPath, sendPicture } from "../media.js";
import { ask } from "./dialogs.js";
import { alertBox } from "./fields.js";
import { icon } from "./icons.js";
import { lightbox } from "./lightbox.js";
import { ReorderList } from "./reorder-list.js";
import { awaitedTile, failedTile, pictureTile, uploadTile } from "./gallery-tile.js";

/** @typedef {import("../media.js").Media} Media */
/** @typedef {import("../media.js").GalleryProfile} GalleryProfile */
/** @typedef {{ file: File, preview: string, tile: ReturnType<typeof uploadTile>, mediaId: string | null, stopping: AbortController }} Upload */

/** A picture for good: its id is used again for others. @param {Media} media */
const keyOf = ({ mediaId, createdAt, status, urls }) => [mediaId, createdAt, status, urls?.medium].join(" ");

export class GalleryGrid {
  #api;
  #root;
  #announce;
  #media = /** @type {Media[]} */ ([]);
  #free = 0;
  /** How many more files are taken now. */
  #room = 0;
  /** @type {Map<string, import("./gallery-tile.js").GalleryTile>} */
  #tiles = new Map();
  /** @type {Set<Upload>} */
  #uploads = new Set();
  /** Files of this page by the id of their picture, to be shown until it is ready. @type {Map<string, string>} */
  #previews = new Map();
  #notice = h("div");
  #news = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
  #places = h("ul", { class: "places" });
  #hint = h("p", { class: "unseen", id: uid("hint") });
  #count = h("p", { class: "small quiet-text" });
  #sorting;
  #saving = 0;
  #closed = false;
  /** @type {Promise<void> | null} */
  #loading = null;
  #again = false;

  /**
   * @param {GalleryProfile} profile
   * @param {{ api: import("../api.js").Api, root: HTMLElement, announce: (text: string) => void, head: HTMLElement }} options
   */
  constructor(profile, { api, root, announce, head }) {
    this.profile = profile;
    this.#api = api;
    this.#root = root;
    this.#announce = announce;
    this.#sorting = new ReorderList({ list: this.#places, say: (text) => (this.#news.textContent = text), done: () => this.#saveOrder() });
    this.#hint.textContent = t("sorting.hint");
    this.element = h("section", { class: "card stack shelf", "data-profile": profile.profileId }, head, this.#notice, this.#places, this.#count, this.#hint, this.#news);
    this.#listen();
  }

  /** Whether something is being sent, which leaving would stop. */
  get sending() {
    return this.#uploads.size > 0;
  }

  /** Whether something will change by itself. */
  get waiting() {
    return this.#media.some(({ status }) => status === "processing");
  }

  /** Asks how things are. Who asks while an answer is on its way gets a later one, which all of them share. */
  load() {
    this.#again = this.#loading !== null;
    this.#loading ??= this.#loadAll().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #loadAll() {
    do {
      this.#again = false;
      const { data } = await this.#api.get(mediaPath(this.profile.profileId));
      if (!this.#again && !this.#closed) this.#take(data);
    } while (this.#again && !this.#closed);
  }

  /** @param {{ items: Media[], free?: number }} list */
  #take({ items, free = 0 }) {
    // What is being saved is newer; it asks again itself.
    if (this.#saving > 0) return;
    this.#tellOf(items);
    this.#media = items;
    this.#free = free;
    this.#draw();
  }

  close() {
    this.#closed = true;
    for (const { stopping } of this.#uploads) stopping.abort();
    for (const preview of this.#previews.values()) URL.revokeObjectURL(preview);
  }

  #listen() {
    const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (/** @type {DragEvent} */ event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.element.toggleAttribute("data-over", event.type === "dragover");
    };
    for (const type of /** @type {const} */ (["dragover", "dragleave", "drop"])) this.element.addEventListener(type, over);
    this.element.addEventListener("drop", (event) => this.take([...(event.dataTransfer?.files ?? [])]));
  }

  /** Says what has become of pictures that were on their way. @param {Media[]} now */
  #tellOf(now) {
    const before = new Map(this.#media.map((media) => [`${media.mediaId} ${media.createdAt}`, media.status]));
    for (const { mediaId, createdAt, status } of now) {
      if (before.get(`${mediaId} ${createdAt}`) !== "processing") continue;
      if (status === "ready") this.#announce(t("gallery.ready"));
      if (status === "error") this.#news.textContent = t("gallery.unusable");
    }
  }

  get #active() {
    return this.#media.filter(({ status }) => status === "ready" || status === "processing");
  }

  #draw() {
    if (this.#sorting.busy) return;
    const sending = new Set([...this.#uploads].map(({ mediaId }) => mediaId));
    const known = this.#media.filter(({ mediaId, status }) => status !== "pending" || !sending.has(mediaId));
    const tiles = new Map(known.map((media) => [keyOf(media), this.#tiles.get(keyOf(media)) ?? this.#tile(media)]));
    this.#forgetPreviews();
    this.#tiles = tiles;
    const uploads = [...this.#uploads].map(({ tile }) => tile.element);
    const asked = [...this.#uploads].filter(({ mediaId }) => mediaId === null || !this.#media.some((media) => media.mediaId === mediaId)).length;
    const free = Math.max(0, this.#free - asked);
    this.#room = free;
    // What came to nothing is shown in the place that it had.
    const failed = known.filter(({ status }) => status === "error").length;
    replace(this.#places, [...[...tiles.values()].map(({ element }) => element), ...uploads, ...this.#freePlaces(Math.min(free, Math.max(1, free - failed)))]);
    const active = this.#active;
    active.forEach((media, index) => tiles.get(keyOf(media))?.place(index + 1, active.length));
    this.#count.textContent = free > 0 ? tn("gallery.free", free) : t("gallery.full");
  }

  /** @param {Media} media */
  #tile(media) {
    if (media.status === "error") return failedTile(media, (gone) => this.#trying(() => this.#delete(gone)));
    if (media.status === "pending") return awaitedTile(media, (gone) => this.#trying(() => this.#delete(gone)));
    const acts = {
      open: (/** @type {Media} */ wanted) => this.#show(wanted),
      remove: (/** @type {Media} */ gone) => this.#trying(() => this.#remove(gone)),
      lift: (/** @type {HTMLElement} */ grip) => this.#sorting.toggle(grip),
      step: (/** @type {Element} */ inside, /** @type {number} */ by) => this.#sorting.step(inside, by),
    };
    return pictureTile(media, { api: this.#api, acts, preview: this.#previews.get(media.mediaId) ?? null, hint: this.#hint.id });
  }

  /** Places that are free: the first takes files, the others show how many there are. @param {number} free */
  #freePlaces(free) {
    const known = [...this.#places.querySelectorAll(":scope > .free")];
    const wanted = known.slice(0, free);
    while (wanted.length < free) wanted.push(wanted.length === 0 ? this.#picker() : h("li", { class: "tile free", "aria-hidden": "true" }));
    return wanted;
  }

  #picker() {
    const id = uid("file");
    const choose = (/** @type {{ target: HTMLInputElement }} */ { target }) => {
      this.take([...(target.files ?? [])]);
      target.value = "";
    };
    const input = h("input", { type: "file", id, accept: TYPES.join(","), multiple: true, class: "drop-input", "aria-describedby": `${id}-hint`, on: { change: choose } });
    const label = h("label", { for: id }, icon("plus", 26), h("strong", {}, t("gallery.add")), h("span", { class: "hint", id: `${id}-hint` }, t("gallery.limits")));
    return h("li", { class: "tile free drop" }, input, label);
  }

  /** Sends files, as many as there is room for; of the others it is said why not. @param {File[]} files */
  async take(files) {
    if (files.length === 0) return;
    fill(this.#notice);
    const room = this.#room;
    const good = files.filter((file) => !flaw(file));
    const texts = files.filter((file) => flaw(file)).map((file) => this.#refusal(flaw(file) ?? "", file));
    const left = good.slice(room).map(({ name }) => name);
    if (left.length > 0) texts.push(t("gallery.problem.full", { names: list(left) }));
    const failed = await this.#sendAll(good.slice(0, room), texts);
    if (failed && !this.#closed) await this.load().catch(() => null);
  }

  /**
   * Sends files one after the other, so that they come to stand in the order in which they were chosen.
   *
   * @param {File[]} files
   * @param {string[]} texts what to say, to which it adds
   * @returns {Promise<boolean>} whether any has failed
   */
  async #sendAll(files, texts) {
    const say = () => fill(this.#notice, texts.length > 0 ? alertBox(texts.join(" ")) : null);
    say();
    const uploads = files.map((file) => this.#begin(file));
    this.#draw();
    let failed = false;
    for (const upload of uploads) {
      const refusal = await this.#send(upload);
      failed ||= refusal !== null;
      if (refusal) texts.push(refusal);
      if (refusal && !this.#closed) say();
    }
    return failed;
  }

  /** @param {File} file @returns {Upload} */
  #begin(file) {
    const stopping = new AbortController();
    const preview = URL.createObjectURL(file);
    const upload = { file, preview, tile: uploadTile({ file, preview, stop: () => stopping.abort() }), mediaId: null, stopping };
    this.#uploads.add(upload);
    return upload;
  }

  /** @param {Upload} upload @returns {Promise<string | null>} what went wrong; empty where the person stopped it */
  async #send(upload) {
    const { file, preview, tile, stopping } = upload;
    const onAsked = (/** @type {string} */ mediaId) => {
      upload.mediaId = mediaId;
      this.#previews.set(mediaId, preview);
      this.#draw();
    };
    try {
      await sendPicture(this.#api, this.profile.profileId, file, { onAsked, onProgress: tile.progress, signal: stopping.signal });
      await this.load().catch(() => null);
      return null;
    } catch (problem) {
      const stopped = problem instanceof DOMException && problem.name === "AbortError";
      return stopped ? "" : this.#refusal(/** @type {any} */ (problem).code ?? "", file, problem);
    } finally {
      this.#uploads.delete(upload);
      if (!this.#previews.has(upload.mediaId ?? "")) URL.revokeObjectURL(preview);
      if (!this.#closed) this.#draw();
    }
  }

  /** What went wrong with a file and what to do, by the flaw or the code of the problem. @param {string} code @param {File} file @param {unknown} [problem] */
  #refusal(code, { name }, problem) {
    const megabytes = MOST_BYTES / 1024 / 1024;
    const values = { name, most: megabytes, least: LEAST_BYTES / 1024 };
    /** @type {Record<string, string>} */
    const texts = {
      type: t("gallery.problem.type", values),
      image_type_unsupported: t("gallery.problem.type", values),
      large: t("gallery.problem.large", values),
      image_too_large: t("gallery.problem.large", values),
      small: t("gallery.problem.small", values),
      image_invalid: t("gallery.problem.unreadable", values),
      network: t("gallery.problem.network", values),
      upload_refused: t("gallery.problem.refused", values),
      conflict: t("gallery.problem.conflict", values),
    };
    return texts[code] ?? explain(problem);
  }

  /** Looks at the pictures that are ready, one at a time. @param {Media} wanted */
  #show(wanted) {
    const ready = this.#active.filter(({ urls }) => urls);
    const shown = ready.map((media, index) => ({ src: this.#api.address(media.urls?.original ?? ""), alt: t("gallery.picture", { number: index + 1, count: ready.length }), placeholder: media.placeholder }));
    lightbox(this.#root, shown, ready.findIndex(({ mediaId }) => mediaId === wanted.mediaId));
  }

  /** @param {Media} media */
  async #remove(media) {
    if (!(await ask(this.#root, { title: t("gallery.remove_title"), text: t("gallery.remove_text"), yes: t("gallery.remove"), danger: true }))) return;
    await this.#delete(media);
    this.#announce(t("gallery.removed"));
  }

  /** @param {Media} media */
  async #delete({ mediaId }) {
    await this.#api.delete(mediaPath(this.profile.profileId, mediaId));
    await this.load();
    this.element.querySelector("h2")?.focus();
  }

  async #saveOrder() {
    const imageOrder = this.#sorting.items.map((item) => item.dataset.media ?? "");
    const before = this.#active;
    // At once, so that the labels fit what is seen.
    this.#media = [...imageOrder.flatMap((id) => before.filter(({ mediaId }) => mediaId === id)), ...this.#media.filter((media) => !before.includes(media))];
    this.#draw();
    if (imageOrder.join() === before.map(({ mediaId }) => mediaId).join()) return;
    this.#saving += 1;
    try {
      await this.#api.put(mediaPath(this.profile.profileId), { imageOrder });
    } catch (problem) {
      fill(this.#notice, alertBox(explain(problem)));
    } finally {
      this.#saving -= 1;
    }
    if (this.#saving === 0) await this.load().catch(() => null);
  }

  /** @param {() => Promise<void>} act */
  async #trying(act) {
    fill(this.#notice);
    await act().catch((problem) => fill(this.#notice, alertBox(explain(problem))));
  }

  #forgetPreviews() {
    for (const { mediaId, status } of this.#media) {
      const preview = this.#previews.get(mediaId);
      if (!preview || status === "pending" || status === "processing") continue;
      this.#previews.delete(mediaId);
      URL.revokeObjectURL(preview);
    }
  }
}

/**
 * Has `parent` hold exactly these elements. What is there and in its place is not touched, so the focus and pictures that
 * have loaded stay.
 *
 * @param {Element} parent
 * @param {Element[]} wanted
 */
function replace(parent, wanted) {
  for (const child of [...parent.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((element, index) => {
    if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
  });
}
