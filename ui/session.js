// @ts-check
/**
 * Who is signed in on this page. The access token lives in memory only; what outlasts a reload is the HttpOnly
 * cookie under /auth, which scripts can't read.
 */

import { Api, Problem } from "./api.js";

/** Renew this long before the token runs out, so that no request meets an expired one. */
const MARGIN_SECONDS = 60;

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
   * @returns {Promise<boolean>} whether the person is signed in now
   */
  async register(details) {
    const { data } = await this.#auth.post("/auth/register", { ...details, session: "cookie" });
    return this.#arrive(data);
  }

  async signOut() {
    await this.#auth.post("/auth/logout", {}).catch((problem) => {
      if (problem.status !== 401) throw problem;
    });
    this.#others.postMessage("ended");
    this.#end();
  }

  /**
   * A refresh token can be spent once; using a spent one ends the whole session. Tabs share the cookie, so they take
   * turns by a lock, where the browser has locks (on secure origins).
   */
  #renewAlone() {
    const renew = () => this.#renewOnce();
    return navigator.locks ? navigator.locks.request("selfsame-renewal", renew) : renew();
  }

  async #renewOnce() {
    try {
      const { data } = await this.#auth.post("/auth/refresh", {});
      this.#begin(data);
    } catch (problem) {
      // Only an answer from the server ends a session; a lost connection does not.
      if (problem instanceof Problem && problem.status >= 400 && problem.status < 500 && problem.status !== 429) this.#end();
      else throw problem;
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
    const delay = Math.max(expiresIn - MARGIN_SECONDS, expiresIn / 2) * 1000;
    clearTimeout(this.#timer);
    // A failed renewal here is not lost: the next request that meets a 401 tries again and tells the person.
    this.#timer = window.setTimeout(() => this.renew().catch(() => {}), Math.min(delay, LONGEST_DELAY));
    if (came) this.dispatchEvent(new Event("change"));
  }

  #end() {
    clearTimeout(this.#timer);
    const went = this.signedIn;
    this.#token = null;
    if (went) this.dispatchEvent(new Event("change"));
  }
}
