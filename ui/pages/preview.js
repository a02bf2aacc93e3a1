// @ts-check
/** What a viewer gets of the profile: asked of the server, with unsaved edits laid over it. */

import { fill, h } from "../dom.js";
import { alertBox, segments } from "../components/fields.js";
import { visibilitySign } from "../components/icons.js";
import { profileCard } from "../components/profile-card.js";
import { explain, list, t } from "../i18n.js";

/** @typedef {import("../me.js").Profile} Profile */
/** @typedef {import("../me.js").Visibility} Viewer */

/** Which levels a viewer may see. @type {Record<Viewer, string[]>} */
const SEES = { public: ["public"], authenticated: ["public", "authenticated"], private: ["public", "authenticated", "private"] };

/** Fields that are shown to whom another one is shown. @type {Record<string, string>} */
const GOVERNED_BY = { timezone: "location" };

/** Fields a person would miss when they are hidden. */
const NOTICED = ["displayName", "avatar", "bio", "location", "socialLinks", "activityStatus"];

/**
 * The saved body a viewer gets, with those edits laid over it that this viewer would see.
 *
 * @param {Profile} body
 * @param {Profile} own
 * @param {Record<string, unknown>} changes
 * @param {Viewer} viewer
 * @returns {Profile}
 */
export function withEdits(body, own, changes, viewer) {
  const sees = (/** @type {string} */ name) => {
    const level = own.privacy?.[GOVERNED_BY[name] ?? name];
    return level === undefined ? name in body || !(name in own) : SEES[viewer].includes(level);
  };
  return { ...body, ...Object.fromEntries(Object.entries(changes).filter(([name]) => sees(name))) };
}

/**
 * @param {object} options
 * @param {import("../api.js").Api} options.api
 * @param {(room: string) => import("../dom.js").Attributes} options.link
 * @param {() => Profile} options.profile the own profile as saved
 * @param {() => Record<string, unknown>} options.changes the unsaved edits
 */
export function preview({ api, link, profile, changes }) {
  /** @type {Viewer} */
  let viewer = "public";
  /** @type {Profile | null} */
  let body = null;
  let turn = 0;
  /** What the note below the card says now. It is read aloud when it changes, so it is left alone otherwise. */
  let noted = "";
  const card = h("div", { class: "preview-card" });
  const footing = h("div", { class: "small preview-note", role: "status" });
  const choose = segments({
    name: "viewAs",
    label: t("preview.as"),
    value: viewer,
    choices: /** @type {Viewer[]} */ (["public", "authenticated", "private"]).map((level) => [level, t(`visibility.${level}`), visibilitySign(level)]),
    onChoose: (level) => {
      viewer = /** @type {Viewer} */ (level);
      load();
    },
  });
  // What is chosen here is a view, not an edit: the form around must not hear of it.
  for (const type of ["input", "change"]) choose.addEventListener(type, (event) => event.stopPropagation());

  async function load() {
    const mine = ++turn;
    try {
      const { data } = await api.get(viewer === "private" ? "/v1/profile" : `/v1/profile?viewAs=${viewer}`);
      if (mine !== turn) return;
      body = data;
      draw();
    } catch (problem) {
      if (mine === turn) fill(card, alertBox(explain(problem)));
    }
  }

  function draw() {
    if (!body) return;
    const edits = changes();
    const hidden = NOTICED.filter((name) => !SEES[viewer].includes(profile().privacy?.[name] ?? "public"));
    card.dataset.viewer = viewer;
    fill(card, profileCard(withEdits(body, profile(), edits, viewer), { api }));
    note(Object.keys(edits).length > 0, hidden);
  }

  /** @param {boolean} edited @param {string[]} hidden */
  function note(edited, hidden) {
    const first = edited ? t("preview.with_edits") : viewer === "private" ? t("preview.own") : t("preview.exact");
    const second = hidden.length > 0 ? t("preview.hidden", { fields: list(hidden.map((name) => t(`field.${name}`))) }) : "";
    if (noted === first + second) return;
    noted = first + second;
    fill(footing, h("p", {}, first), second ? h("p", {}, second, " ", h("a", link("privacy"), t("preview.change"))) : null);
  }

  const { username } = profile();
  const page = username ? h("p", { class: "small" }, h("a", { href: api.address(`/u/${encodeURIComponent(username)}`) }, t("preview.open"))) : null;
  const element = h("section", { class: "preview stack", "aria-label": t("preview.title") }, h("div", { class: "row between" }, h("h2", {}, t("preview.title"))), choose, card, footing, page);
  return { element, load, draw };
}
