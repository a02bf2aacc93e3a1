// @ts-check
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { heading, mailedCode, newcomer, openBrowser, register, visit } from "./site.mjs";
import { isAccessible } from "./accessibility.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

test("a forgotten password is replaced with the code that was mailed, by keyboard alone", async () => {
  const person = newcomer();
  const first = await visit(browser);
  await register(first.page, person);
  const before = await mailedCode(first.page, person.email);
  await first.leave();
  const { page, leave } = await visit(browser);
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Forgot your password?" }).press("Enter");
  await heading(page, "Forgot your password?");
  await isAccessible(page);
  await page.getByLabel("Email address").fill(person.email);
  await page.keyboard.press("Enter");
  await heading(page, "Choose a new password");
  await isAccessible(page);
  const [code, password] = [page.getByLabel("Code", { exact: true }), page.getByLabel("New password", { exact: true })];
  assert.deepEqual([await code.getAttribute("autocomplete"), await password.getAttribute("autocomplete")], ["one-time-code", "new-password"]);
  let mailed = before;
  while (mailed === before) mailed = await mailedCode(page, person.email);
  await code.fill(` ${mailed.slice(0, 3)} ${mailed.slice(3)}`);
  await password.fill("short");
  await page.keyboard.press("Enter");
  await page.getByText("Use at least 15 characters. A sentence is a good password.").waitFor();
  await password.fill(`${person.password} anew`);
  await page.keyboard.press("Enter");
  await heading(page, "Welcome back");
  await page.getByRole("status").getByText("Your password is changed. Sign in with the new one.").waitFor();
  assert.equal(await page.getByLabel("Email address or username").inputValue(), person.email);
  await page.getByLabel("Password", { exact: true }).fill(`${person.password} anew`);
  await page.keyboard.press("Enter");
  await heading(page, "Profile");
  await leave();
});
