// @ts-check
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { heading, mailedCode, mailedLink, newcomer, openBrowser, register, room, visit } from "./site.mjs";
import { isAccessible } from "./accessibility.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

test("a changed address is taken back by the link in the old mailbox, and the one who changed it is out", async () => {
  const person = newcomer();
  const thief = await visit(browser);
  await register(thief.page, person);
  await room(thief.page, "Security");
  const section = thief.page.getByRole("region", { name: "Email address", exact: true });
  const taken = `taken.${person.email}`;
  await section.getByLabel("New email address").fill(person.email);
  await section.getByRole("button", { name: "Send code" }).click();
  await section.getByText("This is what you have already.").waitFor();
  await section.getByLabel("New email address").fill(taken);
  await section.getByRole("button", { name: "Send code" }).click();
  await section.getByText(`We have sent a code to ${taken}.`).waitFor();
  await isAccessible(thief.page);
  await section.getByLabel("Code").fill(await mailedCode(thief.page, taken));
  await section.getByRole("button", { name: "Change address" }).click();
  await thief.page.getByText(`Your email address is ${taken} now.`).first().waitFor();

  const { page, leave } = await visit(browser);
  const link = await mailedLink(page, person.email);
  await page.goto(link);
  await heading(page, "This wasn’t you?");
  assert.equal(new URL(page.url()).search, "", "the token does not stay in the history");
  await isAccessible(page);
  // Neither a reload nor another language loses it.
  await page.reload();
  await page.getByRole("contentinfo").getByLabel("Language").selectOption("de");
  await heading(page, "Das warst nicht du?");
  await page.reload();
  await page.getByRole("contentinfo").getByLabel("Sprache").selectOption("en");
  await heading(page, "This wasn’t you?");
  await page.getByRole("button", { name: "Undo the change" }).press("Enter");
  await heading(page, "Undone");
  await isAccessible(page);
  await page.getByRole("link", { name: "Choose a new password" }).press("Enter");
  await heading(page, "Forgot your password?");
  assert.equal(await page.getByLabel("Email address").inputValue(), person.email);
  await page.goto(link);
  await page.getByRole("button", { name: "Undo the change" }).click();
  await page.getByText("This link was used already").waitFor();
  await leave();
  await thief.page.goto("/account/security");
  await heading(thief.page, "Welcome back");
  await thief.leave();
});
