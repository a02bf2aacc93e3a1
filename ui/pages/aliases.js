// @ts-check
/** Aliases: anonymous names, one per place. */

import { fill, h } from "../dom.js";
import { CONTEXT_TYPES, aliasCard, contextName, readable } from "../components/alias-card.js";
import { ask, show } from "../components/dialogs.js";
import { alertBox, clearErrors, field, select, showErrors } from "../components/fields.js";
import { icon } from "../components/icons.js";
import { state } from "../components/placeholders.js";
import { date, explain, t } from "../i18n.js";

/** @typedef {import("../components/alias-card.js").Alias} Alias */

const CONTEXT = /^[A-Za-z0-9_.:-]{1,128}$/;

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open({ api, root, announce }) {
  /** @type {Alias[]} */
  let aliases = [];
  /** @type {string | null} */
  let next = null;
  /** Aliases whose wearer has shown who they are. @type {Set<string>} */
  const revealed = new Set();
  const cards = h("ul", { class: "aliases" });
  const empty = state({ sign: icon("mask", 64), title: t("alias.none"), text: t("alias.none_text") });
  const notice = h("div");
  const more = h("button", { class: "button second", type: "button", on: { click: () => trying(fetchMore) } }, t("action.more"));

  async function fetchMore() {
    const { data } = await api.get(`/v1/profile/aliases${next ? `?cursor=${encodeURIComponent(next)}` : ""}`);
    aliases = [...aliases, ...data.items];
    next = data.nextCursor ?? null;
    draw();
  }
  /** Puts an alias first, in place of the one worn in the same place. @param {Alias} alias */
  function put(alias) {
    aliases = [alias, ...aliases.filter((other) => other.context !== alias.context || other.contextType !== alias.contextType)];
    draw();
  }
  /** @param {Alias} alias */
  async function regenerate({ context, contextType, displayName }) {
    const sure = await ask(root, { title: t("alias.regenerate_title"), text: t("alias.regenerate_text", { name: readable(displayName) }), yes: t("alias.regenerate") });
    if (!sure) return;
    const { data } = await api.post("/v1/profile/alias/regenerate", { context, contextType });
    put(data);
    announce(t("alias.regenerated", { name: readable(data.displayName) }));
    focusCard(data);
  }
  /** @param {Alias} alias */
  async function reveal(alias) {
    const { context, contextType, displayName, aliasId } = alias;
    const sure = await ask(root, { title: t("alias.reveal_title"), text: t("alias.reveal_text", { name: readable(displayName), context }), yes: t("alias.reveal_yes"), danger: true });
    if (!sure) return;
    await api.post("/v1/profile/alias/reveal", { context, contextType });
    revealed.add(aliasId);
    draw();
    announce(t("alias.reveal_done"));
    focusCard(alias);
  }
  /** @param {Alias} alias */
  async function history({ context }) {
    const { data } = await api.get(`/v1/profile/alias/history?context=${encodeURIComponent(context)}`);
    show(root, t("alias.history_title", { context }), historyList(api, data.items));
  }
  /** @param {Alias} alias */
  function focusCard({ aliasId }) {
    const button = cards.querySelector(`[data-alias="${CSS.escape(aliasId)}"] button`);
    if (button instanceof HTMLElement) button.focus();
  }
  /** @param {() => Promise<void>} act */
  async function trying(act) {
    fill(notice);
    await act().catch((problem) => fill(notice, alertBox(explain(problem))));
  }
  function draw() {
    fill(cards, aliases.map((alias) => aliasCard(alias, { api, revealed: isRevealed(alias), on: actions(alias) })));
    empty.hidden = aliases.length > 0;
    cards.hidden = aliases.length === 0;
    more.hidden = next === null;
  }
  /** @param {Alias & { revealed?: boolean, revealedAt?: string | null, convertedAt?: string | null }} alias */
  const isRevealed = (alias) => Boolean(revealed.has(alias.aliasId) || alias.revealed || alias.revealedAt || alias.convertedAt);
  /** @param {Alias} alias */
  const actions = (alias) => ({ regenerate: () => trying(() => regenerate(alias)), reveal: () => trying(() => reveal(alias)), history: () => trying(() => history(alias)) });

  await fetchMore();
  const head = h("header", { class: "room-head" }, h("h1", { tabindex: "-1" }, t("room.aliases")), h("p", { class: "quiet-text" }, t("alias.lead")));
  const form = tryForm(async (context, contextType) => {
    const { data } = await api.get(`/v1/profile/alias?${new URLSearchParams({ context, contextType })}`);
    put(data);
    announce(t("alias.made", { name: readable(data.displayName), context }));
  });
  return { view: h("div", { class: "stack loose" }, head, form, notice, h("section", { class: "stack", "aria-labelledby": "aliases-yours" }, h("h2", { id: "aliases-yours" }, t("alias.yours")), empty, cards, more)) };
}

/** @param {(context: string, contextType: string) => Promise<void>} find */
function tryForm(find) {
  const context = h("input", { name: "context", autocomplete: "off", autocapitalize: "none", spellcheck: "false", required: true, placeholder: "chat_room_123" });
  const type = select("contextType", CONTEXT_TYPES.map((name) => [name, contextName(name)]), "chat_room");
  const notice = h("div");
  const button = h("button", { class: "button", type: "submit" }, t("alias.find"));
  const line = h("div", { class: "try-line" }, field({ name: "context", label: t("alias.context"), hint: t("alias.context_hint"), control: context }), field({ name: "contextType", label: t("alias.type"), control: type }), button);
  const form = h("form", { class: "card stack", novalidate: true }, h("h2", {}, t("alias.try")), notice, line);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors(form);
    fill(notice);
    const wanted = context.value.trim();
    if (!CONTEXT.test(wanted)) {
      showErrors(form, [{ pointer: "/context", message: t("alias.context_wrong") }]);
      return;
    }
    try {
      await find(wanted, type.value);
      context.value = "";
    } catch (problem) {
      const { fields = [] } = /** @type {import("../api.js").Problem} */ (problem);
      if (fields.length === 0 || showErrors(form, fields).length > 0) fill(notice, alertBox(explain(problem)));
    }
  });
  return form;
}

/** @param {import("../api.js").Api} api @param {Alias[]} items */
function historyList(api, items) {
  if (items.length === 0) return h("p", { class: "quiet-text" }, t("alias.history_none"));
  return h(
    "ul",
    { class: "stack" },
    items.map((alias) => {
      const picture = h("img", { class: "alias-animal small-animal", src: api.address(alias.avatar), alt: "", width: 44, height: 44 });
      const when = h("p", { class: "small quiet-text" }, t("alias.since", { date: date(alias.createdAt, { dateStyle: "medium", timeStyle: "short" }) }));
      return h("li", { class: "row history-line" }, picture, h("div", {}, h("h3", {}, readable(alias.displayName)), when), alias.isActive ? h("span", { class: "badge brand" }, t("alias.worn_now")) : null);
    }),
  );
}
