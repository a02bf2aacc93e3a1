// @ts-check
/** The signed-in person's own profile, kept so that every part of the page shows the same. */

/** @typedef {import("./api.js").Api} Api */
/** @typedef {"public" | "authenticated" | "private"} Visibility */

/**
 * @typedef {object} Profile
 * @property {string} userId
 * @property {string} [username]
 * @property {string | null} [displayName]
 * @property {string | null} [bio]
 * @property {string | null} [avatar]
 * @property {string | null} [location]
 * @property {string | null} [timezone]
 * @property {Record<string, string>} [socialLinks]
 * @property {string[]} [interests]
 * @property {string[]} [skills]
 * @property {string[]} [badges]
 * @property {Record<string, any>} [stats]
 * @property {"online" | "away" | "offline"} [activityStatus]
 * @property {Record<string, Visibility>} [privacy]
 * @property {any} [preferences]
 * @property {string} [createdAt]
 */

/** Says `change` when the profile has changed. */
export class Me extends EventTarget {
  #api;
  /** @type {Profile | null} */
  profile = null;
  /** @type {string | null} */
  etag = null;
  /** Whether the person is an administrator, once that is known. */
  administrator = false;
  /** @type {Promise<void> | null} */
  #role = null;

  /** @param {Api} api */
  constructor(api) {
    super();
    this.#api = api;
  }

  /** @returns {Promise<Profile>} */
  async load() {
    const { data, etag } = await this.#api.get("/v1/profile");
    return this.#take(data, etag);
  }

  /**
   * Saves changed fields on top of the version last read; 412 where that is no longer the newest.
   *
   * @param {Record<string, unknown>} changes
   */
  async save(changes) {
    await this.#api.put("/v1/profile", changes, { ifMatch: this.etag });
    return this.load();
  }

  /** Finds out whether the person is an administrator, once. */
  loadRole() {
    this.#role ??= this.#api.get("/v1/account").then(({ data }) => {
      this.administrator = data.administrator === true;
    });
    return this.#role;
  }

  forget() {
    this.profile = null;
    this.administrator = false;
    this.#role = null;
    this.etag = null;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Profile} profile @param {string | null} etag */
  #take(profile, etag) {
    this.profile = profile;
    this.etag = etag;
    this.dispatchEvent(new Event("change"));
    return profile;
  }
}
