// @ts-check
/** The profile: what it says, and beside it what others see of it. */

import { fill, h } from "../dom.js";
import { EditForm } from "../components/edit-form.js";
import { field, graphemes, select, setValue } from "../components/fields.js";
import { icon } from "../components/icons.js";
import { linksEditor } from "../components/links-editor.js";
import { pictureAddress, avatarImage } from "../components/avatar-image.js";
import { tagsEditor } from "../components/tags-editor.js";
import { fieldName, percent, t } from "../i18n.js";
import { preview } from "./preview.js";

/** @typedef {import("../me.js").Profile} Profile */

/** Most graphemes of a text. */
const LIMITS = { displayName: 50, bio: 500, location: 100 };

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open({ api, me, announce, link }) {
  let saved = editable(await me.load());
  const inputs = fields();
  const completion = h("div");
  const picture = h("div", { class: "row picture-line" });
  const drawPicture = () => {
    const address = me.profile ? pictureAddress(api, me.profile) : null;
    fill(picture, avatarImage(address, { size: 72 }), h("a", { class: "button second small-button", ...link("avatar") }, icon("picture", 18), t("profile.change_picture")));
  };
  const shown = preview({ api, link, profile: () => /** @type {Profile} */ (me.profile), changes: () => difference(saved, inputs.value) });

  const editor = new EditForm({
    content: [h("section", { class: "card stack loose" }, h("h2", {}, t("profile.about")), picture, ...inputs.texts), h("section", { class: "card stack loose" }, h("h2", {}, t("profile.more")), ...inputs.rest)],
    changes: () => difference(saved, inputs.value),
    check: () => inputs.check(),
    announce,
    saved: t("profile.saved"),
    reset: () => {
      inputs.value = saved;
      shown.draw();
    },
    send: async (changes) => {
      await me.save(forServer(saved, changes)).catch((problem) => rebase(problem, changes));
      saved = editable(/** @type {Profile} */ (me.profile));
      inputs.value = saved;
      await Promise.all([shown.load(), drawCompletion()]);
    },
  });

  /**
   * Changed elsewhere meanwhile: takes the newest version and keeps what was edited here, to be saved again.
   *
   * @param {import("../api.js").Problem} problem
   * @param {Record<string, unknown>} changes
   */
  async function rebase(problem, changes) {
    if (problem.code !== "version_conflict" && problem.status !== 412) throw problem;
    saved = editable(await me.load());
    inputs.value = { ...saved, ...changes };
    await shown.load();
    throw problem;
  }

  async function drawCompletion() {
    const { data } = await api.get("/v1/profile/completion");
    fill(completion, completionCard(data));
  }

  inputs.value = saved;
  drawPicture();
  editor.element.addEventListener("input", () => shown.draw());
  editor.element.addEventListener("change", () => shown.draw());
  await Promise.all([shown.load(), drawCompletion()]);
  const head = h("header", { class: "room-head" }, h("h1", { tabindex: "-1" }, t("room.profile")), h("p", { class: "quiet-text" }, t("profile.lead")));
  const aside = h("div", { class: "beside stack" }, shown.element, completion);
  const view = h("div", { class: "stack loose" }, head, h("div", { class: "two-columns" }, editor.element, aside));
  return { view, holding: () => editor.holding(), save: () => editor.save() };
}

/** The part of a profile that can be edited, nothing absent. @param {Profile} profile */
function editable({ displayName, bio, location, timezone, socialLinks, interests, skills }) {
  return { displayName: displayName ?? "", bio: bio ?? "", location: location ?? "", timezone: timezone ?? "", interests: interests ?? [], skills: skills ?? [], socialLinks: socialLinks ?? {} };
}

/** @typedef {ReturnType<typeof editable>} Editable */

/** @param {Editable} before @param {Editable} after @returns {Partial<Editable>} */
function difference(before, after) {
  const same = (/** @type {unknown} */ one, /** @type {unknown} */ two) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(two));
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => !same(value, before[/** @type {keyof Editable} */ (name)])));
}

/** @param {unknown} value objects with their keys in order; anything else as it is */
function sorted(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? Object.entries(value).sort(([one], [two]) => (one < two ? -1 : 1)) : value;
}

