// @ts-check
/** How the pages look and speak, what news comes, and small privacies of presence. */

import { fill, h } from "../dom.js";
import { EditForm } from "../components/edit-form.js";
import { field, select, switchRow } from "../components/fields.js";
import { icon } from "../components/icons.js";
import { LANGUAGES, isLanguage, languageName, t, useLanguage } from "../i18n.js";
import { THEMES } from "../theme.js";

/** @typedef {import("../selfsame-account.js").Context["showTheme"]} ShowTheme */

const NOTIFICATIONS = ["email", "push", "inApp"];
const PRIVACY = ["showOnlineStatus", "allowDirectMessages", "showReadReceipts"];

/**
 * What differs between two preference objects, nested as they are.
 *
 * @param {any} before
 * @param {any} after
 * @returns {Record<string, unknown>}
 */
export function difference(before, after) {
  /** @type {Record<string, unknown>} */
  const found = {};
  for (const [name, value] of Object.entries(after)) {
    const nested = value !== null && typeof value === "object";
    const inner = nested ? difference(before?.[name] ?? {}, value) : value;
    const differs = nested ? Object.keys(/** @type {object} */ (inner)).length > 0 : before?.[name] !== value;
    if (differs) found[name] = inner;
  }
  return found;
}

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open({ api, me, announce, preferencesSaved, showTheme }) {
  let { data: saved } = await api.get("/v1/profile/preferences");
  let draft = structuredClone(saved);
  const content = h("div", { class: "stack loose" });
  const draw = () => fill(content, appearance(draft, showTheme), news(draft), presence(draft));
  const reset = () => {
    draft = structuredClone(saved);
    showTheme(saved.theme);
    draw();
  };
  const editor = new EditForm({
    content: [content],
    changes: () => difference(saved, draft),
    announce,
    saved: t("preferences.saved"),
    reset,
    send: async (changed) => {
      await api.put("/v1/profile/preferences", changed);
      saved = structuredClone(draft);
      await me.load();
      preferencesSaved(saved);
      if (isLanguage(saved.language)) await useLanguage(saved.language);
    },
  });
  draw();
  const head = h("header", { class: "room-head" }, h("h1", { tabindex: "-1" }, t("room.preferences")), h("p", { class: "quiet-text" }, t("preferences.lead")));
  return { view: h("div", { class: "stack loose" }, head, editor.element), holding: () => editor.holding(), save: () => editor.save(), close: () => showTheme(saved.theme) };
}

/** @param {any} draft @param {ShowTheme} showTheme */
function appearance(draft, showTheme) {
  const language = select("language", LANGUAGES.map((code) => [code, languageName(code)]), draft.language);
  language.addEventListener("change", () => (draft.language = language.value));
  return h("section", { class: "card stack" }, h("h2", {}, t("preferences.appearance")), themes(draft, showTheme), field({ name: "language", label: t("field.language"), hint: t("preferences.language_hint"), control: language }));
}

/** @param {any} draft @param {ShowTheme} showTheme */
function themes(draft, showTheme) {
  const options = THEMES.map((theme) => {
    const choose = () => {
      draft.theme = theme;
      showTheme(theme);
    };
    const control = h("input", { type: "radio", name: "theme", value: theme, props: { checked: draft.theme === theme }, on: { change: choose } });
    return h("label", { class: "theme-choice" }, control, h("span", { class: `theme-picture ${theme}`, "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", { class: "theme-name" }, icon("check", 16), t(`theme.${theme}`)));
  });
  return h("fieldset", { class: "field", "data-field": "theme" }, h("legend", { class: "label" }, t("field.theme")), h("div", { class: "theme-choices" }, options));
}

/** @param {any} draft */
function news(draft) {
  return switches("notifications", NOTIFICATIONS, draft, t("preferences.news_lead"));
}

/** @param {any} draft */
function presence(draft) {
  return switches("privacy", PRIVACY, draft, t("preferences.privacy_lead"));
}

/**
 * @param {string} group
 * @param {string[]} names
 * @param {any} draft
 * @param {string} lead
 */
function switches(group, names, draft, lead) {
  const rows = names.map((name) => {
    const row = switchRow({ name: `${group}.${name}`, label: t(`preferences.${name}`), hint: t(`preferences.${name}_hint`), checked: draft[group]?.[name] === true });
    row.addEventListener("change", (event) => {
      draft[group] = { ...draft[group], [name]: /** @type {HTMLInputElement} */ (event.target).checked };
    });
    return row;
  });
  return h("section", { class: "card stack" }, h("div", {}, h("h2", {}, t(`preferences.${group}`)), h("p", { class: "hint" }, lead)), h("div", { "data-field": group }, rows));
}
