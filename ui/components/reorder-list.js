// @ts-check
/**
 * Puts the items of a list in another order: by dragging, by keys (the grip picks up, arrows move, the grip again puts down,
 * Escape undoes), and step by step. Every move is said aloud.
 */

import { t } from "../i18n.js";

/** A pointer that has moved less than this, in pixels, has clicked. */
const SLACK = 6;

/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** @typedef {{ item: HTMLElement, before: HTMLElement[], grip: HTMLElement }} Lifted */
/** @typedef {{ item: HTMLElement, before: HTMLElement[], x: number, y: number, id: number, moved: boolean }} Drag */

export class ReorderList {
  #list;
  #say;
  #done;
  /** @type {Lifted | null} */
  #lifted = null;
  /** @type {Drag | null} */
  #drag = null;
  #moving = false;

  /**
   * @param {object} options
   * @param {HTMLElement} options.list its children with `data-sort` are what is sorted
   * @param {(text: string) => void} options.say
   * @param {() => void} options.done the order has changed and stays
   */
  constructor({ list, say, done }) {
    this.#list = list;
    this.#say = say;
    this.#done = done;
    list.addEventListener("pointerdown", (event) => this.#onDown(event));
    list.addEventListener("pointermove", (event) => this.#onMove(event));
    list.addEventListener("pointerup", () => this.#drop());
    list.addEventListener("pointercancel", () => this.#cancelDrag());
    list.addEventListener("keydown", (event) => this.#onKey(event));
    list.addEventListener("focusout", () => this.#onFocusOut());
  }

  /** Whether something is in the hand: the list must not be drawn anew meanwhile. */
  get busy() {
    return this.#lifted !== null || this.#drag !== null;
  }

  /** What is sorted, in order. */
  get items() {
    return /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll(":scope > [data-sort]")]);
  }

  /**
   * Picks up with a grip, or puts down what is in the hand.
   *
   * @param {HTMLElement} grip
   */
  toggle(grip) {
    const item = this.#itemOf(grip);
    if (!item) return;
    if (this.#lifted) {
      this.#putDown();
      return;
    }
    this.#lifted = { item, before: this.items, grip };
    item.toggleAttribute("data-lifted", true);
    grip.setAttribute("aria-pressed", "true");
    this.#say(t("sorting.lifted", this.#place(item)));
  }

  /**
   * Moves an item by one place, at once and for good.
   *
   * @param {Element} inside the item or something in it
   * @param {number} by
   */
  step(inside, by) {
    const item = this.#itemOf(inside);
    if (item && this.#moveTo(item, this.items.indexOf(item) + by)) {
      this.#say(t("sorting.moved", this.#place(item)));
      this.#done();
    }
  }

  /** @param {EventTarget | null} inside */
  #itemOf(inside) {
    const item = inside instanceof Element ? inside.closest("[data-sort]") : null;
    return item instanceof HTMLElement && item.parentElement === this.#list ? item : null;
  }

  /** @param {HTMLElement} item */
  #place(item) {
    return { place: this.items.indexOf(item) + 1, count: this.items.length };
  }

  /** @param {HTMLElement} item @param {number} wanted @returns {boolean} whether it has moved */
  #moveTo(item, wanted) {
    const items = this.items;
    if (wanted < 0 || wanted >= items.length || items[wanted] === item) return false;
    const others = items.filter((other) => other !== item);
    this.#arrange([...others.slice(0, wanted), item, ...others.slice(wanted)]);
    return true;
  }

  /** Puts the items in this order; what has the focus keeps it. @param {HTMLElement[]} order */
  #arrange(order) {
    const root = /** @type {Document | ShadowRoot} */ (this.#list.getRootNode());
    const focused = root.activeElement;
    this.#moving = true;
    let next = this.items.at(-1)?.nextElementSibling ?? null;
    for (const item of [...order].reverse()) {
      if (item.nextElementSibling !== next) this.#list.insertBefore(item, next);
      next = item;
    }
    if (focused instanceof HTMLElement && this.#list.contains(focused) && root.activeElement !== focused) focused.focus({ preventScroll: true });
    this.#moving = false;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (!this.#lifted || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = STEPS[event.key];
    if (event.key === "Escape") {
      event.preventDefault();
      this.#undo();
    } else if (step) {
      event.preventDefault();
      const { item } = this.#lifted;
      const moved = this.#moveTo(item, this.items.indexOf(item) + step);
      if (moved) this.#say(t("sorting.moved", this.#place(item)));
    }
  }

  /** Whoever goes elsewhere has put it down. */
  #onFocusOut() {
    if (this.#lifted && !this.#moving) this.#putDown();
  }

  /** @returns {Lifted | null} what was in the hand */
  #release() {
    const lifted = this.#lifted;
    this.#lifted = null;
    lifted?.item.removeAttribute("data-lifted");
    lifted?.grip.setAttribute("aria-pressed", "false");
    return lifted;
  }

  #putDown() {
    const lifted = this.#release();
    if (!lifted) return;
    this.#say(t("sorting.dropped", this.#place(lifted.item)));
    this.#tell(lifted.before);
  }

