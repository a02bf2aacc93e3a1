// @ts-check
/** A person's public page, as the one who looks may see it. */

import { fill, h } from "../dom.js";
import { icon, mark } from "../components/icons.js";
import { profileCard } from "../components/profile-card.js";
import { state } from "../components/placeholders.js";
import { t } from "../i18n.js";

/** @param {import("../app.js").Page} page */
export async function publicProfile({ api, me, place, rename }) {
  const wanted = place.parameters.username ?? "";
  const { data: profile } = await api.get(`/v1/profile/by-username/${encodeURIComponent(wanted)}`).catch(absent);
  if (!profile) return { title: t("person.nobody"), view: state({ sign: mark(64), title: t("person.nobody"), text: t("person.nobody_text", { username: wanted }), level: "h1", action: h("a", { class: "button second", href: "/" }, t("action.home")) }) };
  if (profile.username && profile.username !== wanted) rename(`/u/${encodeURIComponent(profile.username)}`);
  const mine = me.profile?.userId === profile.userId;
  const note = mine ? h("div", { class: "row between own-page" }, h("p", { class: "small quiet-text" }, t("person.mine")), h("a", { class: "button second small-button", href: "/account/profile" }, icon("person", 16), t("person.edit"))) : null;
  const name = profile.displayName || `@${profile.username ?? wanted}`;
  const galleries = h("div");
  // They come below, so nothing waits for them; where they can't be had, the rest of the page is shown all the same.
  galleriesOf(api, profile.userId, name).then((view) => fill(galleries, view), () => null);
  return { title: name, view: h("div", { class: "person" }, note, profileCard(profile, { api, level: "h1" }), galleries) };
}

/** @param {import("../api.js").Api} api @param {string} userId @param {string} name */
async function galleriesOf(api, userId, name) {
  const { galleryView } = await import("../components/gallery-view.js");
  return galleryView(api, userId, name);
}

/** @param {import("../api.js").Problem} problem */
function absent(problem) {
  if (problem.status !== 404) throw problem;
  return { data: null };
}
