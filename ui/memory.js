// @ts-check
/** Small choices kept in this browser, and what a tab needs until it is used. Where storing is forbidden both last as long as the page. */

/** @type {Map<string, string>} */
const here = new Map();

/** @param {string} name @returns {string | null} */
export function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return here.get(name) ?? null;
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    here.set(name, value);
  }
}

/** What this tab holds until it is used: it outlives a reload and a change of language, not the tab. @type {Map<string, string>} */
const held = new Map();

/** @param {string} name @returns {string | null} */
export function holding(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return held.get(name) ?? null;
  }
}

/** @param {string} name @param {string} value */
export function hold(name, value) {
  try {
    sessionStorage.setItem(name, value);
  } catch {
    held.set(name, value);
  }
}

/** @param {string} name */
export function letGo(name) {
  try {
    sessionStorage.removeItem(name);
  } catch {
    held.delete(name);
  }
}
