// @ts-check
/** The development inbox: what would have been sent, and what each kind of mail looks like. */

import { fill, h } from "../dom.js";
import { field, segments, select } from "../components/fields.js";
import { icon } from "../components/icons.js";
import { failure, state, waiting } from "../components/placeholders.js";
import { LANGUAGES, date, language, languageName, t } from "../i18n.js";

/** @typedef {{ id: string, to: string, subject: string, text: string, html: string, createdAt: string }} Mail */
/** @typedef {{ key: string, title: string, note: string, subject: string, text: string, page: string }} Sheet */

/** @param {import("../app.js").Page} page */
export async function devMail({ api }) {
  const body = h("div", { class: "stack" });
  const show = (/** @type {string} */ part) => (part === "inbox" ? inbox(api, body) : previews(api, body));
  const parts = segments({ name: "part", label: t("dev_mail.title"), value: "inbox", choices: [["inbox", t("dev_mail.inbox")], ["previews", t("dev_mail.previews")]], onChoose: show });
  await show("inbox");
  return { title: t("dev_mail.title"), view: h("div", { class: "dev-mail stack" }, h("h1", { tabindex: "-1" }, t("dev_mail.title")), h("p", { class: "quiet-text" }, t("dev_mail.lead")), parts, body) };
}

/**
 * Fills `body` with what `load` gives, or with what went wrong.
 *
 * @param {Element} body
 * @param {() => Promise<Sheet[]>} load
 * @param {Node} head
 */
async function sheets(body, load, head) {
  const list = h("div", { class: "stack" }, waiting());
  fill(body, head, list);
  try {
    const found = await load();
    fill(list, found.length > 0 ? readable(found) : state({ sign: icon("mail", 64), title: t("dev_mail.empty"), text: t("dev_mail.empty_text") }));
  } catch (problem) {
    fill(list, failure(problem, () => sheets(body, load, head)));
  }
}

/** @param {import("../api.js").Api} api @param {Element} body */
function inbox(api, body) {
  const to = h("input", { name: "to", type: "email", autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  const load = async () => {
    const { data } = await api.get(`/dev/mail/messages${to.value.trim() ? `?to=${encodeURIComponent(to.value.trim())}` : ""}`);
    return /** @type {Mail[]} */ (data).map((mail) => ({ key: mail.id, title: mail.subject, note: `${mail.to} · ${date(mail.createdAt, { dateStyle: "medium", timeStyle: "medium" })}`, subject: mail.subject, text: mail.text, page: `/dev/mail/messages/${encodeURIComponent(mail.id)}` }));
  };
  const form = h("form", { class: "row", novalidate: true }, field({ name: "to", label: t("dev_mail.to"), control: to }), h("button", { class: "button second", type: "submit" }, icon("again", 18), t("dev_mail.look")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sheets(body, load, form);
  });
  return sheets(body, load, form);
}

/** @param {import("../api.js").Api} api @param {Element} body */
function previews(api, body) {
  const speech = select("preview-language", LANGUAGES.map((code) => [code, languageName(code)]), language());
  const load = async () => {
    const { data } = await api.get(`/dev/mail/previews?language=${speech.value}`);
    return /** @type {{ kind: string, subject: string, text: string }[]} */ (data).map(({ kind, subject, text }) => ({ key: kind, title: subject, note: kind, subject, text, page: `/dev/mail/previews/${kind}/${speech.value}` }));
  };
  const head = field({ name: "preview-language", label: t("field.language"), control: speech });
  speech.addEventListener("change", () => sheets(body, load, head));
  return sheets(body, load, head);
}

/** A list to choose from, and what was chosen beside it. @param {Sheet[]} found */
function readable(found) {
  const open = h("article", { class: "card stack dev-mail-open", "aria-live": "polite" });
  const buttons = found.map((sheet) => {
    const button = h("button", { class: "dev-mail-entry", type: "button", "aria-pressed": "false" }, h("span", {}, sheet.title), h("span", { class: "small quiet-text" }, sheet.note));
    button.addEventListener("click", () => choose(sheet, button));
    return button;
  });
  const choose = (/** @type {Sheet} */ sheet, /** @type {HTMLElement} */ chosen) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
    fill(open, opened(sheet));
  };
  const [first, button] = [found[0], buttons[0]];
  if (first && button) choose(first, button);
  return h("div", { class: "dev-mail-pair" }, h("ul", { class: "dev-mail-list", "aria-label": t("dev_mail.title") }, buttons.map((entry) => h("li", {}, entry))), open);
}

/** @param {Sheet} sheet */
function opened({ subject, note, text, page }) {
  const frame = h("iframe", { src: page, sandbox: "", title: t("dev_mail.as_html", { subject }) });
  const plain = h("pre", { tabindex: "0", hidden: true, "aria-label": t("dev_mail.as_text") }, text);
  const form = segments({
    name: "form",
    label: t("dev_mail.form"),
    value: "html",
    choices: [["html", "HTML"], ["text", t("dev_mail.as_text")]],
    onChoose: (value) => {
      frame.hidden = value !== "html";
      plain.hidden = value === "html";
    },
  });
  return [h("h2", {}, subject), h("p", { class: "small quiet-text" }, note), form, frame, plain];
}
