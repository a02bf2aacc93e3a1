// @ts-check
/** Reviews: what one said about providers of services, and how one rates. */

import { fill, h, svg, uid } from "../dom.js";
import { alertBox, field, select } from "../components/fields.js";
import { icon } from "../components/icons.js";
import { state } from "../components/placeholders.js";
import { date, explain, number, percent, t, tn } from "../i18n.js";

/**
 * @typedef {object} Review
 * @property {string} reviewId
 * @property {string} providerName
 * @property {number} rating
 * @property {string} comment
 * @property {string} createdAt
 * @property {string} updatedAt
 * @property {string} [response]
 */

/** @typedef {{ count: number, average: number | null, distribution: Record<string, number> }} Statistics */

const RATINGS = [5, 4, 3, 2, 1];
const SORTS = ["newest", "oldest", "highest", "lowest"];

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open({ api }) {
  /** @type {string | null} */
  let next = null;
  /** Each question has a number, so that an answer that comes late does not stand where another was asked for. */
  let asked = 0;
  const rating = select("rating", [["", t("review.all")], ...RATINGS.map((stars) => /** @type {[string, string]} */ ([String(stars), tn("review.stars", stars)]))], "");
  const sort = select("sort", SORTS.map((name) => [name, t(`review.sort_${name}`)]), "newest");
  const notice = h("div");
  const found = h("ul", { class: "stack reviews" });
  const none = h("p", { class: "quiet-text" }, t("review.none_such"));
  const said = h("p", { class: "unseen", role: "status" });
  const more = h("button", { class: "button second", type: "button", on: { click: () => fetchMore() } }, t("action.more"));

  /** @param {boolean} [anew] */
  async function load(anew = false) {
    const turn = ++asked;
    const query = new URLSearchParams({ sort: sort.value, ...(rating.value && { rating: rating.value }), ...(!anew && next && { cursor: next }) });
    const { data } = await api.get(`/v1/account/reviews?${query}`);
    if (turn !== asked) return null;
    next = data.nextCursor;
    if (anew) fill(found);
    const fresh = data.items.map(card);
    found.append(...fresh);
    none.hidden = found.childElementCount > 0;
    more.hidden = next === null;
    fill(said, tn("review.shown", found.childElementCount));
    return fresh[0] ?? null;
  }
  async function fetchMore() {
    fill(notice);
    // The button goes when all is there, so the focus goes on to what is new.
    await load().then((first) => first?.focus({ preventScroll: true }), fail);
  }
  async function filter() {
    fill(notice);
    await load(true).catch(fail);
  }
  /** @param {unknown} problem */
  const fail = (problem) => fill(notice, alertBox(explain(problem)));

  rating.addEventListener("change", filter);
  sort.addEventListener("change", filter);
  const [{ data: statistics }] = await Promise.all([api.get("/v1/account/reviews/statistics"), load(true)]);
  const head = h("header", { class: "room-head" }, h("h1", { tabindex: "-1" }, t("room.reviews")), h("p", { class: "quiet-text" }, t("review.lead")));
  if (statistics.count === 0) {
    return { view: h("div", { class: "stack loose" }, head, state({ sign: icon("star", 64), title: t("review.none"), text: t("review.none_text") })) };
  }
  const tools = h("div", { class: "review-tools" }, field({ name: "rating", label: t("review.rating"), control: rating }), field({ name: "sort", label: t("review.sort"), control: sort }));
  const list = h("section", { class: "stack", "aria-label": t("review.yours") }, tools, notice, said, found, none, more);
  return { view: h("div", { class: "stack loose" }, head, h("div", { class: "two-columns" }, list, summary(statistics))) };
}

/** @param {Review} review */
function card({ providerName, rating, comment, createdAt, updatedAt, response }) {
  const id = uid("review");
  const day = (/** @type {string} */ time) => date(time, { dateStyle: "medium" });
  const when = day(createdAt) === day(updatedAt) ? day(createdAt) : t("review.changed", { given: day(createdAt), changed: day(updatedAt) });
  const answer = response ? h("div", { class: "review-answer" }, h("p", { class: "small quiet-text" }, t("review.response", { name: providerName })), h("p", { class: "written" }, response)) : null;
  const head = h("div", { class: "row between" }, h("h2", { id, class: "long-word" }, providerName), stars(rating));
  return h("li", { class: "card stack review", tabindex: "-1", "aria-labelledby": id }, head, comment ? h("p", { class: "written" }, comment) : null, h("p", { class: "small quiet-text" }, when), answer);
}

/** @param {number} rating */
function stars(rating) {
  const drawn = RATINGS.map((_, place) => h("span", { class: place < rating ? "lit" : "unlit" }, "★"));
  return h("p", { class: "stars" }, h("span", { "aria-hidden": "true" }, drawn), h("span", { class: "unseen" }, t("review.of_five", { rating })));
}

/** @param {Statistics} statistics */
function summary({ count, average, distribution }) {
  const mean = number(average ?? 0, { maximumFractionDigits: 2 });
  const lines = RATINGS.map((rating) => bar(rating, distribution[rating] ?? 0, count));
  const figure = h("p", { class: "review-mean" }, h("strong", {}, mean), " ", h("span", { class: "quiet-text" }, tn("review.count", count)));
  return h("section", { class: "card stack beside review-summary", "aria-labelledby": "review-summary" }, h("h2", { id: "review-summary" }, t("review.statistics")), figure, h("ul", { class: "review-bars" }, lines));
}

/** @param {number} rating @param {number} count @param {number} all */
function bar(rating, count, all) {
  const share = all > 0 ? count / all : 0;
  const frame = { class: "review-bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" };
  const ground = svg("rect", { class: "ground", width: 100, height: 8 });
  const drawn = svg("svg", frame, ground, svg("rect", { class: "share", width: Math.round(share * 1000) / 10, height: 8 }));
  const label = h("span", {}, h("span", { "aria-hidden": "true" }, `${rating} ★`), h("span", { class: "unseen" }, `${tn("review.stars", rating)}: `));
  return h("li", {}, label, drawn, h("span", { class: "quiet-text" }, number(count), h("span", { class: "unseen" }, ` (${percent(share)})`)));
}
