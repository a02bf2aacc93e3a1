// @ts-check
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newcomer, openBrowser, register, room, visit } from "./site.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

test("personal data are saved, what is wrong is said beside its field, and what was emptied is gone", async () => {
  const { page, leave } = await visit(browser);
  await register(page, newcomer());
  await room(page, "Personal data");
  await page.getByLabel("First name").fill("Robin");
  await page.getByLabel("Phone number").fill("12");
  await page.getByLabel("Country").selectOption({ label: "Germany" });
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator('[data-field="phone"] .error').getByText("is not a phone number").waitFor();
  assert.equal(await page.getByLabel("Phone number").getAttribute("aria-invalid"), "true");
  await page.getByLabel("Phone number").fill("030 901820");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Personal data saved.").waitFor();
  assert.equal(await page.getByLabel("Phone number").inputValue(), "+4930901820");
  await page.getByLabel("First name").fill("");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Save" }).waitFor({ state: "hidden" });
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Personal data" }).waitFor();
  const shown = await Promise.all(["First name", "Phone number", "Country"].map((label) => page.getByLabel(label).inputValue()));
  assert.deepEqual(shown, ["", "+4930901820", "DE"]);
  await leave();
});
