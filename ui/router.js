// @ts-check
/** Addresses to rooms, by the History API. */

/** @typedef {{ name: string, parameters: Record<string, string>, url: URL }} Place */

/**
 * @param {string} pattern such as `/u/:username`
 * @param {string} path
 * @returns {Record<string, string> | null}
 */
export function match(pattern, path) {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  /** @type {Record<string, string>} */
  const parameters = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":") && value) parameters[part.slice(1)] = decoded(value);
    else if (part !== value) return null;
  }
  return parameters;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * A path of this site that can be gone to after signing in; anything else becomes the fallback, so that a link
 * can't send people elsewhere.
 *
 * @param {string | null} path
 * @param {string} fallback
 */
export function ownPath(path, fallback) {
  if (!path?.startsWith("/")) return fallback;
  const url = new URL(path, location.origin);
  return url.origin === location.origin ? url.pathname + url.search : fallback;
}

export class Router {
  #routes;
  #show;
  #position = 0;
  #stepping = false;
  /** Whether the open room holds something that leaving would lose. */
  holding = () => false;
  /** @type {() => Promise<boolean>} asked before such a room is left; false keeps the person there */
  mayLeave = async () => true;

  /**
   * @param {Record<string, string>} routes pattern → name
   * @param {(place: Place) => void} show
   */
  constructor(routes, show) {
    this.#routes = Object.entries(routes);
    this.#show = show;
  }

  start() {
    history.replaceState({ position: 0 }, "");
    addEventListener("popstate", (event) => this.#onStep(event));
    document.addEventListener("click", (event) => this.#onClick(event));
    this.#show(this.place());
  }

  /** @returns {Place} */
  place(url = new URL(location.href)) {
    const path = url.pathname.length > 1 ? url.pathname.replace(/\/+$/, "") : url.pathname;
    for (const [pattern, name] of this.#routes) {
      const parameters = match(pattern, path);
      if (parameters) return { name, parameters, url };
    }
    return { name: "not-found", parameters: {}, url };
  }

  /** @param {string} path @param {{ replace?: boolean }} [options] */
  async go(path, { replace = false } = {}) {
    if (this.holding() && !(await this.mayLeave())) return;
    if (!replace) this.#position += 1;
    history[replace ? "replaceState" : "pushState"]({ position: this.#position }, "", path);
    this.#show(this.place());
  }

  /**
   * Changes the address without showing anything anew.
   *
   * @param {string} path
   */
  rename(path) {
    history.replaceState({ position: this.#position }, "", path);
  }

  /**
   * Back and forward have already happened when the browser tells of them: to ask first, the step is undone,
   * and done again on yes.
   *
   * @param {PopStateEvent} event
   */
  async #onStep(event) {
    const position = event.state?.position ?? 0;
    const step = position - this.#position;
    if (this.#stepping || step === 0) {
      this.#stepping = false;
      return;
    }
    if (this.holding()) {
      await this.#step(-step);
      if (!(await this.mayLeave())) return;
      await this.#step(step);
    }
    this.#position = position;
    this.#show(this.place());
  }

  /**
   * A step of the router's own, over when the browser has reported it.
   *
   * @param {number} step
   */
  async #step(step) {
    this.#stepping = true;
    const done = new Promise((resolve) => addEventListener("popstate", resolve, { once: true }));
    history.go(step);
    await done;
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
    if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    const inPage = url.hash && url.pathname === location.pathname;
    if (url.origin !== location.origin || inPage || this.place(url).name === "not-found") return;
    event.preventDefault();
    this.go(url.pathname + url.search);
  }
}
