// @ts-check
/** What only the person sees: their email address, name, phone number and postal address. */

import { h } from "../dom.js";
import { EditForm } from "../components/edit-form.js";
import { field, graphemes, select, setValue } from "../components/fields.js";
import { countryNames, t } from "../i18n.js";
import { emailSection } from "./security/email.js";

/** Most graphemes of a text. */
const LIMITS = { first: 50, last: 50, phone: 40, line1: 100, line2: 100, city: 100, region: 100, postalCode: 16 };
const NAME = ["first", "last"];
const ADDRESS = ["line1", "line2", "city", "region", "postalCode", "country"];

/** @typedef {Record<string, string>} Editable */

/**
 * @param {import("../selfsame-account.js").Context} context
 * @returns {Promise<import("../selfsame-account.js").Room>}
 */
export async function open(context) {
  const { api, announce } = context;
  let { data, etag } = await api.get("/v1/account");
  let saved = editable(data);
  const inputs = fields();
  const load = async () => {
    ({ data, etag } = await api.get("/v1/account"));
    saved = editable(data);
  };

  const editor = new EditForm({
    content: inputs.cards,
    changes: () => difference(saved, inputs.value),
    check: () => inputs.check(),
    announce,
    saved: t("personal.saved"),
    reset: () => (inputs.value = saved),
    send: async (changes) => {
      await api.put("/v1/account", forServer(changes), { ifMatch: etag }).catch((problem) => refused(problem, changes));
      await load();
      inputs.value = saved;
    },
  });

  /**
   * Puts what is wrong beside its field. Changed elsewhere meanwhile: takes the newest version and keeps what was edited here.
   *
   * @param {import("../api.js").Problem} problem
   * @param {Record<string, unknown>} changes
   */
  async function refused(problem, changes) {
    if (problem.code === "version_conflict") {
      await load();
      inputs.value = { .../** @type {Editable} */ (saved), .../** @type {Editable} */ (changes) };
    }
    problem.fields = problem.fields.map(({ pointer, message }) => ({ pointer: pointer.replace(/^\/(?:name|address)\//, "/"), message }));
    throw problem;
  }

  inputs.value = saved;
  const head = h("header", { class: "room-head" }, h("h1", { tabindex: "-1" }, t("room.account")), h("p", { class: "quiet-text" }, t("personal.lead")));
  return { view: h("div", { class: "stack loose" }, head, emailSection(context, data), editor.element), holding: () => editor.holding(), save: () => editor.save() };
}

/** The part of an account that can be edited, all of it texts. @param {any} account @returns {Editable} */
function editable({ name, phone, address }) {
  const texts = [...NAME.map((part) => [part, name[part] ?? ""]), ["phone", phone ?? ""], ...ADDRESS.map((part) => [part, address?.[part] ?? ""])];
  return Object.fromEntries(texts);
}

/** @param {Editable} before @param {Editable} after @returns {Record<string, unknown>} */
function difference(before, after) {
  return Object.fromEntries(Object.entries(after).filter(([name, text]) => text !== before[name]));
}

/**
 * Changes of single fields as the API takes them: parts within their whole, and null for what was emptied.
 *
 * @param {Record<string, unknown>} changes
 */
export function forServer(changes) {
  /** @param {string[]} parts */
  const among = (parts) => Object.fromEntries(parts.filter((part) => part in changes).map((part) => [part, changes[part] === "" ? null : changes[part]]));
  const [name, phone, address] = [among(NAME), among(["phone"]), among(ADDRESS)];
  return { ...(Object.keys(name).length > 0 ? { name } : {}), ...phone, ...(Object.keys(address).length > 0 ? { address } : {}) };
}

function fields() {
  /** @type {Record<string, HTMLInputElement | HTMLSelectElement>} */
  const controls = {
    first: h("input", { name: "first", autocomplete: "given-name" }),
    last: h("input", { name: "last", autocomplete: "family-name" }),
    phone: h("input", { name: "phone", type: "tel", autocomplete: "tel" }),
    line1: h("input", { name: "line1", autocomplete: "address-line1" }),
    line2: h("input", { name: "line2", autocomplete: "address-line2" }),
    city: h("input", { name: "city", autocomplete: "address-level2" }),
    region: h("input", { name: "region", autocomplete: "address-level1" }),
    postalCode: h("input", { name: "postalCode", autocomplete: "postal-code" }),
    country: select("country", [["", t("personal.no_country")], ...countryNames()], ""),
  };
  controls.country?.setAttribute("autocomplete", "country");
  /** @param {string} name @param {string} [hint] */
  const line = (name, hint) => field({ name, label: t(`personal.${name}`), control: /** @type {HTMLInputElement} */ (controls[name]), optional: true, ...(hint ? { hint } : {}) });
  return {
    cards: [
      h("section", { class: "card stack loose" }, h("h2", {}, t("personal.name")), NAME.map((name) => line(name))),
      h("section", { class: "card stack loose" }, h("h2", {}, t("personal.contact")), line("phone", t("personal.phone_hint"))),
      h("section", { class: "card stack loose" }, h("h2", {}, t("personal.address")), ADDRESS.map((name) => line(name))),
    ],
    /** @returns {Editable} */
    get value() {
      return Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, control.value.trim()]));
    },
    set value(values) {
      for (const [name, control] of Object.entries(controls)) setValue(control, values[name] ?? "");
    },
    check() {
      const long = Object.entries(LIMITS).filter(([name, most]) => graphemes(this.value[name] ?? "") > most);
      return long.map(([name, most]) => ({ pointer: `/${name}`, message: t("form.too_long", { most }) }));
    },
  };
}
