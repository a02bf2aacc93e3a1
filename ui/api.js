// @ts-check
/** The one place that talks HTTP to the server. It asks for answers in the language of the page. */

import { language } from "./i18n.js";

/**
 * Where access tokens come from: the page's own session, or the application that embeds the account area.
 *
 * @typedef {object} Tokens
 * @property {() => string | null} current
 * @property {() => Promise<string | null>} renew a fresh token, or null where the person has to sign in again
 */

/**
 * @typedef {object} Answer
 * @property {any} data
 * @property {string | null} etag
 * @property {number} status
 */

/** @typedef {{ pointer: string, message: string, code?: string }} FieldError */

/** A refusal by the server, or `code: "network"` where no answer came. */
export class Problem extends Error {
  /** @param {{ status: number, code: string, detail: string, fields?: FieldError[], retryAfter?: number, requestId?: string }} facts */
  constructor({ status, code, detail, fields = [], retryAfter = 0, requestId = "" }) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.fields = fields;
    /** Seconds to wait, 0 where the server named none. */
    this.retryAfter = retryAfter;
    this.requestId = requestId;
  }

  /**
   * Whether the service itself says that nobody is signed in. A proxy's 401, a time that ran out or a service that is
   * down says nothing about the session.
   */
  get signedOut() {
    return this.status === 401 && this.code === "unauthenticated";
  }

  static unreachable() {
    return new Problem({ status: 0, code: "network", detail: "" });
  }

  /** An answer that this interface has no use for. */
  static unexpected() {
    return new Problem({ status: 0, code: "unexpected", detail: "" });
  }

  /**
   * @param {number} status
   * @param {any} body the parsed body, null where it was no JSON
   * @param {string | null} retryAfter
   */
  static from(status, body, retryAfter) {
    return new Problem({
      status,
      code: typeof body?.code === "string" ? body.code : "unexpected",
      detail: body?.detail ?? body?.error ?? "",
      fields: Array.isArray(body?.errors) ? body.errors : [],
      retryAfter: Number.parseInt(retryAfter ?? "", 10) || 0,
      requestId: body?.requestId ?? "",
    });
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * What an answer holds: most come in an envelope, galleries do without.
 *
 * @param {any} content
 */
function payload(content) {
  return (content?.success === true ? content.data : content) ?? null;
}

export class Api {
  #base;
  #tokens;

  /** @param {{ base?: string, tokens?: Tokens | null }} [options] `base` is the server's address, empty for this page's own */
  constructor({ base = "", tokens = null } = {}) {
    this.#base = base.replace(/\/+$/, "");
    this.#tokens = tokens;
  }

  /**
   * A path or address of the server's as an absolute address.
   *
   * @param {string} path
   */
  address(path) {
    return new URL(path, this.#base ? `${this.#base}/` : document.baseURI).href;
  }

  /** @param {string} path */
  get(path) {
    return this.#call("GET", path);
  }

  /** @param {string} path @param {unknown} body @param {{ ifMatch?: string | null }} [options] */
  put(path, body, { ifMatch = null } = {}) {
    return this.#call("PUT", path, { body, ifMatch });
  }

  /** @param {string} path @param {unknown} body */
  post(path, body) {
    return this.#call("POST", path, { body });
  }

  /** @param {string} path @param {unknown} body */
  patch(path, body) {
    return this.#call("PATCH", path, { body });
  }

  /** @param {string} path */
  delete(path) {
    return this.#call("DELETE", path);
  }

  /**
   * Sends a form with files, telling how far it has come.
   *
   * @param {string} path
   * @param {FormData} form
   * @param {(fraction: number) => void} onProgress
   * @param {AbortSignal} [signal]
   * @returns {Promise<Answer>}
   */
  upload(path, form, onProgress, signal) {
    return this.#renewing((token) => this.#uploadOnce(path, form, token, onProgress, signal));
  }

  /**
   * Opens an answer that goes on: its body is read as it comes.
   *
   * @param {string} path
   * @param {AbortSignal} signal
   * @returns {Promise<Response>}
   */
  stream(path, signal) {
    return this.#renewing((token) => this.#streamOnce(path, signal, token));
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{ body?: unknown, ifMatch?: string | null }} [options]
   * @returns {Promise<Answer>}
   */
  #call(method, path, options = {}) {
    return this.#renewing((token) => this.#callOnce(method, path, options, token));
  }

  /**
   * Does something with the current token; where that has run out, once more with a fresh one.
   *
   * @template T
   * @param {(token: string | null) => Promise<T>} attempt
   * @returns {Promise<T>}
   */
  async #renewing(attempt) {
    const token = this.#tokens?.current() ?? null;
    try {
      return await attempt(token);
    } catch (problem) {
      const expired = problem instanceof Problem && problem.signedOut && token !== null;
      const fresh = expired ? await this.#tokens?.renew() : null;
      if (!fresh) throw problem;
      return attempt(fresh);
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{ body?: unknown, ifMatch?: string | null }} options
   * @param {string | null} token
   * @returns {Promise<Answer>}
   */
  async #callOnce(method, path, { body, ifMatch }, token) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json", "Accept-Language": language() };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (ifMatch) headers["If-Match"] = ifMatch;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await fetch(this.#base + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    }).catch(() => {
      throw Problem.unreachable();
    });
    const content = parsed(await response.text());
    if (!response.ok) throw Problem.from(response.status, content, response.headers.get("Retry-After"));
    return { data: payload(content), etag: response.headers.get("ETag"), status: response.status };
  }

  /**
   * @param {string} path
   * @param {FormData} form
   * @param {string | null} token
   * @param {(fraction: number) => void} onProgress
   * @param {AbortSignal} [signal]
   * @returns {Promise<Answer>}
   */
  async #uploadOnce(path, form, token, onProgress, signal) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json", "Accept-Language": language() };
    if (token) headers.Authorization = `Bearer ${token}`;
    const request = await postForm(this.#base + path, form, { headers, onProgress, signal });
    const content = parsed(request.responseText);
    const { status } = request;
    if (status < 200 || status >= 300) throw Problem.from(status, content, request.getResponseHeader("Retry-After"));
    return { data: payload(content), etag: null, status };
  }

  /**
   * @param {string} path
   * @param {AbortSignal} signal
   * @param {string | null} token
   * @returns {Promise<Response>}
   */
  async #streamOnce(path, signal, token) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "text/event-stream", "Accept-Language": language() };
    if (token) headers.Authorization = `Bearer ${token}`;
    const response = await fetch(this.#base + path, { headers, signal, credentials: "same-origin", cache: "no-store" }).catch((error) => {
      throw signal.aborted ? error : Problem.unreachable();
    });
    if (response.ok) return response;
    throw Problem.from(response.status, parsed(await response.text()), response.headers.get("Retry-After"));
  }
}

/**
 * Sends a form with files, telling how far it has come. `fetch` has no upload progress, so this is an XMLHttpRequest.
 *
 * @param {string} address
 * @param {FormData} form
 * @param {{ headers?: Record<string, string>, onProgress: (fraction: number) => void, signal?: AbortSignal }} options
 * @returns {Promise<XMLHttpRequest>} with whatever answer came
 */
export function postForm(address, form, { headers = {}, onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const stopped = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    if (signal?.aborted) return stopped();
    const request = new XMLHttpRequest();
    request.open("POST", address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("error", () => reject(Problem.unreachable()));
    request.addEventListener("abort", stopped);
    request.addEventListener("load", () => resolve(request));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
