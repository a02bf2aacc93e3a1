// @ts-check
/** Hands that have only a keyboard. Nothing here clicks, and nothing is typed that the focus is not on. */

import assert from "node:assert/strict";

/** So many presses lead around every page. */
const MOST = 150;

/** @param {import("playwright-core").Locator} wanted */
const isFocused = (wanted) => wanted.evaluate((element) => /** @type {Document | ShadowRoot} */ (element.getRootNode()).activeElement === element);

/**
 * Presses Tab until the focus is where it is wanted, and checks that the focus can be seen there.
 *
 * @param {import("playwright-core").Page} page
 * @param {import("playwright-core").Locator} wanted
 * @param {string} [key] `Shift+Tab` to go back
 */
export async function tabTo(page, wanted, key = "Tab") {
  await wanted.waitFor();
  for (let presses = 0; presses < MOST; presses += 1) {
    await page.keyboard.press(key);
    if (await isFocused(wanted)) {
      assert.equal(await wanted.evaluate((element) => element.matches(":focus-visible")), true, `the focus can't be seen on ${wanted}`);
      return;
    }
  }
  assert.fail(`the focus never reached ${wanted}`);
}

/**
 * Goes to something and presses a key there.
 *
 * @param {import("playwright-core").Page} page
 * @param {import("playwright-core").Locator} wanted
 * @param {string} [key]
 */
export async function press(page, wanted, key = "Enter") {
  await tabTo(page, wanted);
  await page.keyboard.press(key);
}

/**
 * Goes to a field and writes over what is there.
 *
 * @param {import("playwright-core").Page} page
 * @param {import("playwright-core").Locator} field
 * @param {string} text
 */
export async function write(page, field, text) {
  await field.waitFor();
  if (!(await isFocused(field))) await tabTo(page, field);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

/** Writes and sends the form. @param {import("playwright-core").Page} page @param {import("playwright-core").Locator} field @param {string} text */
export async function send(page, field, text) {
  await write(page, field, text);
  await page.keyboard.press("Enter");
}
