// @ts-check
/** "This wasn't me": takes a change back that a mail told of. Asked for by a button, since programs follow links in mails too. */

import { h } from "../dom.js";
import { list, t } from "../i18n.js";
import { hold, holding, letGo } from "../memory.js";
import { authForm } from "./auth-form.js";

/** Under which the link's token is held until it is used. */
const TOKEN = "selfsame.undo";

/** @param {import("../app.js").Page} page */
export function undo({ api, place, rename }) {
  const given = place.url.searchParams.get("token");
  if (given) {
    hold(TOKEN, given);
    // Nobody who looks at the history later finds it there.
    rename("/undo");
  }
  const view = authForm({
    title: t("undo.title"),
    lead: t("undo.lead"),
    fields: [],
    action: t("undo.action"),
    foot: h("a", { href: "/" }, t("undo.keep")),
    check: () => [],
    send: async () => {
      const { data } = await api.post("/auth/undo", { token: holding(TOKEN) ?? "" });
      letGo(TOKEN);
      const address = data.email ? `?email=${encodeURIComponent(data.email)}` : "";
      const passkeys = data.removedPasskeys.length ? h("p", {}, t("undo.passkeys", { names: list(data.removedPasskeys) })) : null;
      return h("div", { class: "stack" }, h("h1", { tabindex: "-1" }, t("undo.done")), passkeys, h("p", {}, t("undo.next")), h("p", {}, h("a", { class: "button wide", href: `/forgot${address}` }, t("reset.title"))));
    },
  });
  return { title: t("undo.title"), view };
}
