// @ts-check
/** The site: its frame, its rooms, and who is signed in. */

import { Api, Problem } from "./api.js";
import { fill, h } from "./dom.js";
import { toaster } from "./components/dialogs.js";
import { select } from "./components/fields.js";
import { icon, mark } from "./components/icons.js";
import { pictureAddress, avatarImage } from "./components/avatar-image.js";
import { failure, waiting } from "./components/placeholders.js";
import { LANGUAGES, explain, guessedLanguage, isLanguage, language, languageEvents, languageName, rememberLanguage, t, useLanguage } from "./i18n.js";
import { Me } from "./me.js";
import { forgot, reset } from "./pages/forgot.js";
import { landing } from "./pages/landing.js";
import { notFound } from "./pages/not-found.js";
import { publicProfile } from "./pages/public-profile.js";
import { register } from "./pages/register.js";
import { signIn } from "./pages/sign-in.js";
import { undo } from "./pages/undo.js";
import { verify } from "./pages/verify.js";
import { Router } from "./router.js";
import { Session } from "./session.js";
import { THEMES, rememberTheme, rememberedTheme, useTheme } from "./theme.js";

/**
 * What a room outside the account area is given.
 *
 * @typedef {object} Page
 * @property {Api} api
 * @property {Me} me
 * @property {Session} session
 * @property {import("./router.js").Place} place
 * @property {(path: string) => void} go
 * @property {(path: string) => void} rename changes the address only
 * @property {(newcomer?: boolean) => Promise<void>} welcome to be called once somebody has signed in
 */

/** @typedef {{ title: string, view: HTMLElement }} Shown */

const ROUTES = { "/": "landing", "/sign-in": "sign-in", "/register": "register", "/verify": "verify", "/forgot": "forgot", "/reset": "reset", "/undo": "undo", "/dev/mail": "dev-mail", "/u/:username": "person", "/account": "account", "/account/:room": "account" };

/** @type {Record<string, (page: Page) => Shown | Promise<Shown>>} */
const ROOMS = { landing, "sign-in": signIn, register, verify, forgot, reset, undo, "dev-mail": devMail, person: publicProfile, "not-found": notFound };

/** Only developers go there, so only they load it. @param {Page} page */
async function devMail(page) {
  const room = await import("./pages/dev-mail.js");
  return room.devMail(page);
}

const session = new Session();
const api = new Api({ tokens: session });
const me = new Me(api);
const router = new Router(ROUTES, (place) => enter(place));
const header = h("header", { class: "site-header" });
const main = h("main", { id: "main" });
const footer = h("footer", { class: "site-footer" });
const toasts = toaster();
const skip = h("a", { class: "skip unseen", href: "#main", on: { click: skipToMain } });
let turn = 0;
/** Whether the person is signing out, rather than having been signed out. */
let leaving = false;
/** The first room a page load shows is announced by the browser itself; later ones need the focus moved. */
let arrived = false;

/** @param {import("./router.js").Place} place @returns {Promise<void>} */
async function enter(place) {
  const mine = ++turn;
  if (place.name === "account") return enterAccount(place);
  if (session.signedIn && (place.name === "sign-in" || place.name === "register")) return router.go("/account/profile", { replace: true });
  leaveAccount();
  document.body.dataset.room = place.name;
  try {
    const shown = ROOMS[place.name]?.({ api, me, session, place, welcome, go: (path) => router.go(path, { replace: true }), rename: (path) => router.rename(path) });
    if (shown instanceof Promise) fill(main, waiting());
    const { title, view } = /** @type {Shown} */ (await shown);
    if (mine !== turn) return;
    view.classList.add("room");
    fill(main, view);
    settle(title);
  } catch (problem) {
    if (mine !== turn) return;
    fill(main, failure(problem, () => enter(place)));
    settle(t("state.failed"));
  }
}

/** @param {import("./router.js").Place} place @returns {Promise<void>} */
async function enterAccount({ parameters, url }) {
  const mine = turn;
  // Whoever may be signed in is not asked to sign in again.
  if (!session.signedIn && session.trouble) return fill(main, failure(session.trouble, comeBack));
  if (!session.signedIn) return router.go(`/sign-in?next=${encodeURIComponent(url.pathname)}`, { replace: true });
  const area = await import("./selfsame-account.js").catch(() => null);
  if (mine !== turn) return;
  // A browser remembers that a module could not be fetched; only a fresh page asks for it again.
  if (!area) return fill(main, failure(Problem.unreachable(), () => location.reload()));
  const { ROOM_NAMES, SelfsameAccount } = area;
  const room = parameters.room ?? "profile";
  if (!ROOM_NAMES.includes(room)) return enter({ name: "not-found", parameters: {}, url });
  document.body.dataset.room = "account";
  let account = main.querySelector("selfsame-account");
  if (!(account instanceof SelfsameAccount)) {
    const made = new SelfsameAccount();
    made.client = { api, me };
    made.addEventListener("selfsame-room", () => {
      if (arrived) made.focusHeading();
      settle(t(`room.${made.room}`), false);
    });
    made.addEventListener("selfsame-preferences", (event) => follow(/** @type {CustomEvent} */ (event).detail));
    router.holding = () => made.holding();
    router.mayLeave = () => made.mayLeave();
    made.room = room;
    fill(main, made);
    account = made;
  } else account.setAttribute("room", room);
  scrollTo(0, 0);
}

