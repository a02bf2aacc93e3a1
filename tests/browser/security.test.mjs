// @ts-check
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { SITE, heading, mailedLink, newcomer, openBrowser, register, room, visit } from "./site.mjs";
import { totp } from "./totp.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Passkeys belong to names, not to addresses. */
const NAMED = SITE.replace("//127.0.0.1", "//localhost");

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

/** @param {import("playwright-core").Page} page @param {string} name */
const card = (page, name) => page.getByRole("region", { name, exact: true });

/** @param {import("playwright-core").Page} page @param {string} identifier @param {string} password */
async function signIn(page, identifier, password) {
  await page.goto("/sign-in?next=/account/security");
  await page.getByLabel("Email address or username").fill(identifier);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.locator("form").getByRole("button", { name: "Sign in", exact: true }).click();
}

/** @param {import("playwright-core").Page} page */
async function signOut(page) {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { level: 1, name: "One self, seen the way you choose." }).waitFor();
}

/** In both themes, and at the narrowest width: nothing to be scrolled sideways. @param {import("playwright-core").Page} page */
async function isSound(page) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme });
    // Colours change over from one theme to the other; they are looked at once they have.
    await page.evaluate(async () => {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
    });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => /** @type {any} */ (globalThis).axe.run(document, { resultTypes: ["violations"] }));
    assert.deepEqual(violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => node.target.flat().join(" "))}`), []);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
  await page.setViewportSize({ width: 1280, height: 900 });
}

/**
 * Turns the second factor on; the answer is the secret and the recovery codes.
 *
 * @param {import("playwright-core").Page} page
 */
async function turnOn(page) {
  const section = card(page, "Two-factor authentication");
  await section.getByRole("button", { name: "Set up" }).click();
  await section.getByRole("img", { name: "QR code for your authenticator application" }).waitFor();
  const secret = (await section.locator(".secret").innerText()).trim();
  await section.getByLabel("Code").fill(totp(secret));
  await section.getByRole("button", { name: "Turn on" }).click();
  await section.getByRole("heading", { name: "Recovery codes" }).waitFor();
  return { section, secret, codes: await section.getByRole("list", { name: "Recovery codes" }).locator("li").allInnerTexts() };
}

test("a password is changed by whoever knows it, and signs in from then on", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await register(page, person);
  await room(page, "Security");
  const section = card(page, "Password");
  for (const [name, tokens] of [["Current password", "current-password"], ["New password", "new-password"]]) {
    assert.equal(await section.getByLabel(String(name)).getAttribute("autocomplete"), tokens);
  }
  await section.getByLabel("Current password").fill("not the right password");
  await section.getByLabel("New password").fill(`another long enough sentence ${person.username}`);
  await section.getByRole("button", { name: "Change password" }).click();
  await section.getByText("That is not your password.").waitFor();
  await section.getByLabel("Current password").fill(person.password);
  await section.getByLabel("New password").fill("manchesterunited");
  await section.getByRole("button", { name: "Change password" }).click();
  await section.getByText("Many people use this password, so it is tried first.").waitFor();
  await section.getByLabel("New password").fill("eleven quiet otters read the news");
  await section.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Password changed. All other sessions have ended.").waitFor();
  await signOut(page);
  await signIn(page, person.username, person.password);
  await page.getByRole("alert").getByText("There is no account with this name and password.").waitFor();
  await signIn(page, person.username, "eleven quiet otters read the news");
  await heading(page, "Security");
  await leave();
});

test("a second factor is set up with a QR code, asked for at the next sign-in, and turned off again", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await register(page, person);
  await room(page, "Security");
  const setUp = card(page, "Two-factor authentication");
  await setUp.getByRole("button", { name: "Set up" }).click();
  await setUp.getByRole("img", { name: "QR code for your authenticator application" }).waitFor();
  await isSound(page);
  await setUp.getByRole("button", { name: "Cancel" }).click();
  const { section, secret, codes } = await turnOn(page);
  assert.equal(new Set(codes).size, 10);
  await isSound(page);
  const [file] = await Promise.all([page.waitForEvent("download"), section.getByRole("button", { name: "Download" }).click()]);
  assert.equal(file.suggestedFilename(), "recovery-codes.txt");
  assert.deepEqual((await readFile(await file.path(), "utf8")).trim().split("\n").slice(2), codes);
  await section.getByRole("button", { name: "I have kept them" }).click();
  await section.getByText("10 recovery codes are left.").waitFor();
  await signOut(page);

  await signIn(page, person.username, person.password);
  await heading(page, "One more step");
  const code = page.getByLabel("Code");
  assert.equal(await code.getAttribute("autocomplete"), "one-time-code");
  await isSound(page);
  const submit = page.locator("form").getByRole("button", { name: "Sign in", exact: true });
  await code.fill(totp(secret, 20));
  await submit.click();
  await page.getByText(/code is wrong, or was used already/).waitFor();
  // A clock may be a step ahead; the code of the present step was taken when it was set up.
  const next = totp(secret, 1);
  await code.fill(`${next.slice(0, 3)} ${next.slice(3)}`);
  await submit.click();
  await heading(page, "Security");
  await signOut(page);

  await signIn(page, person.username, person.password);
  await heading(page, "One more step");
  await code.fill(String(codes[0]));
  await submit.click();
  await heading(page, "Security");
  await section.getByText("9 recovery codes are left.").waitFor();
  await section.getByRole("button", { name: "Turn off" }).click();
  await section.getByLabel("Password", { exact: true }).fill(person.password);
  await section.getByLabel("Code").fill(String(codes[1]));
  await section.getByRole("button", { name: "Turn off" }).click();
  await page.getByText("Two-factor authentication is off.").waitFor();
  await section.getByRole("button", { name: "Set up" }).waitFor();
  await leave();
});

test("something sensitive asks who it is once more, where that was too long ago", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await register(page, person);
  await room(page, "Security");
  let asked = 0;
  await page.route("**/v1/account/2fa/setup", (route) => {
    asked += 1;
    // As if ten minutes had passed, once.
    if (asked > 1) return route.continue();
    return route.fulfill({ status: 403, contentType: "application/json", body: JSON.stringify({ success: false, code: "reauthentication_required" }) });
  });
  const section = card(page, "Two-factor authentication");
  await section.getByRole("button", { name: "Set up" }).click();
  const dialog = page.getByRole("dialog", { name: "Is it you?" });
  await dialog.waitFor();
  await isSound(page);
  await dialog.getByLabel("Password", { exact: true }).fill("not the right password");
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await dialog.getByText("That is not your password.").waitFor();
  await dialog.getByLabel("Password", { exact: true }).fill(person.password);
  await dialog.getByLabel("Password", { exact: true }).press("Enter");
  await section.getByRole("img", { name: "QR code for your authenticator application" }).waitFor();
  assert.equal(asked, 2);
  await leave();
});

/**
 * A visitor whose device has an authenticator that says yes to everything at once.
 *
 * @param {{ fillsIn: boolean }} how whether the browser offers passkeys where names are filled in
 */
async function visitWithAuthenticator({ fillsIn }) {
  const visitor = await visit(browser, { baseURL: NAMED });
  const devtools = await visitor.context.newCDPSession(visitor.page);
  await devtools.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  await devtools.send("WebAuthn.addVirtualAuthenticator", { options: /** @type {any} */ (options) });
  if (!fillsIn) await visitor.page.addInitScript(() => Object.assign(PublicKeyCredential, { isConditionalMediationAvailable: async () => false }));
  return visitor;
}

test("a passkey is offered where the browser fills names in", async () => {
  const person = newcomer();
  const { page, leave } = await visitWithAuthenticator({ fillsIn: true });
  await register(page, person);
  await room(page, "Security");
  await card(page, "Passkeys").getByRole("button", { name: "Add a passkey" }).click();
  await page.getByText("The passkey is ready.").waitFor();
  await signOut(page);
  const asked = page.waitForRequest((request) => request.url().endsWith("/auth/passkeys/login"));
  await page.goto("/sign-in?next=/account/security");
  // This authenticator chooses for the person, so nothing has to be touched.
  await asked;
  await heading(page, "Security");
  await leave();
});

test("a passkey is made, signs in alone and as the second factor, is renamed and removed", async () => {
  const person = newcomer();
  const { page, leave } = await visitWithAuthenticator({ fillsIn: false });
  await register(page, person);
  await room(page, "Security");
  const section = card(page, "Passkeys");
  await section.getByRole("button", { name: "Add a passkey" }).click();
  await section.getByRole("heading", { level: 3, name: "Chrome on Linux" }).waitFor();
  await section.getByText("not used yet").waitFor();
  await isSound(page);
  await section.getByRole("button", { name: "Rename the passkey Chrome on Linux" }).click();
  await section.getByLabel("Name of the passkey").fill("Desk");
  await section.getByLabel("Name of the passkey").press("Enter");
  await section.getByRole("heading", { level: 3, name: "Desk" }).waitFor();
  await signOut(page);

  await page.goto("/sign-in?next=/account/security");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await heading(page, "Security");
  await section.getByText("used just now").waitFor();

  await turnOn(page);
  await signOut(page);
  await signIn(page, person.username, person.password);
  await heading(page, "One more step");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await heading(page, "Security");

  await section.getByRole("button", { name: "Remove the passkey Desk" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("Passkey removed.").waitFor();
  await signOut(page);
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("alert").waitFor();
  await leave();
});

test("a new passkey is mailed with a link that takes it back, and the page says what went", async () => {
  const person = newcomer();
  const { page, leave } = await visitWithAuthenticator({ fillsIn: false });
  await register(page, person);
  await room(page, "Security");
  await card(page, "Passkeys").getByRole("button", { name: "Add a passkey" }).click();
  await page.getByText("The passkey is ready.").waitFor();
  await page.goto(await mailedLink(page, person.email));
  await heading(page, "This wasn’t you?");
  await isSound(page);
  await page.getByRole("button", { name: "Undo the change" }).press("Enter");
  await page.getByText("Removed with it: Chrome on Linux.").waitFor();
  await isSound(page);
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("alert").waitFor();
  await leave();
});

test("a username is changed once, and the old one leads to the new page", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await register(page, person);
  await room(page, "Security");
  const section = card(page, "Username");
  const name = section.getByLabel("Username");
  assert.equal(await name.inputValue(), person.username);
  await section.getByRole("button", { name: "Change username" }).click();
  await section.getByText("That is your username already.").waitFor();
  await name.fill(`${person.username}.new`);
  await section.getByRole("button", { name: "Change username" }).click();
  await page.getByText(`You are ${person.username}.new now.`).waitFor();
  await name.fill(`${person.username}.newer`);
  await section.getByRole("button", { name: "Change username" }).click();
  await section.getByText("Username can only be updated once every 15 days.").waitFor();
  const stranger = await visit(browser);
  await stranger.page.goto(`/u/${person.username}`);
  await heading(stranger.page, "Robin Vega");
  await stranger.leave();
  await leave();
});
