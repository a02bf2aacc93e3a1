// @ts-check
/**
 * The person's own events, as they happen. `EventSource` can send no token, so the stream (server-sent events) is read with
 * `fetch`. It is open only while the page is looked at: a browser has few connections to a host.
 */

/** The first pause before coming back, in milliseconds; it doubles up to the longest. */
const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 60_000;

/** @typedef {{ eventType: string, sequence: number, data: any }} LiveEvent */

/**
 * Splits a stream of server-sent events into its events (HTML Standard §9.2.6), as far as the service uses them.
 *
 * @param {string} text what has come and is not read yet
 * @returns {{ events: { id: string | null, data: string }[], rest: string }}
 */
export function readEvents(text) {
  const blocks = text.split("\n\n");
  const rest = blocks.pop() ?? "";
  const events = blocks.map((block) => {
    const lines = block.split("\n");
    const values = (/** @type {string} */ name) => lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ""));
    return { id: values("id").at(-1) ?? null, data: values("data").join("\n") };
  });
  return { events, rest };
}

/** Says `happened` with an event as its detail, and `change` when it begins or ceases to be connected. */
export class Live extends EventTarget {
  #api;
  #connected = false;
  /** @type {AbortController | null} */
  #reading = null;
  /** @type {string | null} */
  #last = null;
  #pause = FIRST_PAUSE;
  #timer = 0;
  #closed = false;

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    super();
    this.#api = api;
  }

  /** Whether what happens is told at once; where not, whoever wants to know has to ask. */
  get connected() {
    return this.#connected;
  }

  start() {
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#onVisibility();
  }

  close() {
    this.#closed = true;
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#stop();
  }

  #onVisibility = () => {
    if (document.visibilityState === "hidden") this.#stop();
    else if (!this.#reading) this.#follow();
  };

  #stop() {
    clearTimeout(this.#timer);
    this.#reading?.abort();
    this.#reading = null;
    this.#setConnected(false);
  }

  async #follow() {
    clearTimeout(this.#timer);
    const reading = new AbortController();
    this.#reading = reading;
    const since = this.#last === null ? "" : `?since=${encodeURIComponent(this.#last)}`;
    await this.#read(`/v1/account/events${since}`, reading.signal).catch((problem) => this.#wait(problem));
    if (this.#reading !== reading || this.#closed) return;
    this.#reading = null;
    this.#setConnected(false);
    this.#timer = window.setTimeout(() => this.#onVisibility(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  /** @param {any} problem where the server says when to come back, that is when */
  #wait(problem) {
    if (problem?.retryAfter > 0) this.#pause = Math.min(problem.retryAfter * 1000, LONGEST_PAUSE);
  }

  /** @param {string} path @param {AbortSignal} signal */
  async #read(path, signal) {
    const { body } = await this.#api.stream(path, signal);
    if (!body) return;
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const { events, rest } = readEvents(text + piece.value);
      text = rest;
      for (const event of events) this.#take(event);
    }
  }

  /** @param {{ id: string | null, data: string }} event */
  #take({ id, data }) {
    this.#last = id ?? this.#last;
    this.#pause = FIRST_PAUSE;
    this.#setConnected(true);
    if (data) this.dispatchEvent(new CustomEvent("happened", { detail: /** @type {LiveEvent} */ (JSON.parse(data)) }));
  }

  /** @param {boolean} connected */
  #setConnected(connected) {
    if (connected === this.#connected) return;
    this.#connected = connected;
    this.dispatchEvent(new Event("change"));
  }
}
