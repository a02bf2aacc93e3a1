// @ts-check
/** A form that knows whether it differs from what is saved, and its bar to save or discard. */

import { fill, h } from "../dom.js";
import { explain, t } from "../i18n.js";
import { alertBox, clearErrors, showErrors } from "./fields.js";

/** The keys that save, as this device's people know them. */
const saveKeys = () => (/mac|iphone|ipad/i.test(navigator.platform) ? "⌘S" : "Ctrl S");

export class EditForm {
  #options;
  #busy = false;
  /** Where the person was editing, to return to when the bar with the focus goes. @type {HTMLElement | null} */
  #place = null;
  #notice = h("div");
  #saveButton;
  #bar;
  /** Notice and bar stay at the screen's end together: who saves there must see there that it failed. */
  #foot;

  /**
   * @param {object} options
   * @param {HTMLElement[]} options.content
   * @param {() => Record<string, unknown>} options.changes what differs from the saved state; empty where nothing does
   * @param {() => import("../api.js").FieldError[]} [options.check] what is wrong before asking the server
   * @param {(changes: Record<string, unknown>) => Promise<void>} options.send
   * @param {() => void} options.reset shows the saved state again
   * @param {(text: string) => void} options.announce
   * @param {string} options.saved what is said when saving went well
   */
  constructor(options) {
    this.#options = options;
    this.#saveButton = h("button", { class: "button", type: "submit" }, t("action.save"), h("kbd", { "aria-hidden": "true" }, saveKeys()));
    const discard = h("button", { class: "button bare", type: "button", on: { click: () => this.discard() } }, t("action.discard"));
    this.#bar = h("div", { class: "save-bar", hidden: true }, h("p", {}, t("form.unsaved")), h("div", { class: "row" }, discard, this.#saveButton));
    this.#foot = h("div", { class: "save-foot" }, this.#notice, this.#bar);
    /** The form itself. */
    this.element = h("form", { class: "stack loose", novalidate: true, tabindex: "-1" }, options.content, this.#foot);
    this.element.addEventListener("submit", (event) => this.#onSubmit(event));
    this.element.addEventListener("focusin", ({ target }) => {
      if (target instanceof HTMLElement && !this.#foot.contains(target)) this.#place = target;
    });
    for (const type of ["input", "change"]) this.element.addEventListener(type, () => this.#onEdit());
  }

  /** Whether there is something to lose. */
  holding() {
    return Object.keys(this.#options.changes()).length > 0;
  }

  /** Looks again whether something differs. */
  refresh() {
    const shown = this.holding() || this.#busy;
    const appears = shown && this.#bar.hidden;
    const leaves = !shown && this.#bar.querySelector(":focus") !== null;
    this.#bar.hidden = !shown;
    if (leaves) (this.#place?.isConnected ? this.#place : this.element).focus({ preventScroll: true });
    if (appears) this.#uncover();
  }

  /** Neither bar nor notice may come to lie over what is being edited (WCAG 2.4.11). */
  #uncover() {
    const focused = this.element.querySelector(":focus");
    if (focused && !this.#foot.contains(focused)) focused.scrollIntoView({ block: "nearest" });
  }

  #onEdit() {
    // With nothing left to save, nothing is left that could not be saved.
    if (!this.holding()) fill(this.#notice);
    this.refresh();
  }

  discard() {
    clearErrors(this.element);
    fill(this.#notice);
    this.#options.reset();
    this.refresh();
    this.#options.announce(t("form.discarded"));
  }

  async save() {
    // What is still being typed counts: a shortcut comes before the field has told of its change.
    this.element.querySelector(":focus")?.dispatchEvent(new Event("change"));
    if (this.#busy || !this.holding()) return;
    clearErrors(this.element);
    fill(this.#notice);
    const wrong = this.#options.check?.() ?? [];
    if (wrong.length > 0) {
      showErrors(this.element, wrong);
      return;
    }
    await this.#sending();
  }

  async #sending() {
    this.#setBusy(true);
    try {
      await this.#options.send(this.#options.changes());
      this.#options.announce(this.#options.saved);
    } catch (problem) {
      this.#refused(/** @type {any} */ (problem));
    } finally {
      this.#setBusy(false);
    }
  }

  /** @param {import("../api.js").Problem} problem */
  #refused(problem) {
    const homeless = showErrors(this.element, problem.fields ?? []);
    const shown = problem.fields?.length > 0 && homeless.length === 0;
    if (shown) return;
    fill(this.#notice, alertBox(explain(problem, homeless)));
    this.#uncover();
  }

  /** @param {boolean} busy */
  #setBusy(busy) {
    this.#busy = busy;
    // Not `disabled`: a disabled button drops the focus.
    this.#saveButton.setAttribute("aria-disabled", String(busy));
    this.#saveButton.setAttribute("aria-busy", String(busy));
    this.refresh();
  }

  /** @param {Event} event */
  #onSubmit(event) {
    event.preventDefault();
    this.save();
  }
}