  #undo() {
    const lifted = this.#release();
    if (!lifted) return;
    this.#arrange(lifted.before);
    this.#say(t("sorting.undone", this.#place(lifted.item)));
    this.#done();
  }

  /** @param {HTMLElement[]} before */
  #tell(before) {
    const changed = this.items.some((item, place) => item !== before[place]);
    if (changed) this.#done();
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    const target = event.target instanceof Element ? event.target : null;
    // A finger on a picture scrolls the page; only on the grip it drags.
    const holds = target?.closest(".grip") ?? (event.pointerType === "mouse" ? target?.closest(".tile-open") : null);
    const item = holds ? this.#itemOf(target) : null;
    if (!item || event.button !== 0 || this.#lifted) return;
    this.#drag = { item, before: this.items, x: event.clientX, y: event.clientY, id: event.pointerId, moved: false };
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const drag = this.#drag;
    if (!drag || event.pointerId !== drag.id) return;
    if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < SLACK) return;
    if (!drag.moved) this.#take(drag);
    const over = this.items.find((item) => item !== drag.item && isWithin(item.getBoundingClientRect(), event));
    if (over) this.#carry(drag, over);
    drag.item.style.transform = `translate(${event.clientX - drag.x}px, ${event.clientY - drag.y}px)`;
  }

  /** @param {Drag} drag */
  #take(drag) {
    drag.moved = true;
    this.#list.setPointerCapture(drag.id);
    drag.item.toggleAttribute("data-dragged", true);
  }

  /** Gives the dragged item the place of another; under the pointer it stays where it is. @param {Drag} drag @param {HTMLElement} over */
  #carry(drag, over) {
    drag.item.style.transform = "";
    const from = drag.item.getBoundingClientRect();
    this.#moveTo(drag.item, this.items.indexOf(over));
    const to = drag.item.getBoundingClientRect();
    drag.x += to.x - from.x;
    drag.y += to.y - from.y;
  }

  #drop() {
    const drag = this.#settle();
    if (!drag?.moved) return;
    this.#say(t("sorting.dropped", this.#place(drag.item)));
    this.#tell(drag.before);
  }

  #cancelDrag() {
    const drag = this.#settle();
    if (!drag?.moved) return;
    this.#arrange(drag.before);
    this.#done();
  }

  #settle() {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag?.moved) return drag;
    drag.item.removeAttribute("data-dragged");
    drag.item.style.transform = "";
    // The click that ends a drag opens nothing.
    const swallow = (/** @type {Event} */ event) => event.stopPropagation();
    this.#list.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => this.#list.removeEventListener("click", swallow, { capture: true }));
    return drag;
  }
}

/** @param {DOMRect} box @param {PointerEvent} event */
function isWithin({ left, right, top, bottom }, { clientX, clientY }) {
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}