function leaveAccount() {
  router.holding = () => false;
  router.mayLeave = async () => true;
}

/**
 * The room is there: names the page and, after a move within the site, takes the reader to its heading.
 *
 * @param {string} title
 */
function settle(title, focus = arrived) {
  document.title = title === "Selfsame" ? title : `${title} · Selfsame`;
  if (focus) main.querySelector("h1")?.focus({ preventScroll: true });
  if (focus) scrollTo(0, 0);
  arrived = true;
}

/** @param {{ theme?: any, language?: string } | null | undefined} preferences */
async function follow(preferences) {
  if (preferences?.theme) {
    useTheme(preferences.theme);
    rememberTheme(preferences.theme);
  }
  if (isLanguage(preferences?.language)) {
    rememberLanguage(preferences.language);
    // Where the texts can't be fetched, the page goes on in the language it speaks.
    await useLanguage(preferences.language).catch(() => null);
  }
}

function drawHeader() {
  const home = h("a", { class: "wordmark", href: "/", "aria-label": t("site.home") }, mark(26), h("span", {}, "Selfsame"));
  fill(header, home, h("nav", { class: "row", "aria-label": t("site.nav") }, session.signedIn ? memberLinks() : guestLinks()));
}

function guestLinks() {
  return [h("a", { class: "button bare", href: "/sign-in" }, t("action.sign_in")), h("a", { class: "button small-button", href: "/register" }, t("action.register"))];
}

function memberLinks() {
  const { profile } = me;
  const name = profile?.displayName || profile?.username || t("account.yours");
  const leave = h("button", { class: "button bare sign-out", type: "button", "aria-label": t("action.sign_out"), title: t("action.sign_out"), on: { click: signOut } }, icon("leave"));
  return [h("a", { class: "me", href: "/account/profile" }, avatarImage(profile ? pictureAddress(api, profile) : null, { size: 32 }), h("span", {}, name)), leave];
}

async function signOut() {
  if (router.holding() && !(await router.mayLeave())) return;
  leaving = true;
  try {
    await session.signOut();
    toasts.announce(t("account.signed_out"));
  } catch (problem) {
    toasts.announce(explain(problem));
  } finally {
    leaving = false;
  }
}

function drawFooter() {
  const speech = select("site-language", LANGUAGES.map((code) => [code, languageName(code)]), language());
  speech.addEventListener("change", () => {
    if (isLanguage(speech.value)) follow({ language: speech.value });
  });
  const theme = select("site-theme", THEMES.map((name) => [name, t(`theme.${name}`)]), rememberedTheme());
  theme.addEventListener("change", () => follow({ theme: theme.value }));
  speech.setAttribute("aria-label", t("field.language"));
  theme.setAttribute("aria-label", t("field.theme"));
  const choices = session.signedIn ? null : h("div", { class: "row" }, icon("globe", 18), speech, theme);
  fill(footer, h("p", { class: "small quiet-text" }, t("site.motto")), choices);
}

function drawFrame() {
  document.documentElement.lang = language();
  skip.textContent = t("site.skip");
  drawHeader();
  drawFooter();
}

/** @param {Event} event */
function skipToMain(event) {
  event.preventDefault();
  main.tabIndex = -1;
  main.focus();
}

/**
 * Takes over what the person prefers. A newcomer has no preferences yet: what was chosen as a guest becomes them.
 */
async function welcome(newcomer = false) {
  const chosen = { language: language(), theme: rememberedTheme() };
  // The account is made; that its first preferences could not be set is no reason to say otherwise.
  if (newcomer) await api.put("/v1/profile/preferences", chosen).catch(() => null);
  const profile = await me.load().catch(() => null);
  await follow(profile?.preferences);
  drawFrame();
}

session.addEventListener("change", () => {
  if (!session.signedIn) me.forget();
  drawHeader();
  drawFooter();
  const place = router.place();
  if (session.signedIn || place.name !== "account") return;
  leaveAccount();
  router.go(leaving ? "/" : `/sign-in?next=${encodeURIComponent(place.url.pathname)}`, { replace: true });
});
session.addEventListener("replaced", () => location.reload());
me.addEventListener("change", drawHeader);
languageEvents.addEventListener("change", () => {
  if (!main.isConnected) return;
  drawFrame();
  if (document.body.dataset.room !== "account") enter(router.place());
});

/** Asks once more who is signed in, and goes on where the page was meant to go. */
async function comeBack() {
  await session.renew().catch(() => null);
  if (session.signedIn) await welcome();
  await enter(router.place());
}

async function start() {
  useTheme(rememberedTheme());
  await useLanguage(guessedLanguage());
  await session.renew().catch(() => null);
  if (session.signedIn) await welcome();
  fill(document.body, skip, header, main, footer, toasts.element);
  drawFrame();
  router.start();
}

start();
