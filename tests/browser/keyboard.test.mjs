// @ts-check
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { press, send, tabTo, write } from "./keyboard-driver.mjs";
import { SITE, heading, mailedCode, newcomer, openBrowser, photo, register, visit } from "./site.mjs";
import { isAccessible } from "./accessibility.mjs";
import { totp } from "./totp.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

/** Passkeys belong to names, not to addresses. */
const NAMED = SITE.replace("//127.0.0.1", "//localhost");

/** @param {import("playwright-core").Page} page @param {string} name */
const card = (page, name) => page.getByRole("region", { name, exact: true });

/** @param {import("playwright-core").Page} page @param {string} label */
const labelled = (page, label) => page.getByLabel(label, { exact: true });

/** @param {import("playwright-core").Page} page @param {string} name */
async function walkTo(page, name) {
  await press(page, page.getByRole("navigation", { name: "Your account" }).getByRole("link", { name, exact: true }));
  await heading(page, name);
}

/** @param {import("playwright-core").Page} page */
async function signOut(page) {
  await press(page, page.getByRole("button", { name: "Sign out" }));
  await heading(page, "One self, seen the way you choose.");
}

/** @param {import("playwright-core").Page} page @param {string} identifier @param {string} password @param {string} [next] */
async function signIn(page, identifier, password, next = "/account/security") {
  await page.goto(`/sign-in?next=${next}`);
  await write(page, labelled(page, "Email address or username"), identifier);
  await send(page, labelled(page, "Password"), password);
}

/**
 * The newest of what mails to an address hold, once it is another than before.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} to
 * @param {RegExp} wanted
 * @param {string} [before]
 */
async function mailed(page, to, wanted, before) {
  for (;;) {
    const mails = await (await page.request.get(`/dev/mail/messages?to=${encodeURIComponent(to)}`)).json();
    const [, found] = wanted.exec(mails[0]?.text ?? "") ?? [];
    if (found && found !== before) return found;
  }
}

test("from the front page to a saved profile without a mouse", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await page.goto("/");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main");

  await tabTo(page, page.locator("main").getByRole("link", { name: "Create account" }));
  await page.keyboard.press("Enter");
  await heading(page, "Create your account");
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
  assert.match(await page.title(), /^Create your account · Selfsame$/);
  for (const [label, text] of [["Email address", person.email], ["Username", person.username], ["Display name", person.displayName], ["Password", person.password]]) {
    await tabTo(page, page.getByLabel(String(label), { exact: label === "Password" }));
    await page.keyboard.insertText(String(text));
  }
  await page.keyboard.press("Enter");
  await heading(page, "Check your mail");
  await tabTo(page, page.getByLabel("Code", { exact: true }));
  await page.keyboard.insertText(await mailedCode(page, person.email));
  await page.keyboard.press("Enter");
  await heading(page, "Profile");

  await tabTo(page, page.getByLabel("Location"));
  await page.keyboard.insertText("Valparaíso");
  await page.keyboard.press("ControlOrMeta+s");
  await page.getByText("Profile saved.").waitFor();
  await page.reload();
  await heading(page, "Profile");
  assert.equal(await page.getByLabel("Location").inputValue(), "Valparaíso");
  await leave();
});

