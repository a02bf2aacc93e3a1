// @ts-check
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { heading, mailedCode, newcomer, openBrowser, photo, register, visit } from "./site.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

/**
 * Presses Tab until the focus is where it is wanted.
 *
 * @param {import("playwright-core").Page} page
 * @param {import("playwright-core").Locator} wanted
 */
async function tabTo(page, wanted) {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press("Tab");
    const there = await wanted.evaluate((element) => /** @type {Document | ShadowRoot} */ (element.getRootNode()).activeElement === element);
    if (there) return;
  }
  assert.fail(`the focus never reached ${wanted}`);
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
  const navigation = page.getByRole("navigation", { name: "Your account" });
  await navigation.getByRole("link", { name: "Picture" }).focus();
  await page.keyboard.press("Enter");
  await heading(page, "Picture");

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
