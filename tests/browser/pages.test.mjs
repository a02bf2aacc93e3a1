// @ts-check
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { SITE, newcomer, openBrowser, photo, photos, register, room, visit } from "./site.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const person = newcomer();
const GUEST = ["/", "/sign-in", "/register", "/verify", "/dev/mail", `/u/${person.username}`, "/u/nobody-by-that-name"];
const MEMBER = ["/account/profile", "/account/avatar", "/account/gallery", "/account/privacy", "/account/preferences", "/account/aliases", "/account/reviews", "/account/account", "/account/security", "/account/sessions", "/account/activity", "/account/notifications", "/account/nowhere", `/u/${person.username}`];

/** @type {import("playwright-core").Browser} */
let browser;

/** @type {Awaited<ReturnType<typeof visit>>} */
let member;

before(async () => {
  browser = await openBrowser();
  member = await visit(browser);
  await register(member.page, person);
  await room(member.page, "Aliases");
  await member.page.getByLabel("Name of the place").fill("a_place_with_quite_a_long_name:of-its-own.which_must_wrap");
  await member.page.getByRole("button", { name: "Who am I there?" }).click();
  await member.page.locator("[data-alias]").waitFor();
  await room(member.page, "Gallery");
  await member.page.getByLabel("Add pictures").setInputFiles(await photos(member.page, ["red", "green", "blue"]));
  await member.page.locator('[data-status="ready"]').nth(2).waitFor();
});
after(async () => {
  await member.leave();
  await browser.close();
});

/**
 * Opens a room: the first by its address, further ones by a link, as a reader would.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} path
 */
async function open(page, path) {
  if (page.url().startsWith(SITE)) {
    for (const old of await page.locator("h1").all()) await old.evaluate((heading) => heading.setAttribute("data-old", ""));
    await page.evaluate((href) => {
      const link = Object.assign(document.createElement("a"), { href });
      document.body.append(link);
      link.click();
      link.remove();
    }, path);
  } else await page.goto(path);
  await page.locator("h1:not([data-old])").waitFor();
  await page.locator("[data-state=waiting]").waitFor({ state: "detached" });
  if (path === `/u/${person.username}`) await page.locator(".pictures").waitFor();
}

/** @param {import("playwright-core").Page} page */
async function violations(page) {
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate(() => /** @type {any} */ (globalThis).axe.run(document, { resultTypes: ["violations"] }));
  return found.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => node.target.flat().join(" ")).join(", ")}`);
}

/** @param {import("playwright-core").Page} page */
function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

for (const theme of /** @type {const} */ (["light", "dark"])) {
  describe(`in the ${theme} theme`, () => {
    /** @type {Awaited<ReturnType<typeof visit>>} */
    let guest;
    before(async () => (guest = await visit(browser, { colorScheme: theme })));
    after(() => guest.leave());
    for (const path of GUEST) {
      test(`${path.replace(person.username, "{username}")} has no accessibility violation for a guest`, async () => {
        await open(guest.page, path);
        assert.deepEqual(await violations(guest.page), []);
      });
    }
    for (const path of MEMBER) {
      test(`${path.replace(person.username, "{username}")} has no accessibility violation for a member`, async () => {
        await member.page.emulateMedia({ colorScheme: theme });
        await open(member.page, path);
        assert.deepEqual(await violations(member.page), []);
      });
    }
    test("a picture in the hand, a profile being named and a picture seen large have no accessibility violation", async () => {
      await member.page.emulateMedia({ colorScheme: theme });
      await open(member.page, "/account/gallery");
      await member.page.locator('[data-status="ready"]').nth(2).waitFor();
      await member.page.getByRole("button", { name: "Move picture 2", exact: true }).click();
      assert.deepEqual(await violations(member.page), [], "in the hand");
      await member.page.keyboard.press("Escape");
      await member.page.getByRole("button", { name: "Add a profile" }).click();
      assert.deepEqual(await violations(member.page), [], "being named");
      await member.page.keyboard.press("Escape");
      await open(member.page, `/u/${person.username}`);
      await member.page.getByRole("button", { name: /^Picture 2 of 3/ }).click();
      await member.page.getByRole("dialog", { name: "Pictures" }).waitFor();
      assert.deepEqual(await violations(member.page), [], "seen large");
      await member.page.keyboard.press("Escape");
    });
    test("cutting a picture and asking a question have no accessibility violation", async () => {
      await member.page.emulateMedia({ colorScheme: theme });
      await open(member.page, "/account/avatar");
      await member.page.getByLabel("Choose a picture").setInputFiles(await photo(member.page));
      await member.page.getByRole("application").waitFor();
      assert.deepEqual(await violations(member.page), []);
      await member.page.getByRole("navigation", { name: "Your account" }).getByRole("link", { name: "Aliases" }).click();
      const question = member.page.getByRole("dialog", { name: "Leave without saving?" });
      await question.waitFor();
      assert.deepEqual(await violations(member.page), []);
      await question.getByRole("button", { name: "Leave" }).click();
      await member.page.getByRole("heading", { level: 1, name: "Aliases" }).waitFor();
    });
  });
}

for (const locale of ["en", "es", "fr", "de", "ja"]) {
  test(`at 320 px nothing has to be scrolled sideways by a guest who reads ${locale}`, async () => {
    const { page, leave } = await visit(browser, { viewport: { width: 320, height: 640 }, locale });
    for (const path of GUEST) {
      await open(page, path);
      assert.equal(await overflow(page), 0, path);
    }
    await leave();
  });
}

for (const width of [320, 768, 1920]) {
  test(`at ${width} px nothing has to be scrolled sideways by a member`, async () => {
    await member.page.setViewportSize({ width, height: 800 });
    for (const path of MEMBER) {
      await open(member.page, path);
      assert.equal(await overflow(member.page), 0, path);
    }
    await open(member.page, "/account/avatar");
    await member.page.getByLabel("Choose a picture").setInputFiles(await photo(member.page));
    await member.page.getByRole("application").waitFor();
    assert.equal(await overflow(member.page), 0, "cropping");
    await member.page.getByRole("button", { name: "Cancel" }).click();
    await member.page.setViewportSize({ width: 1280, height: 900 });
  });
}
