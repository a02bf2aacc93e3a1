// @ts-check
/** How many notifications are unread, for whoever shows it. */

/** Says `change` when the count has changed. */
export class NotificationBadge extends EventTarget {
  #api;
  count = 0;

  /** @param {import("../api.js").Api} api @param {import("../live.js").Live} live */
  constructor(api, live) {
    super();
    this.#api = api;
    live.addEventListener("happened", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.eventType === "notification.created") this.load();
    });
    // What came before the stream began, or on another device, is asked for.
    live.addEventListener("change", () => live.connected && this.load());
  }

  /** What can't be asked now is asked again at the next occasion. */
  async load() {
    const answer = await this.#api.get("/v1/account/notifications?limit=1").catch(() => null);
    if (answer) this.show(answer.data.unreadCount);
  }

  /** @param {number} count */
  show(count) {
    if (count === this.count) return;
    this.count = count;
    this.dispatchEvent(new Event("change"));
  }
}
