// @ts-check
/**
 * Building elements without ever parsing text as markup: every string becomes a text node or an attribute value,
 * every address is checked. There is deliberately no way to hand over HTML.
 */

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, any> & { on?: Record<string, (event: any) => unknown>, props?: Record<string, unknown> }} Attributes */

const ADDRESSES = new Set(["href", "src", "action", "formaction", "poster"]);

/**
 * An address that can be put into a page: web, mail, and pictures held in memory. Anything else (`javascript:`
 * above all) becomes `about:blank`.
 *
 * @param {unknown} address
 * @param {string} [base]
 */
export function safeAddress(address, base = document.baseURI) {
  try {
    const url = new URL(String(address), base);
    const picture = url.protocol === "data:" && url.pathname.startsWith("image/");
    return picture || ["https:", "http:", "blob:", "mailto:"].includes(url.protocol) ? url.href : "about:blank";
  } catch {
    return "about:blank";
  }
}

/** @param {Element} element @param {string} name @param {any} value */
function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (/^(on|style$|srcdoc$)/i.test(name)) throw new TypeError(`the attribute ${name} is not allowed`);
  const text = value === true ? "" : String(value);
  element.setAttribute(name, ADDRESSES.has(name) && !text.startsWith("#") ? safeAddress(text) : text);
}

/**
 * @template {Element} E
 * @param {E} element
 * @param {Attributes} attributes
 * @param {(Child | Child[])[]} children
 */
function furnish(element, { on = {}, props = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  for (const [type, listener] of Object.entries(on)) element.addEventListener(type, listener);
  element.append(...present(children));
  Object.assign(element, props);
  return element;
}

/** @param {(Child | Child[])[]} children */
function present(children) {
  return children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * Makes an HTML element.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes] `on` holds listeners, `props` DOM properties, the rest attributes
 * @param {(Child | Child[])[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/**
 * Makes an SVG element.
 *
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {Child[]} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/**
 * Replaces everything inside a node.
 *
 * @param {Element | ShadowRoot} parent
 * @param {(Child | Child[])[]} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren(...present(children));
}

let last = 0;

/** An id no other element has, for `for`, `aria-describedby` and their like. */
export function uid(prefix = "s") {
  last += 1;
  return `${prefix}-${last}`;
}
