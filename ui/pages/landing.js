// @ts-check
/** The front page: what Selfsame is, shown rather than told. */

import { fill, h } from "../dom.js";
import { segments } from "../components/fields.js";
import { icon, mark, visibilitySign } from "../components/icons.js";
import { t } from "../i18n.js";

/** @typedef {import("../me.js").Visibility} Visibility */

/** The example's lines and who sees them. @type {[string, import("../components/icons.js").IconName | null, Visibility][]} */
const LINES = [
  ["name", null, "public"],
  ["bio", null, "public"],
  ["place", "pin", "authenticated"],
  ["site", "link", "authenticated"],
  ["activity", "clock", "private"],
];
const RANK = { public: 0, authenticated: 1, private: 2 };

/** @param {import("../app.js").Page} page */
export function landing({ session }) {
  const actions = session.signedIn
    ? [h("a", { class: "button", href: "/account/profile" }, t("landing.to_account"), icon("arrow", 18))]
    : [h("a", { class: "button", href: "/register" }, t("action.register")), h("a", { class: "button second", href: "/sign-in" }, t("action.sign_in"))];
  const words = h("div", { class: "hero-words stack loose" }, h("h1", { class: "display", tabindex: "-1" }, t("landing.title")), h("p", { class: "lead" }, t("landing.lead")), h("div", { class: "row" }, actions));
  return { title: t("landing.page"), view: h("div", { class: "landing" }, h("section", { class: "hero" }, words, example()), promises()) };
}

function example() {
  const lines = h("div", { class: "example-lines" });
  /** @param {string} viewer */
  const draw = (viewer) => {
    const rank = RANK[/** @type {Visibility} */ (viewer)];
    fill(lines, LINES.map(([name, sign, level]) => exampleLine(name, sign, level, RANK[level] <= rank)));
  };
  const choices = /** @type {Visibility[]} */ (["public", "authenticated", "private"]).map((level) => /** @type {[string, string, Node]} */ ([level, t(`visibility.${level}`), visibilitySign(level)]));
  draw("public");
  return h(
    "figure",
    { class: "example" },
    h("div", { class: "example-card" }, h("div", { class: "example-face", "aria-hidden": "true" }, mark(72)), lines),
    h("figcaption", { class: "stack" }, h("p", { class: "small quiet-text" }, t("landing.example")), segments({ name: "example", label: t("preview.as"), choices, value: "public", onChoose: draw })),
  );
}

/** @param {string} name @param {import("../components/icons.js").IconName | null} sign @param {Visibility} level @param {boolean} seen */
function exampleLine(name, sign, level, seen) {
  const text = seen ? t(`landing.example_${name}`) : h("span", { class: "veil" }, h("span", { class: "unseen" }, t("landing.hidden")));
  return h("p", { class: `example-line ${name}`, "data-seen": String(seen) }, sign ? icon(sign, 17) : null, h("span", { class: "example-text" }, text), h("span", { class: "example-level" }, visibilitySign(level, 13)));
}

function promises() {
  const items = /** @type {[string, import("../components/icons.js").IconName][]} */ ([["privacy", "eye"], ["aliases", "mask"], ["control", "devices"]]);
  return h("section", { class: "promises", "aria-label": t("landing.promises") }, items.map(([name, sign]) => h("article", {}, icon(sign, 26), h("h2", {}, t(`landing.${name}`)), h("p", { class: "quiet-text" }, t(`landing.${name}_text`)))));
}
