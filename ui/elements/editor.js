// @ts-check
/** A form that knows whether it differs from what is saved, and its bar to save or discard. */

import { fill, h } from "../dom.js";
import { explain, t } from "../i18n.js";
import { alertBox, clearErrors, showErrors } from "./fields.js";

const MAC = /mac|iphone|ipad/i.test(navigator.platform);

export class Editor {
  #options;
  #busy = false;
  #notice = h("div");
  #saveButton;
  #bar;

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
    this.#saveButton = h("button", { class: "button", type: "submit" }, t("action.save"), h("kbd", { "aria-hidden": "true" }, MAC ? "⌘S" : "Ctrl S"));
    const discard = h("button", { class: "button bare", type: "button", on: { click: () => this.discard() } }, t("action.discard"));
    this.#bar = h("div", { class: "save-bar", hidden: true }, h("p", {}, t("form.unsaved")), h("div", { class: "row" }, discard, this.#saveButton));
    /** The form itself. */
    this.element = h("form", { class: "stack loose", novalidate: true }, this.#notice, options.content, this.#bar);
    this.element.addEventListener("submit", (event) => this.#onSubmit(event));
    for (const type of ["input", "change"]) this.element.addEventListener(type, () => this.refresh());
  }

  /** Whether there is something to lose. */
  holding() {
    return Object.keys(this.#options.changes()).length > 0;
  }

  /** Looks again whether something differs. */
  refresh() {
    this.#bar.hidden = !this.holding() && !this.#busy;
  }

  discard() {
    clearErrors(this.element);
    fill(this.#notice);
    this.#options.reset();
    this.refresh();
    this.#options.announce(t("form.discarded"));
  }

  async save() {
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
    if (!shown) fill(this.#notice, alertBox([explain(problem), ...homeless.map((error) => error.message)].join(" ")));
  }

  /** @param {boolean} busy */
  #setBusy(busy) {
    this.#busy = busy;
    this.#saveButton.disabled = busy;
    this.#saveButton.setAttribute("aria-busy", String(busy));
    this.refresh();
  }

  /** @param {Event} event */
  #onSubmit(event) {
    event.preventDefault();
    this.save();
  }
}
