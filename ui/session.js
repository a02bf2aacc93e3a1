// @ts-check
/**
 * Who is signed in on this page. The access token lives in memory only; what outlasts a reload is the HttpOnly
 * cookie under /auth, which scripts can't read.
 */

import { Api, Problem } from "./api.js";

/** Renew this long before the token runs out, so that no request meets an expired one. */
const MARGIN_SECONDS = 60;

/** A renewal that failed is tried again after so long, or when the server says. */
const AGAIN_SECONDS = 30;

/** The longest delay a browser's timer can hold, in milliseconds. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** A sign-in that waits for its second factor. @typedef {{ challengeId: string, methods: string[], expiresAt: string }} Challenge */

/** @typedef {{ userId: string, email?: string, emailVerified?: boolean, username?: string, displayName?: string }} User */

/**
 * Says `change` when the person comes or goes, and `replaced` when somebody has signed in from another tab: the cookie
 * is theirs now, whoever this tab was showing.
 */
export class Session extends EventTarget {
  #auth = new Api();
  /** @type {string | null} */
  #token = null;
  /** @type {Promise<string | null> | null} */
  #renewal = null;
  #timer = 0;
  /** @type {Problem | null} */
  #trouble = null;
  #others = new BroadcastChannel("selfsame-session");

  constructor() {
    super();
    this.#others.addEventListener("message", ({ data }) => {
      if (data === "ended") this.#end();
      else this.dispatchEvent(new Event("replaced"));
    });
  }

  get signedIn() {
    return this.#token !== null;
  }

  current() {
    return this.#token;
  }

  /** Why it is not known whether anybody is signed in: the last renewal was not answered. */
  get trouble() {
    return this.#trouble;
  }

  /** A fresh token by the cookie; callers that come while one is on its way share it. */
  renew() {
    this.#renewal ??= this.#renewAlone().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  /**
   * @param {string} identifier email address or username
   * @param {string} password
   * @returns {Promise<{ signedIn: boolean, challenge: Challenge | null }>} whether the person is signed in now, or what is asked for beside the password
   */
  async signIn(identifier, password) {
    const { data } = await this.#auth.post("/auth/login", { identifier, password, session: "cookie" });
    return { signedIn: this.#arrive(data), challenge: data?.mfaRequired ? data : null };
  }

  /**
   * Shows the second factor.
   *
   * @param {string} challengeId
   * @param {{ code?: string, credential?: unknown }} shown
   * @returns {Promise<boolean>} whether the person is signed in now
   */
  async finish(challengeId, shown) {
    const { data } = await this.#auth.post("/auth/login/2fa", { challengeId, ...shown });
    return this.#arrive(data);
  }

  /**
   * What the browser is asked for, to sign in with a passkey.
   *
   * @param {string} [challengeId] where the passkey is the second factor
   */
  async passkeyOptions(challengeId) {
    const { data } = await this.#auth.post("/auth/passkeys/options", { challengeId });
    return data.publicKey;
  }

  /**
   * @param {unknown} credential
   * @returns {Promise<boolean>} whether the person is signed in now
   */
  async signInByPasskey(credential) {
    const { data } = await this.#auth.post("/auth/passkeys/login", { credential, session: "cookie" });
    return this.#arrive(data);
  }

  /**
   * Makes an account. Where the server wants the address verified first, no tokens come and nobody is signed in.
   *
   * @param {{ email: string, password: string, username?: string, displayName?: string }} details
   * @returns {Promise<{ signedIn: boolean, registrationId: string }>} whether the person is signed in now; else what names the registration
   */
  async register(details) {
    const { data } = await this.#auth.post("/auth/register", { ...details, session: "cookie" });
    return { signedIn: this.#arrive(data), registrationId: data?.registrationId ?? "" };
  }

  async signOut() {
    await this.#auth.post("/auth/logout", {}).catch((problem) => {
      if (!problem.signedOut) throw problem;
    });
    this.#others.postMessage("ended");
    this.#end();
  }

  /** Tabs share the cookie, so they take turns by a lock, where the browser has locks (on secure origins). */
  #renewAlone() {
    const renew = () => this.#renewOnce();
    return navigator.locks ? navigator.locks.request("selfsame-renewal", renew) : renew();
  }

  async #renewOnce() {
    try {
      const { data } = await this.#auth.post("/auth/refresh", {});
      this.#begin(data);
    } catch (problem) {
      const unclear = problem instanceof Problem ? problem : Problem.unexpected();
      this.#trouble = unclear.signedOut ? null : unclear;
      if (!unclear.signedOut) throw unclear;
      this.#end();
    }
    return this.#token;
  }

  /**
   * Takes an answer that may hold tokens, and tells other tabs where it does.
   *
   * @param {any} answer
   */
  #arrive(answer) {
    if (!answer?.accessToken) return false;
    this.#begin(answer);
    this.#others.postMessage("began");
    return true;
  }

  /** @param {{ accessToken: string, expiresIn: number }} answer */
  #begin({ accessToken, expiresIn }) {
    const came = !this.signedIn;
    this.#token = accessToken;
    const delay = Math.max(expiresIn - MARGIN_SECONDS, expiresIn / 2);
    this.#trouble = null;
    this.#renewIn(delay);
    if (came) this.dispatchEvent(new Event("change"));
  }

  /** @param {number} seconds */
  #renewIn(seconds) {
    clearTimeout(this.#timer);
    const again = (/** @type {any} */ problem) => this.#renewIn(Math.max(problem?.retryAfter ?? 0, AGAIN_SECONDS));
    this.#timer = window.setTimeout(() => this.renew().catch(again), Math.min(seconds * 1000, LONGEST_DELAY));
  }

  #end() {
    clearTimeout(this.#timer);
    const went = this.signedIn;
    this.#token = null;
    if (went) this.dispatchEvent(new Event("change"));
  }
}
