// @ts-check
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { heading, newcomer, openBrowser, register, room, visit } from "./site.mjs";
import { isAccessible } from "./accessibility.mjs";
import { totp } from "./totp.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

const STRANGE = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0";

/**
 * Signs in elsewhere, without a browser; with another device unless told with which.
 *
 * @param {import("playwright-core").Page} page
 * @param {ReturnType<typeof newcomer>} person
 */
async function elsewhere(page, person, device = STRANGE) {
  const answer = await page.request.post("/auth/login", { data: { identifier: person.email, password: person.password }, headers: { "User-Agent": device } });
  const { data } = await answer.json();
  const headers = { Authorization: `Bearer ${data.accessToken}` };
  return {
    /** @param {string} path @param {object} body */
    post: (path, body) => page.request.post(path, { data: body, headers }),
    /** @param {string} path */
    get: (path) => page.request.get(path, { headers }),
  };
}

/** @param {import("playwright-core").Page} page */
const types = (page) => page.locator("[data-entry]").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-entry")));

/** The link to the notifications, as it is described. @param {import("playwright-core").Page} page @param {string | null} text */
async function described(page, text) {
  const link = page.getByRole("navigation", { name: "Your account" }).getByRole("link", { name: "Notifications", exact: true });
  const shown = text ? `[aria-description="${text}"]` : ":not([aria-description])";
  await link.and(page.locator(shown)).waitFor();
}

test("what happens elsewhere is in the activity at once, filters choose, and a stranger is put out by one answer", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await register(page, person);
  await room(page, "Activity");
  await page.locator('[data-entry="session.created"][data-current]').getByText("This device").waitFor();
  const there = await elsewhere(page, person);
  const stranger = page.locator('[data-entry="session.created"]:not([data-current])');
  await stranger.getByText("Firefox on Windows").waitFor();
  await there.post("/v1/account/activity", { type: "order.placed", summary: "Two notebooks ordered", data: { orderId: "4711" } });
  await page.getByRole("heading", { name: "Two notebooks ordered" }).waitFor();

  await page.getByLabel("Kind").selectOption("Other applications");
  await page.locator('[data-entry="session.created"]').first().waitFor({ state: "detached" });
  assert.deepEqual(await types(page), ["order.placed"]);
  await page.getByText("Details", { exact: true }).click();
  await page.getByText('{"orderId":"4711"}').waitFor();
  await isAccessible(page);
  await page.getByLabel("Kind").selectOption("Pictures");
  await page.getByRole("heading", { name: "Nothing here" }).waitFor();
  await page.getByLabel("Kind").selectOption("Sign-in and security");
  await page.getByLabel("Time", { exact: true }).selectOption("Last 24 hours");
  await stranger.waitFor();
  assert.equal((await types(page)).every((type) => /^(session|user|security|passkey)\./.test(type ?? "")), true);

  await stranger.getByText("Details", { exact: true }).click();
  await stranger.getByRole("button", { name: "This wasn’t me: Signed in" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "This wasn’t me" }).click();
  await page.getByRole("dialog").getByText("That session has ended.").waitFor();
  await isAccessible(page);
  assert.equal((await there.get("/v1/account")).status(), 401);
  await page.locator('[data-entry="session.ended"]').waitFor({ state: "attached" });
  await page.getByRole("dialog").getByRole("link", { name: "Change your password" }).click();
  await heading(page, "Security");
  assert.equal(await page.getByRole("dialog").count(), 0);
  await leave();
});

/** Turns a second factor on, elsewhere. @param {Awaited<ReturnType<typeof elsewhere>>} there */
async function secondFactor(there) {
  const { data } = await (await there.post("/v1/account/2fa/setup", {})).json();
  assert.equal((await there.post("/v1/account/2fa/verify", { code: totp(data.secret) })).status(), 200);
  return data.secret;
}

test("what a stranger switched off is switched on again, and everybody is signed out", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await register(page, person);
  await room(page, "Activity");
  const there = await elsewhere(page, person);
  const secret = await secondFactor(there);
  const off = await there.post("/v1/account/2fa/disable", { password: person.password, code: totp(secret, 1) });
  assert.equal(off.status(), 200, await off.text());
  const entry = page.locator('[data-entry="user.2fa_disabled"]');
  await entry.getByText("Details", { exact: true }).click();
  await entry.getByRole("button", { name: "This wasn’t me: Two-step sign-in turned off" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "This wasn’t me" }).click();
  await page.waitForURL("**/forgot");
  assert.equal((await there.get("/v1/account")).status(), 401);
  const again = await page.request.post("/auth/login", { data: { identifier: person.email, password: person.password } });
  assert.equal(again.status(), 401, "the password is void");
  await leave();
});

test("a notification is counted at once, and read and deleted by the keyboard alone", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await register(page, person);
  await described(page, null);
  // A new device would be told of as well.
  const there = await elsewhere(page, person, await page.evaluate(() => navigator.userAgent));
  await secondFactor(there);
  await described(page, "1 unread notification");
  await room(page, "Notifications");
  await page.getByRole("heading", { name: "Two-step sign-in is on" }).waitFor();
  await isAccessible(page);
  await there.post("/v1/account/2fa/recovery-codes", { password: person.password });
  await page.getByRole("heading", { name: "You have new recovery codes" }).waitFor();
  await described(page, "2 unread notifications");
  await page.getByRole("button", { name: "Mark as read: You have new recovery codes" }).focus();
  await page.keyboard.press("Enter");
  await described(page, "1 unread notification");
  await page.locator("label").filter({ hasText: "Unread" }).click();
  await page.getByRole("heading", { name: "You have new recovery codes" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete: Two-step sign-in is on" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "No notifications" }).waitFor();
  await described(page, null);
  assert.equal(await page.locator("h1").evaluate((title) => title === /** @type {ShadowRoot} */ (title.getRootNode()).activeElement), true);
  await leave();
});