test("a picture is cut to size and sent by keys alone", async () => {
  const { page, leave } = await visit(browser);
  await register(page, newcomer());
  await walkTo(page, "Picture");

  await tabTo(page, page.getByLabel("Choose a picture"));
  // It is a native file input: from here on, opening the system's chooser is the browser's own doing.
  await page.getByLabel("Choose a picture").setInputFiles(await photo(page));
  const stage = page.getByRole("application", { name: "Choose the part that shows" });
  await stage.waitFor();
  assert.equal(await stage.evaluate((canvas) => /** @type {ShadowRoot} */ (canvas.getRootNode()).activeElement === canvas), true);
  for (const key of ["+", "+", "+", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  const crop = await page.locator("selfsame-cropper").evaluate((cropper) => /** @type {any} */ (cropper).crop);
  assert.equal(crop.h < 0.75 && Math.abs(crop.w * 640 - crop.h * 400) < 0.01, true, JSON.stringify(crop));
  assert.equal(crop.x > (1 - crop.w) / 2 && crop.y > (1 - crop.h) / 2, true, JSON.stringify(crop));

  await tabTo(page, page.getByRole("button", { name: "Use this picture" }));
  await page.keyboard.press("Enter");
  await page.getByText("Your new picture is in place.").waitFor();
  await leave();
});

test("one registers, mistypes, confirms, signs out and in again without a mouse", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await page.goto("/register");
  await heading(page, "Create your account");
  await isAccessible(page);
  await write(page, labelled(page, "Email address"), "nobody");
  await send(page, labelled(page, "Password"), "short");
  await page.getByText("Use 15 to 128 characters.").waitFor();
  assert.equal(await labelled(page, "Email address").evaluate((input) => input === document.activeElement), true, "the focus is on the first mistake");
  await isAccessible(page);
  await write(page, labelled(page, "Email address"), person.email);
  await write(page, page.getByLabel("Username"), person.username);
  await write(page, page.getByLabel("Display name"), person.displayName);
  await send(page, labelled(page, "Password"), person.password);
  await heading(page, "Check your mail");
  await isAccessible(page);
  const right = await mailedCode(page, person.email);
  await send(page, labelled(page, "Code"), String((Number(right) + 1) % 1_000_000).padStart(6, "0"));
  await page.getByText("wrong").first().waitFor();
  await isAccessible(page);
  await send(page, labelled(page, "Code"), right);
  await heading(page, "Profile");
  await signOut(page);

  await press(page, page.getByRole("main").getByRole("link", { name: "Sign in" }));
  await heading(page, "Welcome back");
  await isAccessible(page);
  await page.keyboard.press("Tab");
  await send(page, labelled(page, "Password"), "");
  await page.locator('[aria-invalid="true"]').first().waitFor();
  await isAccessible(page);
  await write(page, labelled(page, "Email address or username"), person.username);
  await send(page, labelled(page, "Password"), "not the right password");
  await page.getByRole("alert").getByText("There is no account with this name and password.").waitFor();
  await isAccessible(page);
  await send(page, labelled(page, "Password"), person.password);
  await heading(page, "Profile");
  await leave();
});

test("personal data are filled in without a mouse", async () => {
  const { page, leave } = await visit(browser);
  await register(page, newcomer());
  await walkTo(page, "Personal data");
  await isAccessible(page);
  await write(page, page.getByLabel("First name"), "Robin");
  await write(page, page.getByLabel("Phone number"), "12");
  await tabTo(page, page.getByLabel("Country"));
  await page.keyboard.type("Germany");
  await press(page, page.getByRole("button", { name: "Save" }));
  await page.locator('[data-field="phone"] .error').getByText("No country gives this phone number out.").waitFor();
  await isAccessible(page);
  await write(page, page.getByLabel("Phone number"), "030 901820");
  await press(page, page.getByRole("button", { name: "Save" }), "Space");
  await page.getByText("Personal data saved.").waitFor();
  const shown = await Promise.all(["First name", "Phone number", "Country"].map((label) => page.getByLabel(label).inputValue()));
  assert.deepEqual(shown, ["Robin", "+4930901820", "DE"]);
  await leave();
});

test("password, username and email address are changed, and the change is undone, without a mouse", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await register(page, person);
  await walkTo(page, "Security");
  await isAccessible(page);
  const password = card(page, "Password");
  await write(page, password.getByLabel("Current password"), "not the right password");
  await send(page, password.getByLabel("New password"), "eleven quiet otters read the news");
  await password.getByText("That is not your password.").waitFor();
  await isAccessible(page);
  await write(page, password.getByLabel("Current password"), person.password);
  await press(page, password.getByRole("button", { name: "Change password" }), "Space");
  await page.getByText("Password changed. All other sessions have ended.").waitFor();

  const username = card(page, "Username");
  await send(page, username.getByLabel("Username"), "a");
  await username.locator('[aria-invalid="true"]').waitFor();
  await isAccessible(page);
  await send(page, username.getByLabel("Username"), `${person.username}.new`);
  await page.getByText(`You are ${person.username}.new now.`).waitFor();
  await send(page, username.getByLabel("Username"), `${person.username}.newer`);
  await username.getByText("Username can only be updated once every 15 days.").waitFor();
  await isAccessible(page);

  const email = card(page, "Email address");
  const changed = `changed.${person.email}`;
  await send(page, email.getByLabel("New email address"), changed);
  await email.getByText(`We have sent a code to ${changed}.`).waitFor();
  const right = await mailedCode(page, changed);
  await send(page, email.getByLabel("Code"), String((Number(right) + 1) % 1_000_000).padStart(6, "0"));
  await email.getByText("wrong").first().waitFor();
  await isAccessible(page);
  await send(page, email.getByLabel("Code"), right);
  await page.getByText(`Your email address is ${changed} now.`).first().waitFor();

  await page.goto(await mailed(page, person.email, /(\/undo\?token=[\w-]+)/));
  await heading(page, "This wasn’t you?");
  await press(page, page.getByRole("button", { name: "Undo the change" }));
  await heading(page, "Undone");
  await press(page, page.getByRole("link", { name: "Choose a new password" }));
  await heading(page, "Forgot your password?");
  await leave();
});

