// @ts-check
/** The account area on a phone: what is said can be seen, and words stay whole, in every language. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newcomer, openBrowser, register, visit } from "./site.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof visit>>} */
let visitor;
before(async () => {
  browser = await openBrowser();
  visitor = await visit(browser);
  await register(visitor.page, newcomer());
  await visitor.page.setViewportSize({ width: 320, height: 640 });
});
after(async () => {
  await visitor.leave();
  await browser.close();
});

/** In each room with something to save: one edit. @type {Record<string, (page: import("playwright-core").Page) => Promise<void>>} */
const EDITS = {
  account: (page) => page.getByLabel("City").fill("Paris"),
  profile: (page) => page.getByLabel("Location").fill("Paris"),
  privacy: (page) => page.locator('[data-field="location"]').getByRole("radio", { name: "Only me" }).check({ force: true }),
  preferences: (page) => page.getByRole("switch").last().click(),
};

for (const [name, edit] of Object.entries(EDITS)) {
  test(`that saving failed is seen where one saves: ${name}`, async () => {
    const { page } = visitor;
    await page.goto(`/account/${name}`);
    await edit(page);
    await page.route("**/v1/**", (route) => (route.request().method() === "GET" ? route.continue() : route.abort()));
    await page.getByRole("button", { name: "Save" }).click();
    const alert = page.getByRole("alert");
    await alert.getByText("The server can’t be reached.").waitFor();
    const { top, bottom, seen } = await alert.evaluate((element) => {
      const { top, bottom, left } = element.getBoundingClientRect();
      const root = /** @type {ShadowRoot} */ (element.getRootNode());
      return { top, bottom, seen: element.contains(root.elementFromPoint(left + 20, (top + bottom) / 2)) };
    });
    assert.equal(top >= 0 && bottom <= 640 && seen, true, `${top}–${bottom}`);
    const bar = await page.getByRole("button", { name: "Save" }).boundingBox();
    assert.equal(bottom <= (bar?.y ?? 0), true, "notice and bar lie over each other");
    await page.unroute("**/v1/**");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Save" }).waitFor({ state: "hidden" });
    assert.equal(await alert.count(), 0);
  });
}

test("what is edited is not covered by the notice that a shortcut brought", async () => {
  const { page } = visitor;
  await page.goto("/account/account");
  await page.route("**/v1/account", (route) => (route.request().method() === "GET" ? route.continue() : route.abort()));
  for (const label of ["First name", "Phone number", "Street and number", "Postal code"]) {
    await page.getByLabel(label).fill("1");
    await page.keyboard.press("Control+s");
    await page.getByRole("alert").waitFor();
    const field = await page.getByLabel(label).boundingBox();
    const alert = await page.getByRole("alert").boundingBox();
    assert.equal((field?.y ?? 0) + (field?.height ?? 0) <= (alert?.y ?? 0), true, label);
    await page.getByRole("button", { name: "Discard" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
  }
  await page.unroute("**/v1/account");
});

test("words are whole and nothing juts out, in every language", async () => {
  const { page } = visitor;
  const wrong = [];
  for (const language of ["en", "de", "es", "fr", "ja"]) {
    await page.goto("/account/preferences");
    await page.locator(".theme-choices").waitFor();
    await page.evaluate((language) => import("/ui/i18n.js").then(({ useLanguage }) => useLanguage(language)), language);
    await page.locator(`selfsame-account[lang="${language}"]`).waitFor();
    await page.locator(".theme-choices").waitFor();
    await page.getByRole("switch").last().click();
    await page.locator(".save-bar").waitFor();
    wrong.push(
      ...(await page.evaluate((language) => {
        const root = /** @type {ShadowRoot} */ (document.querySelector("selfsame-account")?.shadowRoot);
        const found = [];
        for (const span of root.querySelectorAll(".account-nav a > span:not(.nav-count)")) {
          const words = language === "ja" ? [] : [...(span.textContent ?? "").matchAll(/\S+/g)];
          for (const word of words) {
            const range = document.createRange();
            range.setStart(/** @type {Node} */ (span.firstChild), word.index);
            range.setEnd(/** @type {Node} */ (span.firstChild), word.index + word[0].length);
            if (range.getClientRects().length > 1) found.push(`${language} broken: ${word[0]}`);
          }
        }
        const within = (/** @type {string} */ inner, /** @type {string} */ outer) => {
          for (const element of root.querySelectorAll(inner)) {
            const [mine, its] = [element.getBoundingClientRect(), /** @type {Element} */ (element.closest(outer)).getBoundingClientRect()];
            const text = document.createRange();
            text.selectNodeContents(element);
            const letters = text.getBoundingClientRect();
            if (Math.min(mine.left, letters.left) < its.left - 0.5 || Math.max(mine.right, letters.right) > its.right + 0.5) found.push(`${language} juts out of ${outer}: ${element.textContent}`);
          }
        };
        within(".save-bar .button", ".save-bar");
        within(".theme-choice > span", ".theme-choice");
        within(".theme-choice", ".theme-choices");
        within(".account-nav a > span", "a");
        if (document.documentElement.scrollWidth > document.documentElement.clientWidth) found.push(`${language} scrolls sideways`);
        return found;
      }, language)),
    );
    await page.locator(".save-bar .button.bare").click();
    await page.locator(".save-bar").waitFor({ state: "hidden" });
  }
  assert.deepEqual(wrong, []);
});
