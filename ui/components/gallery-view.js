// @ts-check
/** Galleries as others see them: the primary profile's first, each picture opening large. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { inOrder, mediaPath } from "../media.js";
import { blurredImage } from "./blurred-image.js";
import { lightbox } from "./lightbox.js";

/** @typedef {import("../media.js").GalleryProfile} GalleryProfile */
/** @typedef {import("../media.js").Media} Media */

/**
 * What the viewer may see of a person's galleries; nothing where that is nothing.
 *
 * @param {import("../api.js").Api} api
 * @param {string} userId
 * @param {string} name
 */
export async function galleryView(api, userId, name) {
  const { data } = await api.get(`/profiles?userId=${encodeURIComponent(userId)}`);
  const shown = inOrder(data.items).map(async (profile) => section(api, profile, await pictures(api, profile), name));
  const sections = (await Promise.all(shown)).filter((part) => part !== null);
  return sections.length > 0 ? h("div", { class: "stack" }, sections) : null;
}

/** @param {import("../api.js").Api} api @param {GalleryProfile} profile @returns {Promise<Media[]>} */
async function pictures(api, { profileId }) {
  const { data } = await api.get(mediaPath(profileId));
  return data.items.filter((/** @type {Media} */ { status, urls }) => status === "ready" && urls);
}

/** @param {import("../api.js").Api} api @param {GalleryProfile} profile @param {Media[]} media @param {string} name */
function section(api, { primary, displayName, bio }, media, name) {
  if (media.length === 0 && (primary || !bio)) return null;
  const owner = primary ? name : displayName || name;
  const title = primary ? t("room.gallery") : displayName || t("card.nameless");
  const alt = (/** @type {number} */ index) => t("gallery.picture_of", { number: index + 1, count: media.length, name: owner });
  const large = media.map(({ urls, placeholder }, index) => ({ src: api.address(urls?.original ?? ""), alt: alt(index), placeholder }));
  const tiles = media.map(({ urls, placeholder }, index) => {
    const open = () => lightbox(document.body, large, index);
    return h("li", {}, h("button", { type: "button", class: "tile-open", "aria-label": `${alt(index)}. ${t("gallery.larger")}`, on: { click: open } }, blurredImage({ src: api.address(urls?.medium ?? ""), alt: "", placeholder })));
  });
  return h("section", { class: "card stack gallery-view", "aria-label": title }, h("h2", {}, title), bio && !primary ? h("p", { class: "quiet-text shelf-bio" }, bio) : null, tiles.length > 0 ? h("ul", { class: "pictures", "data-count": tiles.length }, tiles) : null);
}
