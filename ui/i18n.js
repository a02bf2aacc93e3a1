// @ts-check
/** Texts in the person's language, and dates and lists as that language writes them. */

import { recall, remember } from "./memory.js";

export const LANGUAGES = /** @type {const} */ (["en", "es", "fr", "de", "ja"]);

/** @typedef {(typeof LANGUAGES)[number]} Language */

const CHOSEN = "selfsame.language";

/** Says `change` when the language has changed. */
export const languageEvents = new EventTarget();

/** @type {Language} */
let current = "en";
/** @type {Record<string, string>} */
let texts = {};

/** @param {unknown} code @returns {code is Language} */
export function isLanguage(code) {
  return LANGUAGES.includes(/** @type {Language} */ (code));
}

export function language() {
  return current;
}

/**
 * What to speak to someone not signed in: their earlier choice here, else the first of the browser's languages that
 * there are texts for.
 *
 * @returns {Language}
 */
export function guessedLanguage() {
  const wishes = [recall(CHOSEN), ...navigator.languages.map((tag) => tag.split("-")[0])];
  return wishes.find(isLanguage) ?? "en";
}

/** @param {Language} code */
export function rememberLanguage(code) {
  remember(CHOSEN, code);
}

/** @param {Language} code */
export async function useLanguage(code) {
  if (code === current && Object.keys(texts).length > 0) return;
  const response = await fetch(new URL(`./languages/${code}.json`, import.meta.url));
  texts = await response.json();
  current = code;
  languageEvents.dispatchEvent(new Event("change"));
}

/**
 * The text of a key, its `{placeholders}` filled in.
 *
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * A profile field's name, or the API's own word for a field these texts don't know.
 *
 * @param {string} name
 */
export function fieldName(name) {
  return texts[`field.${name}`] ?? name;
}

/**
 * The text of a key that has a form per number: `key.one`, `key.other`.
 *
 * @param {string} key
 * @param {number} count
 */
export function tn(key, count) {
  const form = new Intl.PluralRules(current).select(count);
  const known = texts[`${key}.${form}`] === undefined ? "other" : form;
  return t(`${key}.${known}`, { count: new Intl.NumberFormat(current).format(count) });
}

/**
 * What a refusal says in the person's language. The server says it best, since it knows the reason; these pages have words of
 * their own only where its words are for programs, or where no answer came.
 *
 * @param {unknown} problem
 * @param {import("./api.js").FieldError[]} [homeless] what it says of fields that are not on the page
 */
export function explain(problem, homeless) {
  const { code = "", detail = "", fields = [] } = /** @type {any} */ (problem) ?? {};
  const told = homeless ?? fields;
  if (code === "invalid_request" && told.length > 0) return told.map((/** @type {import("./api.js").FieldError} */ { message }) => message).join(" ");
  return texts[`problem.${code}`] ?? (detail || t("problem.unexpected"));
}

/** @param {string} time RFC 3339 @param {Intl.DateTimeFormatOptions} [options] */
export function date(time, options = { dateStyle: "medium" }) {
  return new Intl.DateTimeFormat(current, options).format(new Date(time));
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3_600], ["minute", 60]];

/**
 * How long ago or ahead a time lies, in words.
 *
 * @param {string} time RFC 3339
 */
export function fromNow(time) {
  const seconds = (new Date(time).getTime() - Date.now()) / 1000;
  const words = new Intl.RelativeTimeFormat(current, { numeric: "auto" });
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return unit === "second" ? t("time.now") : words.format(Math.round(seconds / size), unit);
}

/** @param {string[]} items */
export function list(items) {
  return new Intl.ListFormat(current, { type: "conjunction" }).format(items);
}

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export function number(value, options) {
  return new Intl.NumberFormat(current, options).format(value);
}

/** @param {number} fraction 0–1 */
export function percent(fraction) {
  return new Intl.NumberFormat(current, { style: "percent" }).format(fraction);
}

/** @param {Language} code the language's own name for itself */
export function languageName(code) {
  const name = new Intl.DisplayNames(code, { type: "language" }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

/** The countries of ISO 3166-1, by their codes. */
const COUNTRIES = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/** Every country's code and name, in the order of the names. @returns {[string, string][]} */
export function countryNames() {
  const names = new Intl.DisplayNames(language(), { type: "region" });
  const { compare } = new Intl.Collator(language());
  return COUNTRIES.split(" ").map((code) => /** @type {[string, string]} */ ([code, names.of(code) ?? code])).sort(([, one], [, two]) => compare(one, two));
}
