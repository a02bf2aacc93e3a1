// @ts-check
import { h } from "../dom.js";
import { mark } from "../components/icons.js";
import { state } from "../components/placeholders.js";
import { t } from "../i18n.js";

export function notFound() {
  const home = h("a", { class: "button", href: "/" }, t("action.home"));
  return { title: t("not_found.title"), view: state({ sign: mark(64), title: t("not_found.title"), text: t("not_found.text"), action: home, level: "h1" }) };
}
