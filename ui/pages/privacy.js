// @ts-check
/** Who sees which part of the profile. */

import { fill, h, uid } from "../dom.js";
import { EditForm } from "../components/edit-form.js";
import { segments } from "../components/fields.js";
import { visibilitySign } from "../components/icons.js";
import { list, t } from "../i18n.js";

/** @typedef {import("../me.js").Visibility} Visibility */

export const VISIBILITIES = /** @type {const} */ (["public", "authenticated", "private"]);
const FIELDS = ["displayName", "avatar", "bio", "location", "socialLinks", "activityStatus"];

/** @param {string} name @returns {[string, string, Node][]} */
const choices = (name) => VISIBILITIES.map((level) => [level, t(`visibility.${level}`), visibilitySign(level)]);

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open({ api, me, announce, link }) {
  const [{ data }, { data: preferences }] = await Promise.all([api.get("/v1/profile/privacy"), api.get("/v1/profile/preferences")]);
  /** @type {Record<string, Visibility>} */
  let saved = data;
  /** @type {Record<string, Visibility>} */
  let draft = { ...saved };
  const summary = h("div", { class: "seen-by" });
  const rows = h("div", { class: "privacy-rows" });
  const hidesActivity = preferences?.privacy?.showOnlineStatus === false;

  const drawRows = () => fill(rows, FIELDS.filter((name) => name in draft).map((name) => row(name)));
  const drawSummary = () => fill(summary, VISIBILITIES.map((level) => seenBy(level, FIELDS.filter((name) => draft[name] === level))));
  /** @param {string} name */
  const row = (name) => {
    const line = h("p", { class: "hint", id: uid("means"), "aria-live": "polite" }, means(name, draft[name]));
    /** @param {string} level */
    const onChoose = (level) => {
      draft = { ...draft, [name]: /** @type {Visibility} */ (level) };
      line.textContent = means(name, draft[name]);
      drawSummary();
    };
    const control = segments({ name, label: t(`field.${name}`), choices: choices(name), value: draft[name] ?? "private", describedBy: line.id, onChoose });
    const note = name === "activityStatus" && hidesActivity ? h("p", { class: "hint" }, t("privacy.activity_off"), " ", h("a", link("preferences"), t("room.preferences"))) : null;
    return h("div", { class: "privacy-row", "data-field": name }, h("h3", {}, t(`field.${name}`)), control, line, note);
  };
  const changes = () => Object.fromEntries(Object.entries(draft).filter(([name, level]) => saved[name] !== level));

  const editor = new EditForm({
    content: [h("section", { class: "card stack" }, h("h2", {}, t("privacy.fields")), rows)],
    changes,
    announce,
    saved: t("privacy.saved"),
    send: async (changed) => {
      await api.put("/v1/profile/privacy", changed);
      saved = { ...draft };
      await me.load();
    },
    reset: () => {
      draft = { ...saved };
      drawRows();
      drawSummary();
    },
  });
  drawRows();
  drawSummary();
  const head = h("header", { class: "room-head" }, h("h1", { tabindex: "-1" }, t("room.privacy")), h("p", { class: "quiet-text" }, t("privacy.lead")));
  const view = h("div", { class: "stack loose" }, head, h("section", { class: "card stack" }, h("h2", {}, t("privacy.summary")), summary), editor.element);
  return { view, holding: () => editor.holding(), save: () => editor.save() };
}

/** @param {string} name @param {Visibility | undefined} level */
function means(name, level = "private") {
  return t(`privacy.means.${level}`, { what: t(`privacy.what.${name}`) });
}

/** @param {Visibility} level @param {string[]} names */
function seenBy(level, names) {
  const words = names.length > 0 ? list(names.map((name) => t(`field.${name}`))) : t("privacy.nothing");
  return h("div", { class: `seen ${level}` }, h("h3", {}, visibilitySign(level, 16), t(`visibility.${level}`)), h("p", { class: "small" }, words));
}
