// @ts-check
/** Pictures of galleries: asked for, sent straight to the store, and told of. */

import { Problem, postForm } from "./api.js";

/** What the server takes, told before anything is sent. */
export const TYPES = ["image/jpeg", "image/png", "image/webp"];
export const MOST_BYTES = 10 * 1024 * 1024;
export const LEAST_BYTES = 1024;

/**
 * @typedef {object} Media
 * @property {string} mediaId used again for another picture when this one is gone
 * @property {"pending" | "processing" | "ready" | "error"} status
 * @property {{ original: string, medium: string, thumb?: string }} [urls]
 * @property {string} [placeholder] a ThumbHash
 * @property {{ width: number, height: number }} [dimensions]
 * @property {string} createdAt
 *
 * @typedef {object} GalleryProfile
 * @property {string} profileId
 * @property {boolean} primary
 * @property {string} [displayName]
 * @property {string} [bio]
 * @property {number} order
 */

/** @param {string} profileId */
export const mediaPath = (profileId, mediaId = "") => `/profiles/${encodeURIComponent(profileId)}/media${mediaId && `/${encodeURIComponent(mediaId)}`}`;

/**
 * The primary one first, then in their order.
 *
 * @param {GalleryProfile[]} profiles
 */
export function inOrder(profiles) {
  return [...profiles].sort((one, two) => Number(two.primary) - Number(one.primary) || one.order - two.order);
}

/**
 * What is wrong with a file, before anything is sent: the name of a text, or nothing.
 *
 * @param {{ type: string, size: number }} file
 */
export function flaw({ type, size }) {
  if (!TYPES.includes(type)) return "type";
  if (size > MOST_BYTES) return "large";
  return size < LEAST_BYTES ? "small" : null;
}

/** @param {File} file @returns {Promise<{ width: number, height: number }>} */
async function measure(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
    throw new Problem({ status: 0, code: "image_invalid", detail: "" });
  });
  const { width, height } = picture;
  picture.close();
  return { width, height };
}

/**
 * Sends a file to a gallery: asks for a place, posts the form that comes with it, and says that it is there. What fails on
 * the way gives the place back.
 *
 * @param {import("./api.js").Api} api
 * @param {string} profileId
 * @param {File} file
 * @param {{ onAsked: (mediaId: string) => void, onProgress: (fraction: number) => void, signal: AbortSignal }} options
 */
export async function sendPicture(api, profileId, file, { onAsked, onProgress, signal }) {
  signal.throwIfAborted();
  const size = await measure(file);
  const meta = { size: file.size, format: file.type.replace("image/", ""), ...size };
  const { data: ticket } = await api.post(mediaPath(profileId), { mediaType: "image", mediaMeta: btoa(JSON.stringify(meta)) });
  onAsked(ticket.mediaId);
  const place = mediaPath(profileId, ticket.mediaId);
  const etag = await deliver(ticket, file, onProgress, signal).catch(async (problem) => {
    // Where even that can't be said, the place is free again when the form has expired.
    await api.post(place, { uploadSuccess: false }).catch(() => null);
    throw problem;
  });
  // A store elsewhere that shows no tag to pages tells the service by itself that the file has come.
  if (etag) await api.post(place, { uploadSuccess: true, s3ETag: etag, actualSize: file.size });
}

/**
 * @param {{ uploadUrl: string, uploadHeaders: Record<string, string> }} ticket
 * @param {File} file
 * @param {(fraction: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<string | null>} the entity tag of what was stored
 */
async function deliver({ uploadUrl, uploadHeaders }, file, onProgress, signal) {
  const form = new FormData();
  for (const [name, value] of Object.entries(uploadHeaders)) form.append(name, value);
  // Stores read the fields only up to the file.
  form.append("file", file);
  const request = await postForm(uploadUrl, form, { onProgress, signal });
  if (request.status < 200 || request.status >= 300) throw new Problem({ status: request.status, code: "upload_refused", detail: "" });
  return request.getResponseHeader("ETag");
}