test("a forgotten password is replaced without a mouse", async () => {
  const person = newcomer();
  const first = await visit(browser);
  await register(first.page, person);
  const before = await mailedCode(first.page, person.email);
  await first.leave();
  const { page, leave } = await visit(browser);
  await page.goto("/sign-in");
  await press(page, page.getByRole("link", { name: "Forgot your password?" }));
  await heading(page, "Forgot your password?");
  await send(page, page.getByLabel("Email address"), "nobody");
  await page.locator('[aria-invalid="true"]').waitFor();
  await isAccessible(page);
  await send(page, page.getByLabel("Email address"), person.email);
  await heading(page, "Choose a new password");
  const code = await mailed(page, person.email, /^ {4}(\d{6})$/m, before);
  await write(page, labelled(page, "Code"), code);
  await send(page, labelled(page, "New password"), "short");
  await page.getByText("Use at least 15 characters. A sentence is a good password.").waitFor();
  await isAccessible(page);
  await send(page, labelled(page, "New password"), `${person.password} anew`);
  await heading(page, "Welcome back");
  await isAccessible(page);
  await signIn(page, person.email, `${person.password} anew`);
  await heading(page, "Security");
  await leave();
});

test("a second factor is turned on, used, given new recovery codes and turned off without a mouse", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await register(page, person);
  await walkTo(page, "Security");
  const section = card(page, "Two-factor authentication");
  await press(page, section.getByRole("button", { name: "Set up" }));
  await section.getByRole("img", { name: "QR code for your authenticator application" }).waitFor();
  const secret = (await section.locator(".secret").innerText()).trim();
  await send(page, section.getByLabel("Code"), totp(secret, 20));
  await section.getByText(/code is wrong, or was used already/).waitFor();
  await isAccessible(page);
  await send(page, section.getByLabel("Code"), totp(secret));
  const list = section.getByRole("list", { name: "Recovery codes" });
  await list.waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), press(page, section.getByRole("button", { name: "Download" }))]);
  assert.equal(file.suggestedFilename(), "recovery-codes.txt");
  await press(page, section.getByRole("button", { name: "I have kept them" }), "Space");
  await section.getByText("10 recovery codes are left.").waitFor();
  await isAccessible(page);
  await press(page, section.getByRole("button", { name: "New recovery codes" }));
  await list.waitFor();
  const codes = await list.locator("li").allInnerTexts();
  await press(page, section.getByRole("button", { name: "I have kept them" }));
  await signOut(page);

  await signIn(page, person.username, person.password);
  await heading(page, "One more step");
  await send(page, page.getByLabel("Code"), totp(secret, 20));
  await page.getByText(/code is wrong, or was used already/).waitFor();
  await isAccessible(page);
  await send(page, page.getByLabel("Code"), totp(secret, 1));
  await heading(page, "Security");
  await signOut(page);
  await signIn(page, person.username, person.password);
  await heading(page, "One more step");
  await send(page, page.getByLabel("Code"), String(codes[0]));
  await heading(page, "Security");
  await section.getByText("9 recovery codes are left.").waitFor();

  await press(page, section.getByRole("button", { name: "Turn off" }));
  await write(page, labelled(page, "Password").and(section.locator("input")), "not the right password");
  await send(page, section.getByLabel("Code"), String(codes[1]));
  await section.getByText("That is not your password.").waitFor();
  await isAccessible(page);
  await send(page, labelled(page, "Password").and(section.locator("input")), person.password);
  await page.getByText("Two-factor authentication is off.").waitFor();
  await leave();
});

