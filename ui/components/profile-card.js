// @ts-check
/** A profile as a viewer sees it; absent fields are simply not there. */

import { h } from "../dom.js";
import { date, fromNow, t } from "../i18n.js";
import { icon, mark } from "./icons.js";
import { pictureAddress, avatarImage } from "./avatar-image.js";

/** @typedef {import("../me.js").Profile} Profile */

/**
 * @param {Profile} profile
 * @param {{ api: import("../api.js").Api, level?: "h1" | "h2" | "p", picture?: string | null }} options
 */
export function profileCard(profile, { api, level = "p", picture = pictureAddress(api, profile) }) {
  const name = profile.displayName || (profile.username ? `@${profile.username}` : t("card.nameless"));
  return h(
    "article",
    { class: "profile-card" },
    h("div", { class: "profile-band", "aria-hidden": "true" }, mark(160)),
    h("div", { class: "profile-top" }, avatarImage(picture, { size: 96, alt: picture ? t("card.picture", { name }) : "" }), presence(profile)),
    h(level, { class: "profile-name", tabindex: level === "h1" ? "-1" : null }, name),
    profile.username ? h("p", { class: "quiet-text" }, `@${profile.username}`) : null,
    profile.bio ? h("p", { class: "profile-bio" }, profile.bio) : null,
    facts(profile),
    badges(profile),
    chips(t("field.interests"), profile.interests ?? [], "chip"),
    chips(t("field.skills"), profile.skills ?? [], "chip other"),
    links(profile.socialLinks ?? {}),
  );
}

/** @param {Profile} profile */
function presence({ activityStatus }) {
  if (!activityStatus) return null;
  return h("span", { class: `badge presence ${activityStatus}` }, t(`presence.${activityStatus}`));
}

/** @param {Profile} profile */
function facts({ location, timezone, stats, createdAt }) {
  const joined = stats?.joinedAt ?? createdAt;
  const lines = [
    location ? [icon("pin", 17), location] : null,
    timezone ? [icon("clock", 17), localTime(timezone)] : null,
    joined ? [icon("calendar", 17), t("card.joined", { date: date(joined, { month: "long", year: "numeric" }) })] : null,
    stats?.lastActiveAt ? [icon("again", 17), t("card.active", { time: fromNow(stats.lastActiveAt) })] : null,
  ].filter((line) => line !== null);
  return lines.length > 0 ? h("ul", { class: "profile-facts" }, lines.map(([sign, text]) => h("li", {}, sign, h("span", {}, text)))) : null;
}

/** @param {string} timezone */
function localTime(timezone) {
  try {
    return t("card.local_time", { time: date(new Date().toISOString(), { timeStyle: "short", timeZone: timezone }) });
  } catch {
    return timezone;
  }
}

/** @param {Profile} profile */
function badges({ badges: names = [] }) {
  const words = names.map((name) => name.replaceAll("_", " "));
  return words.length > 0 ? h("ul", { class: "chips", "aria-label": t("field.badges") }, words.map((word) => h("li", { class: "badge lilac" }, icon("check", 14), word))) : null;
}

/** @param {string} label @param {string[]} words @param {string} look */
function chips(label, words, look) {
  return words.length > 0 ? h("ul", { class: "chips", "aria-label": label }, words.map((word) => h("li", { class: look }, word))) : null;
}

/** @param {Record<string, string>} socialLinks */
function links(socialLinks) {
  const entries = Object.entries(socialLinks).filter(([, address]) => address);
  if (entries.length === 0) return null;
  const rel = "me nofollow noopener noreferrer";
  return h("ul", { class: "profile-links", "aria-label": t("field.socialLinks") }, entries.map(([platform, address]) => h("li", {}, icon("link", 17), h("a", { href: address, rel, target: "_blank" }, platformName(platform)))));
}

/** Platforms the server knows, in the order they are offered. */
export const PLATFORMS = { website: "Website", github: "GitHub", gitlab: "GitLab", linkedin: "LinkedIn", mastodon: "Mastodon", bluesky: "Bluesky", twitter: "X (Twitter)", youtube: "YouTube", instagram: "Instagram", facebook: "Facebook", tiktok: "TikTok" };

/** @param {string} platform */
export function platformName(platform) {
  if (platform === "website") return t("platform.website");
  return /** @type {Record<string, string>} */ (PLATFORMS)[platform] ?? platform;
}
