// @ts-check
/** The galleries: up to five pictures for each profile, and the profiles themselves. */

import { fill, h } from "../dom.js";
import { ask } from "../components/dialogs.js";
import { alertBox } from "../components/fields.js";
import { icon } from "../components/icons.js";
import { profileDialog } from "../components/profile-dialog.js";
import { GalleryGrid } from "../components/gallery-grid.js";
import { explain, t } from "../i18n.js";
import { inOrder } from "../media.js";

/** @typedef {import("../media.js").GalleryProfile} GalleryProfile */

/** Most profiles of a person. */
const MOST = 5;

/** While nothing tells what happens, it is asked this often for pictures that are being prepared, in milliseconds. */
const ASK_EVERY = 2500;

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open({ api, root, live, announce, link }) {
  /** @type {GalleryGrid[]} */
  let shelves = [];
  const place = h("div", { class: "stack loose" });
  const notice = h("div");
  const heading = h("h1", { tabindex: "-1" }, t("room.gallery"));
  const add = h("button", { class: "button second", type: "button", on: { click: addProfile } }, icon("plus", 18), t("gallery.add_profile"));
  const enough = h("p", { class: "small quiet-text" }, t("gallery.enough_profiles", { most: MOST }));
  const closing = new AbortController();
  const asking = setInterval(() => {
    if (!live.connected && document.visibilityState === "visible") for (const shelf of shelves) if (shelf.waiting) refresh(shelf);
  }, ASK_EVERY);

  /** What can't be asked now is asked again at the next occasion. @param {GalleryGrid} shelf */
  const refresh = (shelf) => shelf.load().catch(() => null);

  /** What is asked for while an answer is on its way makes that answer old: its asker waits for the newer one. */
  let latest = Promise.resolve();
  let turn = 0;
  const load = () => (latest = fetchProfiles(++turn));

  /** @param {number} mine @returns {Promise<void>} */
  async function fetchProfiles(mine) {
    const { data } = await api.get("/profiles");
    if (mine !== turn) return latest;
    const profiles = inOrder(data.items);
    const known = new Map(shelves.map((shelf) => [shelf.profile.profileId, shelf]));
    const kept = profiles.map((profile) => same(known.get(profile.profileId), profile, profiles) ?? shelfOf(profile, profiles));
    for (const shelf of shelves) if (!kept.includes(shelf)) shelf.close();
    const fresh = kept.filter((shelf) => !shelves.includes(shelf));
    shelves = kept;
    await Promise.all(fresh.map((shelf) => shelf.load()));
    fill(place, shelves.map(({ element }) => element));
    add.hidden = profiles.length >= MOST;
    enough.hidden = !add.hidden;
  }

  /** The shelf that there is, with what is said of its profile now. @param {GalleryGrid | undefined} shelf @param {GalleryProfile} profile @param {GalleryProfile[]} profiles */
  function same(shelf, profile, profiles) {
    if (!shelf) return null;
    shelf.profile = profile;
    const focused = shelf.element.querySelector(".shelf-head :focus")?.getAttribute("data-act");
    shelf.element.querySelector(".shelf-head")?.replaceWith(head(profile, profiles));
    const again = shelf.element.querySelector(`[data-act="${focused}"]`);
    if (again instanceof HTMLElement) again.focus();
    return shelf;
  }

  /** @param {GalleryProfile} profile @param {GalleryProfile[]} profiles */
  const shelfOf = (profile, profiles) => new GalleryGrid(profile, { api, root, announce, head: head(profile, profiles) });

  /** @param {GalleryProfile} profile @param {GalleryProfile[]} profiles */
  function head(profile, profiles) {
    const name = profile.displayName || t("card.nameless");
    const others = profiles.filter(({ primary }) => !primary);
    const at = others.findIndex(({ profileId }) => profileId === profile.profileId);
    /** @type {(sign: import("../components/icons.js").IconName, key: string, off: boolean, act: () => Promise<void>) => HTMLElement} */
    const tool = (sign, key, off, act) => h("button", { type: "button", class: "tool", "data-act": key, "aria-disabled": String(off), "aria-label": t(`gallery.profile_${key}`, { name }), title: t(`gallery.profile_${key}`, { name }), on: { click: () => (off ? null : trying(act)) } }, icon(sign, 18));
    const tools = profile.primary
      ? [h("a", { class: "tool", "aria-label": t("person.edit"), title: t("person.edit"), ...link("profile") }, icon("pencil", 18))]
      : [
          tool("pencil", "edit", false, () => editProfile(profile)),
          tool("up", "up", at === 0, () => moveProfile(others, at, -1)),
          tool("down", "down", at === others.length - 1, () => moveProfile(others, at, 1)),
          tool("bin", "delete", false, () => removeProfile(profile)),
        ];
    const title = h("h2", { tabindex: "-1" }, name);
    const badge = profile.primary ? h("span", { class: "badge brand" }, t("gallery.primary")) : null;
    return h("header", { class: "shelf-head" }, h("div", { class: "row" }, title, badge), h("div", { class: "row shelf-tools" }, tools), profile.bio && !profile.primary ? h("p", { class: "quiet-text shelf-bio" }, profile.bio) : null);
  }

  function addProfile() {
    profileDialog(root, {
      title: t("gallery.add_profile"),
      words: { displayName: "", bio: "" },
      save: async (words) => {
        await api.post("/profiles", words);
        await load();
        announce(t("gallery.profile_added"));
      },
    });
  }
  /** @param {GalleryProfile} profile */
  async function editProfile({ profileId, displayName = "", bio = "" }) {
    profileDialog(root, {
      title: t("gallery.edit_profile"),
      words: { displayName, bio },
      save: async (words) => {
        await api.put(`/profiles/${encodeURIComponent(profileId)}`, { ...words, bio: words.bio || null });
        await load();
        announce(t("gallery.profile_saved"));
      },
    });
  }
  /** Gives a profile the place before or behind; the primary one is always first. @param {GalleryProfile[]} others @param {number} at @param {number} by */
  async function moveProfile(others, at, by) {
    const order = others.toSpliced(at, 1).toSpliced(at + by, 0, /** @type {GalleryProfile} */ (others[at]));
    for (const [index, profile] of order.entries()) {
      if (profile.order !== index + 2) await api.put(`/profiles/${encodeURIComponent(profile.profileId)}`, { order: index + 2 });
    }
    await load();
    announce(t("gallery.profile_moved", { place: at + by + 2, count: others.length + 1 }));
  }
  /** @param {GalleryProfile} profile */
  async function removeProfile({ profileId, displayName }) {
    const name = displayName ?? "";
    if (!(await ask(root, { title: t("gallery.profile_delete_title", { name }), text: t("gallery.profile_delete_text"), yes: t("gallery.profile_delete_yes"), danger: true }))) return;
    await api.delete(`/profiles/${encodeURIComponent(profileId)}`);
    await load();
    announce(t("gallery.profile_deleted"));
    heading.focus();
  }
  /** @param {() => Promise<void>} act */
  async function trying(act) {
    fill(notice);
    await act().catch((problem) => fill(notice, alertBox(explain(problem))));
  }

  /** @param {Event} event */
  const hear = (event) => {
    const { eventType, data } = /** @type {CustomEvent<import("../live.js").LiveEvent>} */ (event).detail;
    const shelf = shelves.find(({ profile }) => profile.profileId === data?.profileId);
    if (eventType.startsWith("media.") && shelf) refresh(shelf);
    else if (/^profiles\.|^profile\.(updated|privacy_updated)$/.test(eventType)) load().then(() => shelves.forEach(refresh), () => null);
  };
  live.addEventListener("happened", hear, { signal: closing.signal });
  // What happened before the stream began is asked for.
  live.addEventListener("change", () => live.connected && shelves.forEach(refresh), { signal: closing.signal });

  const close = () => {
    clearInterval(asking);
    closing.abort();
    shelves.forEach((shelf) => shelf.close());
  };
  await load().catch((problem) => {
    close();
    throw problem;
  });
  const lead = h("header", { class: "room-head" }, heading, h("p", { class: "quiet-text" }, t("gallery.lead")), h("p", { class: "small quiet-text" }, t("gallery.seen_by"), " ", h("a", link("privacy"), t("room.privacy")), "."));
  return { view: h("div", { class: "stack loose" }, lead, notice, place, h("div", { class: "row" }, add, enough)), holding: () => shelves.some(({ sending }) => sending), close };
}