test("a passkey is made, renamed, used and removed, and a proof is given, without a mouse", async () => {
  const person = newcomer();
  const { page, context, leave } = await visit(browser, { baseURL: NAMED });
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  await devtools.send("WebAuthn.addVirtualAuthenticator", { options: /** @type {any} */ (options) });
  await page.addInitScript(() => Object.assign(PublicKeyCredential, { isConditionalMediationAvailable: async () => false }));
  await register(page, person);
  await walkTo(page, "Security");
  const section = card(page, "Passkeys");
  let asked = 0;
  await page.route("**/v1/account/passkeys/options", (route) => {
    asked += 1;
    // As if ten minutes had passed, once.
    if (asked > 1) return route.continue();
    return route.fulfill({ status: 403, contentType: "application/json", body: JSON.stringify({ success: false, code: "reauthentication_required" }) });
  });
  await press(page, section.getByRole("button", { name: "Add a passkey" }));
  const proof = page.getByRole("dialog", { name: "Is it you?" });
  await send(page, proof.getByLabel("Password", { exact: true }), "not the right password");
  await proof.getByText("That is not your password.").waitFor();
  await isAccessible(page);
  await send(page, proof.getByLabel("Password", { exact: true }), person.password);
  await section.getByRole("heading", { level: 3, name: "Chrome on Linux" }).waitFor();
  await press(page, section.getByRole("button", { name: "Rename the passkey Chrome on Linux" }));
  await isAccessible(page);
  await send(page, section.getByLabel("Name of the passkey"), "Desk");
  await section.getByRole("heading", { level: 3, name: "Desk" }).waitFor();
  await signOut(page);

  await page.goto("/sign-in?next=/account/security");
  await press(page, page.getByRole("button", { name: "Sign in with a passkey" }), "Space");
  await heading(page, "Security");
  await section.getByText("used just now").waitFor();
  await press(page, section.getByRole("button", { name: "Remove the passkey Desk" }));
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await isAccessible(page);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await section.getByRole("heading", { level: 3, name: "Desk" }).waitFor();
  await press(page, section.getByRole("button", { name: "Remove the passkey Desk" }));
  await press(page, dialog.getByRole("button", { name: "Remove" }));
  await page.getByText("Passkey removed.").waitFor();
  await leave();
});

test("one session is ended, then all others, without a mouse", async () => {
  const person = newcomer();
  const others = [await visit(browser), await visit(browser)];
  await register(others[0].page, person);
  await signIn(others[1].page, person.username, person.password);
  await heading(others[1].page, "Security");
  const { page, leave } = await visit(browser);
  await signIn(page, person.username, person.password, "/account/sessions");
  await heading(page, "Sessions");
  await isAccessible(page);
  const rows = page.locator(".session");
  assert.equal(await rows.count(), 3);
  await press(page, page.getByRole("button", { name: /^End the session/ }).first());
  await page.getByText("Session ended.").waitFor();
  assert.equal(await rows.count(), 2);
  await press(page, page.getByRole("button", { name: "End all others" }));
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await isAccessible(page);
  await press(page, dialog.getByRole("button", { name: "End all others" }));
  await page.getByText("All other sessions have ended.").waitFor();
  assert.equal(await rows.count(), 1);
  await leave();
  for (const other of others) await other.leave();
});
