// @ts-check
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mailedCode, newcomer, openBrowser, register, room, save, visit } from "./site.mjs";
import { isAccessible } from "./accessibility.mjs";

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
  await page.locator('[data-field="phone"] .error').getByText("No country gives this phone number out.").waitFor();
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

test("another email address waits for its code, in both rooms and after a reload, and is then the account's", async () => {
  const { page, leave } = await visit(browser);
  const person = newcomer();
  await register(page, person);
  const address = `new.${person.email}`;
  await room(page, "Personal data");
  const section = page.getByRole("region", { name: "Email address", exact: true });
  await section.getByText(`Mail goes to ${person.email}.`).waitFor();
  await section.getByLabel("New email address").fill(address);
  await section.getByRole("button", { name: "Send code" }).click();
  await section.getByText(`We have sent a code to ${address}.`).waitFor();
  await page.reload();
  await section.getByText(`We have sent a code to ${address}.`).waitFor();
  await isAccessible(page);
  await room(page, "Security");
  await section.getByText(`We have sent a code to ${address}.`).waitFor();
  await room(page, "Personal data");
  await section.getByLabel("Code", { exact: true }).fill(await mailedCode(page, address));
  await section.getByRole("button", { name: "Change address" }).click();
  await section.getByText(`Mail goes to ${address}.`).waitFor();
  await section.getByLabel("New email address").waitFor();
  await page.getByLabel("First name").fill("Robin");
  await save(page, "Personal data saved.");
  await leave();
});

test("who gets no more mail is told why and what to do", async () => {
  const { page, leave } = await visit(browser);
  const person = newcomer();
  await register(page, person);
  for (const [problem, words] of [["bounced", "there seems to be no such mailbox"], ["complained", "was reported as spam"]]) {
    await page.route("**/v1/account", async (route) => {
      const response = await route.fetch();
      const body = await response.json();
      body.data.emailProblem = problem;
      await route.fulfill({ response, json: body });
    });
    for (const name of ["Personal data", "Security"]) {
      await page.goto(`/account/${name === "Security" ? "security" : "account"}`);
      const section = page.getByRole("region", { name: "Email address", exact: true });
      await section.getByRole("alert").getByText(String(words)).waitFor();
      await section.getByText("Use another address.").waitFor();
      await isAccessible(page);
    }
    await page.unroute("**/v1/account");
  }
  await leave();
});