/**
 * The changes as the API takes them: null clears, and a link that is gone is cleared by name.
 *
 * @param {Editable} before
 * @param {Record<string, any>} changes
 */
function forServer(before, changes) {
  const body = Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, value === "" ? null : value]));
  if (changes.socialLinks) {
    const gone = Object.keys(before.socialLinks).filter((platform) => !(platform in changes.socialLinks));
    body.socialLinks = { ...changes.socialLinks, ...Object.fromEntries(gone.map((platform) => [platform, null])) };
  }
  return body;
}

function fields() {
  const displayName = h("input", { name: "displayName", autocomplete: "name" });
  const bio = h("textarea", { name: "bio", rows: "4" });
  const location = h("input", { name: "location", autocomplete: "address-level2" });
  const timezone = select("timezone", zones(), "");
  const interests = tagsEditor({ name: "interests", label: t("field.interests"), look: "chip" });
  const skills = tagsEditor({ name: "skills", label: t("field.skills"), look: "chip other" });
  const socialLinks = linksEditor();
  const zoneField = field({ name: "timezone", label: t("field.timezone"), control: timezone, optional: true });
  zoneField.append(hereButton(timezone));
  return {
    texts: [
      field({ name: "displayName", label: t("field.displayName"), control: displayName, limit: LIMITS.displayName, hint: t("profile.name_hint") }),
      field({ name: "bio", label: t("field.bio"), control: bio, limit: LIMITS.bio, optional: true }),
      field({ name: "location", label: t("field.location"), control: location, limit: LIMITS.location, optional: true }),
      zoneField,
    ],
    rest: [interests.element, skills.element, socialLinks.element],
    /** @returns {Editable} */
    get value() {
      return { displayName: displayName.value.trim(), bio: bio.value.trim(), location: location.value.trim(), timezone: timezone.value, interests: interests.value, skills: skills.value, socialLinks: socialLinks.value };
    },
    set value(values) {
      setValue(displayName, values.displayName);
      setValue(bio, values.bio);
      setValue(location, values.location);
      if (values.timezone && ![...timezone.options].some(({ value }) => value === values.timezone)) timezone.append(h("option", { value: values.timezone }, values.timezone));
      setValue(timezone, values.timezone);
      interests.value = values.interests;
      skills.value = values.skills;
      socialLinks.value = values.socialLinks;
    },
    check() {
      const long = Object.entries(LIMITS).filter(([name, most]) => graphemes(/** @type {any} */ (this.value)[name]) > most);
      const errors = long.map(([name, most]) => ({ pointer: `/${name}`, message: t("form.too_long", { most }) }));
      if (!this.value.displayName) errors.push({ pointer: "/displayName", message: t("profile.name_needed") });
      const insecure = Object.entries(this.value.socialLinks).filter(([, address]) => !/^https:\/\/[^/\s]+/i.test(address));
      return [...errors, ...insecure.map(([platform]) => ({ pointer: `/socialLinks/${platform}`, message: t("links.https") }))];
    },
  };
}

/** @returns {[string, string][]} */
function zones() {
  return [["", t("profile.no_timezone")], ...Intl.supportedValuesOf("timeZone").map((zone) => /** @type {[string, string]} */ ([zone, zone.replaceAll("_", " ")]))];
}

/** @param {HTMLSelectElement} timezone */
function hereButton(timezone) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const click = () => {
    setValue(timezone, here);
    timezone.dispatchEvent(new Event("change", { bubbles: true }));
  };
  return h("div", {}, h("button", { class: "button bare small-button", type: "button", on: { click } }, icon("clock", 16), t("profile.use_zone", { zone: here.replaceAll("_", " ") })));
}

/** @param {{ percent: number, missing: string[] }} completion */
function completionCard({ percent: done, missing }) {
  const bar = h("progress", { max: "100", value: String(done), "aria-label": t("profile.completion") });
  const text = missing.length > 0 ? h("ul", { class: "chips" }, missing.map((name) => h("li", { class: "badge" }, icon("plus", 14), fieldName(name)))) : h("p", { class: "small quiet-text" }, t("profile.complete"));
  return h("section", { class: "card stack completion" }, h("div", { class: "row between" }, h("h2", {}, t("profile.completion")), h("strong", {}, percent(done / 100))), bar, text);
}
