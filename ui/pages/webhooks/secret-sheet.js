// @ts-check
/** A secret, shown once. */

import { fill, h } from "../../dom.js";
import { icon } from "../../components/icons.js";
import { t } from "../../i18n.js";

/**
 * @param {string} secret
 * @param {() => void} done
 */
export function secretSheet(secret, done) {
  const copied = h("p", { class: "small", role: "status" });
  const copy = async () => {
    const went = await navigator.clipboard?.writeText(secret).then(() => true, () => false);
    fill(copied, went ? t("codes.copied") : t("webhooks.not_copied"));
  };
  const buttons = h(
    "div",
    { class: "row" },
    h("button", { class: "button second", type: "button", on: { click: copy } }, t("codes.copy")),
    h("button", { class: "button", type: "button", on: { click: done } }, icon("check", 18), t("webhooks.kept")),
  );
  const title = h("h2", { tabindex: "-1" }, t("webhooks.secret"));
  return h("section", { class: "card stack", "aria-label": t("webhooks.secret") }, title, h("p", {}, t("webhooks.secret_text")), h("p", {}, h("code", { class: "long-code" }, secret)), buttons, copied);
}
