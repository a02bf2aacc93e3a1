// @ts-check
/** Signing in: a name and a password, then a second factor where one is on; or a passkey alone. */

import { Problem } from "../api.js";
import { fill, h } from "../dom.js";
import { waiting } from "../components/action-form.js";
import { codeField, field, passwordField } from "../components/fields.js";
import { icon } from "../components/icons.js";
import { t } from "../i18n.js";
import { Withdrawn, passkeysFillIn, passkeysWork, usePasskey } from "../passkeys.js";
import { ownPath } from "../router.js";
import { authForm } from "./auth-form.js";

/** What the server asks for lasts five minutes; it is asked for anew before that, in milliseconds. */
const ANEW = 4 * 60 * 1000;

/** The browser waits for one passkey at a time. */
let waitingFor = new AbortController();

/**
 * What has just been done elsewhere, for the page to say and fill in. Lives in memory only, and no longer than until somebody
 * signs in.
 *
 * @typedef {{ say: () => string, identifier: string, next?: string }} News `say` says it in the language of the moment
 * @type {News | null}
 */
let news = null;

/** Where to sign in after something that was done without. @param {News} done */
export function signInAfter(done) {
  news = done;
  return done.next ? `/sign-in?next=${encodeURIComponent(done.next)}` : "/sign-in";
}

function alone() {
  waitingFor.abort();
  waitingFor = new AbortController();
  return waitingFor.signal;
}

/** @param {import("../app.js").Page} page */
export function signIn({ session, place, go, welcome }) {
  const next = ownPath(place.url.searchParams.get("next"), "/account/profile");
  const identifier = h("input", { name: "identifier", type: "text", autocomplete: "username webauthn", autocapitalize: "none", spellcheck: "false", required: true, value: news?.identifier });
  const password = passwordField({ autocomplete: "current-password" });
  const arrive = async () => {
    news = null;
    await welcome();
    go(next);
  };
  const card = authForm({
    title: t("sign_in.title"),
    lead: t("sign_in.lead"),
    done: news?.say(),
    fields: [field({ name: "identifier", label: t("field.identifier"), control: identifier }), password.element],
    action: t("action.sign_in"),
    foot: h("span", {}, h("a", { href: "/forgot" }, t("forgot.title")), h("br"), t("sign_in.new"), " ", h("a", { href: `/register${place.url.search}` }, t("action.register")), h("br"), t("sign_in.waiting"), " ", h("a", { href: "/verify" }, t("sign_in.verify"))),
    check: () => [
      ...(identifier.value.trim() ? [] : [{ pointer: "/identifier", message: t("form.required") }]),
      ...(password.control.value ? [] : [{ pointer: "/password", message: t("form.required") }]),
    ],
    send: async () => {
      const { signedIn, challenge } = await session.signIn(identifier.value.trim(), password.control.value);
      if (challenge) return void ask(challenge);
      if (!signedIn) throw Problem.unexpected();
      await arrive();
    },
  });
  const view = h("div", {}, card);

  /** @param {import("../session.js").Challenge} challenge */
  function ask(challenge) {
    alone();
    fill(view, secondStep({ session, challenge, arrive, again: () => go(`${place.url.pathname}${place.url.search}`) }));
    view.querySelector("h1")?.focus();
  }
  const enter = async (/** @type {{ fillIn?: boolean }} */ how) => {
    const signal = alone();
    const credential = await usePasskey(await session.passkeyOptions(), { ...how, signal });
    if (!(await session.signInByPasskey(credential))) throw Problem.unexpected();
    await arrive();
  };
  if (passkeysWork()) card.querySelector("form")?.after(passkeyButton(() => enter({})));
  offer(view, enter);
  return { title: t("sign_in.title"), view };
}

/** @param {() => Promise<void>} enter */
function passkeyButton(enter) {
  const notice = h("div");
  /** @type {HTMLButtonElement} */
  const button = h("button", { class: "button second wide", type: "button", on: { click: () => waiting(button, notice, enter) } }, icon("key", 18), t("sign_in.passkey"));
  return h("div", { class: "stack" }, notice, button);
}

/**
 * Offers passkeys where the browser fills names in, for as long as the page is open.
 *
 * @param {HTMLElement} view
 * @param {(how: { fillIn: boolean }) => Promise<void>} enter
 */
async function offer(view, enter) {
  if (!(await passkeysFillIn())) return;
  const again = setTimeout(() => {
    if (view.isConnected) offer(view, enter);
  }, ANEW);
  await enter({ fillIn: true }).catch((problem) => {
    // Whoever asked for nothing is not told that it did not work; the button does.
    if (!(problem instanceof Withdrawn)) clearTimeout(again);
  });
}

/**
 * @param {object} options
 * @param {import("../session.js").Session} options.session
 * @param {import("../session.js").Challenge} options.challenge
 * @param {() => Promise<void>} options.arrive
 * @param {() => void} options.again
 */
function secondStep({ session, challenge, arrive, again }) {
  const code = codeField({ recovery: true });
  const finish = async (/** @type {{ code?: string, credential?: unknown }} */ shown) => {
    try {
      if (!(await session.finish(challenge.challengeId, shown))) throw Problem.unexpected();
    } catch (problem) {
      if (problem instanceof Problem && problem.code === "invalid_credentials") throw new Problem({ status: 401, code: "wrong_code", detail: problem.detail, fields: shown.code ? [{ pointer: "/code", message: problem.detail }] : [] });
      throw problem;
    }
    await arrive();
  };
  const card = authForm({
    title: t("second_step.title"),
    lead: t("second_step.lead"),
    fields: [code.element],
    action: t("action.sign_in"),
    foot: h("button", { class: "button bare", type: "button", on: { click: again } }, t("second_step.again")),
    check: () => (code.control.value.trim() ? [] : [{ pointer: "/code", message: t("form.required") }]),
    send: () => finish({ code: code.value() }),
  });
  const byPasskey = async () => finish({ credential: await usePasskey(await session.passkeyOptions(challenge.challengeId), { signal: alone() }) });
  if (passkeysWork() && challenge.methods.includes("passkey")) card.querySelector("form")?.after(passkeyButton(byPasskey));
  return card;
}
