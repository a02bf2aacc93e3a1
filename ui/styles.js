// @ts-check
/** The style sheets for a shadow tree: read once, shared by all. */

const NAMES = ["tokens", "base", "parts", "pages"];

/** @type {Promise<CSSStyleSheet[]> | null} */
let sheets = null;

/** @param {string} name */
async function sheet(name) {
  const response = await fetch(new URL(`./styles/${name}.css`, import.meta.url));
  const made = new CSSStyleSheet();
  return made.replace(await response.text());
}

/** @param {ShadowRoot} root */
export async function adoptStyles(root) {
  sheets ??= Promise.all(NAMES.map(sheet));
  root.adoptedStyleSheets = await sheets;
}
