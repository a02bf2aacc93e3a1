// @ts-check
/**
 * `<selfsame-account>`: the account area, for this site and for any other application.
 *
 * ```html
 * <script type="module" src="https://accounts.example/ui/selfsame-account.js"></script>
 * <selfsame-account api="https://accounts.example" room="privacy"></selfsame-account>
 * ```
 * ```js
 * account.token = "eyJ…";   // the person's access token
 * account.addEventListener("selfsame-token-expired", (event) => event.detail.renew(fetchNewToken()));
 * ```
 *
 * - attribute `api`: the server's address; empty for the page's own
 * - attribute `room`: `profile`, `avatar`, `gallery`, `privacy`, `preferences`, `aliases`, `reviews`, `account`, `security`,
 *   `sessions`, `activity` or `notifications`; for administrators also `webhooks`
 * - property `token`: the access token; setting it (again) opens the room
 * - event `selfsame-token-expired`: the token was refused; `detail.renew(promise)` hands over a fresh one
 * - event `selfsame-preferences`: `detail` holds the person's saved preferences, on loading and on every change
 *
 * It takes light or dark from the `color-scheme` of the place it stands in. The embedding page's policy has to allow
 * the server in `script-src`, `connect-src` and `img-src` (and the bucket in `connect-src`, where pictures are uploaded to one), and
 * the server that page's origin in its CORS settings.
 */

import { Api } from "./api.js";
import { fill, h, safeAddress } from "./dom.js";
import { NotificationBadge } from "./components/notification-badge.js";
import { ask, toaster } from "./components/dialogs.js";
import { icon } from "./components/icons.js";
import { failure, waiting } from "./components/placeholders.js";
import { guessedLanguage, isLanguage, language, languageEvents, t, tn, useLanguage } from "./i18n.js";
import { Live } from "./live.js";
import { Me } from "./me.js";
import { open as account } from "./pages/account.js";
import { open as activity } from "./pages/activity.js";
import { open as aliases } from "./pages/aliases.js";
import { open as avatar } from "./pages/avatar.js";
import { open as gallery } from "./pages/gallery.js";
import { open as notifications } from "./pages/notifications.js";
import { open as preferences } from "./pages/preferences.js";
import { open as privacy } from "./pages/privacy.js";
import { open as profile } from "./pages/profile.js";
import { open as reviews } from "./pages/reviews.js";
import { open as security } from "./pages/security.js";
import { open as sessions } from "./pages/sessions.js";
import { open as webhooks } from "./pages/webhooks.js";
import { adoptStyles } from "./styles.js";
import { useTheme } from "./theme.js";

/**
 * What a room is given.
 *
 * @typedef {object} Context
 * @property {Api} api
 * @property {Me} me
 * @property {Live} live what happens to the account, as it happens; one stream for all rooms, since browsers have few
 * @property {NotificationBadge} bell
 * @property {HTMLElement} root where dialogs go
 * @property {(text: string) => void} announce says and shows short news
 * @property {(room: string) => import("./dom.js").Attributes} link attributes of a link to another room
 * @property {(path: string) => void} leave leads to a page of this site for guests, once nobody is signed in any more; not from inside another application
 * @property {(preferences: any) => void} preferencesSaved
 * @property {(theme: import("./theme.js").Theme) => void} showTheme
 */

/**
 * What a room gives back.
 *
 * @typedef {object} Room
 * @property {HTMLElement} view
 * @property {() => boolean} [holding] whether leaving would lose something
 * @property {() => void} [save] what ⌘S and Ctrl+S do
 * @property {() => void} [close] undoes what the room did outside its view
 */

/**
 * What is for administrators is named to nobody else; the server is who refuses it.
 *
 * @type {Record<string, { sign: import("./components/icons.js").IconName, open: (context: Context) => Promise<Room>, operators?: boolean }>}
 */
const ROOMS = {
  profile: { sign: "person", open: profile },
  avatar: { sign: "picture", open: avatar },
  gallery: { sign: "gallery", open: gallery },
  privacy: { sign: "eye", open: privacy },
  preferences: { sign: "sliders", open: preferences },
  aliases: { sign: "mask", open: aliases },
  reviews: { sign: "star", open: reviews },
  account: { sign: "mail", open: account },
  security: { sign: "shield", open: security },
  sessions: { sign: "devices", open: sessions },
  activity: { sign: "clock", open: activity },
  notifications: { sign: "bell", open: notifications },
  webhooks: { sign: "link", open: webhooks, operators: true },
};

