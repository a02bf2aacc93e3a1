// @ts-check
/** Recovery codes, shown once: to be copied, kept as a file or printed. */

import { fill, h } from "../../dom.js";
import { icon } from "../../components/icons.js";
import { t } from "../../i18n.js";

/**
 * @param {string[]} codes
 * @param {() => void} done
 */
export function recoverySheet(codes, done) {
  const copied = h("p", { class: "small", role: "status" });
  const text = codes.join("\n");
  const copy = async () => {
    const went = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    fill(copied, went ? t("codes.copied") : t("codes.not_copied"));
  };
  const list = h("ol", { class: "codes", "aria-label": t("codes.title") }, codes.map((code) => h("li", {}, h("code", {}, code))));
  return h(
    "div",
    { class: "stack" },
    h("h3", {}, t("codes.title")),
    h("p", {}, t("codes.text")),
    list,
    h(
      "div",
      { class: "row" },
      h("button", { class: "button second", type: "button", on: { click: copy } }, t("codes.copy")),
      h("button", { class: "button second", type: "button", on: { click: () => download(text) } }, t("codes.download")),
      h("button", { class: "button second", type: "button", on: { click: () => printed(text) } }, t("codes.print")),
    ),
    copied,
    h("div", { class: "row" }, h("button", { class: "button", type: "button", on: { click: done } }, icon("check", 18), t("codes.kept"))),
  );
}

/** @param {string} text */
function download(text) {
  const href = URL.createObjectURL(new Blob([`${location.host}\n\n${text}\n`], { type: "text/plain" }));
  h("a", { href, download: "recovery-codes.txt" }).click();
  // The browser has taken the file by then.
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/** Prints the codes and nothing of the page around them. @param {string} text */
function printed(text) {
  const sheet = h("pre", { class: "print-sheet" }, `${location.host}\n\n${text}`);
  document.body.append(sheet);
  document.body.dataset.printing = "";
  addEventListener("afterprint", () => {
    sheet.remove();
    delete document.body.dataset.printing;
  }, { once: true });
  print();
}