/** The rooms of the account area, in the order of the navigation. */
export const ROOM_NAMES = Object.keys(ROOMS);

export class SelfsameAccount extends HTMLElement {
  static observedAttributes = ["room", "api"];

  /** @type {string | null} */
  #token = null;
  /** @type {{ api: Api, me: Me } | null} */
  #client = null;
  /** What follows the account of the client, as long as the element is in a page. @type {{ api: Api, live: Live, bell: NotificationBadge } | null} */
  #following = null;
  /** Whether the page around it holds session and router. */
  #managed = false;
  /** @type {Room | null} */
  #room = null;
  #opening = 0;
  #moved = false;
  #nav = h("nav");
  #place = h("div", { class: "account-room" });
  #toaster = toaster();
  #frame = h("div", { class: "account" }, this.#nav, this.#place, this.#toaster.element);
  /** @type {Promise<void>} */
  #ready;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    this.#ready = adoptStyles(root).then(() => root.append(this.#frame));
  }

  connectedCallback() {
    this.#takeEarlyToken();
    languageEvents.addEventListener("change", this.#onLanguage);
    document.addEventListener("keydown", this.#onKey);
    addEventListener("beforeunload", this.#onUnload);
    this.#open();
  }

  disconnectedCallback() {
    languageEvents.removeEventListener("change", this.#onLanguage);
    document.removeEventListener("keydown", this.#onKey);
    removeEventListener("beforeunload", this.#onUnload);
    this.#room?.close?.();
    this.#room = null;
    this.#unfollow();
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (name === "api" && !this.#managed) this.#client = null;
    if (this.isConnected) this.#open();
  }

  get room() {
    const name = this.getAttribute("room") ?? "";
    return name in ROOMS ? name : "profile";
  }

  set room(name) {
    this.setAttribute("room", name);
  }

  get token() {
    return this.#token;
  }

  set token(token) {
    this.#token = token;
    this.#client = null;
    if (this.isConnected) this.#open();
  }

  /** For this site's own page: the session and profile it already has. Its router then follows the links. */
  set client(/** @type {{ api: Api, me: Me }} */ client) {
    this.#managed = true;
    this.#client = client;
    if (this.isConnected) this.#open();
  }

  focusHeading() {
    this.#place.querySelector("h1")?.focus({ preventScroll: true });
  }

  holding() {
    return this.#room?.holding?.() ?? false;
  }

  /** Asks whether unsaved changes may go. */
  async mayLeave() {
    if (!this.holding()) return true;
    return ask(this.#frame, { title: t("leave.title"), text: t("leave.text"), yes: t("leave.yes"), no: t("leave.no"), danger: true });
  }

  /** A token set before this class was loaded lies on the element itself and hides the property. */
  #takeEarlyToken() {
    const early = Object.getOwnPropertyDescriptor(this, "token");
    if (!early) return;
    Reflect.deleteProperty(this, "token");
    this.#token = early.value;
  }

  #server() {
    return this.getAttribute("api") ?? "";
  }

  /** @returns {{ api: Api, me: Me } | null} */
  #connect() {
    if (this.#client || !this.#token) return this.#client;
    const api = new Api({ base: this.#server(), tokens: { current: () => this.#token, renew: () => this.#renew() } });
    this.#client = { api, me: new Me(api) };
    return this.#client;
  }

  /** @returns {Promise<string | null>} */
  async #renew() {
    /** @type {Promise<string | null> | string | null} */
    let fresh = null;
    const renew = (/** @type {Promise<string | null> | string | null} */ token) => (fresh = token);
    this.dispatchEvent(new CustomEvent("selfsame-token-expired", { bubbles: true, composed: true, detail: { renew } }));
    this.#token = await fresh;
    return this.#token;
  }

  async #open() {
    const turn = ++this.#opening;
    const client = this.#connect();
    if (!client) return;
    this.#room?.close?.();
    this.#room = null;
    try {
      await this.#ready;
      await this.#speak(client.me);
      if (turn !== this.#opening) return;
      this.#drawNav();
      this.#drawOperators(client.me);
      fill(this.#place, waiting());
      const { open } = /** @type {NonNullable<typeof ROOMS[string]>} */ (ROOMS[this.room]);
      const room = await open(this.#context(client));
      if (turn === this.#opening) this.#enter(room);
      else room.close?.();
    } catch (problem) {
      if (turn === this.#opening) fill(this.#place, failure(problem, () => this.#open()));
    }
  }

  /** @param {Room} room */
  #enter(room) {
    this.#room = room;
    room.view.classList.add("room");
    fill(this.#place, room.view);
    // Opening the first room must not take the focus from the page around; moving between rooms must bring it along.
    if (this.#moved) this.focusHeading();
    this.#moved = true;
    this.dispatchEvent(new CustomEvent("selfsame-room", { detail: { room: this.room } }));
  }

  /** Embedded elsewhere, nobody has asked yet which language the person wants. @param {Me} me */
  async #speak(me) {
    if (this.#managed || me.profile) return;
    await useLanguage(guessedLanguage());
    const { preferences } = await me.load();
    if (isLanguage(preferences?.language)) await useLanguage(preferences.language);
    this.#preferencesSaved(preferences);
  }

  /** @param {Api} api */
  #follow(api) {
    if (this.#following?.api === api) return this.#following;
    this.#unfollow();
    const live = new Live(api);
    const bell = new NotificationBadge(api, live);
    bell.addEventListener("change", () => this.#drawCount());
    this.#following = { api, live, bell };
    live.start();
    bell.load();
    return this.#following;
  }

  #unfollow() {
    this.#following?.live.close();
    this.#following = null;
  }

  /** @param {{ api: Api, me: Me }} client @returns {Context} */
  #context({ api, me }) {
    const { live, bell } = this.#follow(api);
    return {
      api,
      me,
      live,
      bell,
      root: this.#frame,
      announce: this.#toaster.announce,
      link: (room) => this.#link(room),
      leave: (path) => this.#managed && location.assign(safeAddress(path)),
      // Inside another application the look is that application's to decide.
      showTheme: this.#managed ? useTheme : () => {},
      preferencesSaved: (preferences) => this.#preferencesSaved(preferences),
    };
  }

  /** @param {any} preferences */
  #preferencesSaved(preferences) {
    this.dispatchEvent(new CustomEvent("selfsame-preferences", { bubbles: true, composed: true, detail: preferences }));
  }

  #drawNav() {
    this.#nav.className = "account-nav";
    this.#nav.setAttribute("aria-label", t("account.nav"));
    this.lang = language();
    const rooms = Object.entries(ROOMS).filter(([, { operators }]) => !operators || this.#client?.me.administrator);
    const items = rooms.map(([name, { sign }]) => h("li", {}, h("a", { ...this.#link(name), "aria-current": name === this.room ? "page" : null, "data-room": name }, icon(sign), h("span", {}, t(`room.${name}`)))));
    fill(this.#nav, h("ul", {}, items));
    this.#nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
    this.#drawCount();
  }

  /** The number is a description of the link and no part of its name: who asks for "Notifications" finds them. */
  #drawCount() {
    const link = this.#nav.querySelector('[data-room="notifications"]');
    const count = this.#following?.bell.count ?? 0;
    link?.querySelector(".nav-count")?.remove();
    if (!link || count === 0) return link?.removeAttribute("aria-description");
    link.append(h("span", { class: "nav-count", "aria-hidden": "true" }, count > 99 ? "99+" : count));
    link.setAttribute("aria-description", tn("notifications.count", count));
  }

  /** The navigation is there before it is known who is an administrator. @param {Me} me */
  async #drawOperators(me) {
    const before = me.administrator;
    await me.loadRole().catch(() => {});
    if (me.administrator !== before && me === this.#client?.me) this.#drawNav();
  }

  /** @param {string} room @returns {import("./dom.js").Attributes} */
  #link(room) {
    const href = safeAddress(`${this.#server()}/account/${room}`);
    return this.#managed ? { href } : { href, on: { click: (/** @type {MouseEvent} */ event) => this.#goTo(event, room) } };
  }

  /** @param {MouseEvent} event @param {string} room */
  async #goTo(event, room) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (await this.mayLeave()) this.room = room;
  }

  #onLanguage = () => {
    if (this.#room) this.#open();
  };

  /** @param {KeyboardEvent} event */
  #onKey = (event) => {
    if (!(event.metaKey || event.ctrlKey) || event.key.toLowerCase() !== "s" || event.altKey || !this.#room?.save) return;
    event.preventDefault();
    this.#room.save();
  };

  /** @param {BeforeUnloadEvent} event */
  #onUnload = (event) => {
    if (this.holding()) event.preventDefault();
  };
}

if (!customElements.get("selfsame-account")) customElements.define("selfsame-account", SelfsameAccount);
