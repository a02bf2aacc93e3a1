// @ts-check
/** What the browser tests share: the browser, a newcomer, a picture, and an ear for what must never happen. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chromium } from "playwright-core";

/** Where the server under test answers. */
export const SITE = (process.env.SELFSAME_URL ?? "http://127.0.0.1:8080").replace(/\/+$/, "");

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/**
 * Starts Chromium. It now and then dies of itself before its first page (SIGSEGV at the start, seen once in some forty
 * starts), which says nothing about what is tested, so it is started again; what a test finds is never asked twice.
 */
export async function openBrowser() {
  const options = { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS };
  for (let starts = 1; ; starts += 1) {
    try {
      return await chromium.launch(options);
    } catch (error) {
      if (starts === 3) throw error;
      process.stderr.write(`Chromium did not start: ${String(error).split("\n")[0]}\n`);
    }
  }
}

/**
 * A fresh visitor. What a page must never do (throw, run into its own content policy, or ask for a picture or file that
 * it does not get) is written down and checked by `leave`.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function visit(browser, options = {}) {
  const context = await browser.newContext({ locale: "en-US", viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", baseURL: SITE, ...options });
  const page = await context.newPage();
  /** @type {string[]} */
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.stack ?? error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) faults.push(message.text());
  });
  page.on("response", (response) => {
    const kind = response.request().resourceType();
    if (response.status() >= 400 && kind !== "fetch" && kind !== "document") faults.push(`${response.status()} ${response.url()}`);
  });
  const leave = async () => {
    await context.close();
    assert.deepEqual(faults, []);
  };
  return { page, context, leave };
}

/** Details nobody has registered with. */
export function newcomer() {
  const mark = randomBytes(5).toString("hex");
  return { email: `robin.${mark}@example.org`, username: `robin${mark}`, displayName: "Robin Vega", password: `a long enough sentence ${mark}` };
}

/**
 * The code in the newest mail to an address, from the development inbox.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} to
 */
export async function mailedCode(page, to) {
  for (;;) {
    const mails = await (await page.request.get(`/dev/mail/messages?to=${encodeURIComponent(to)}`)).json();
    const [, code] = /^ {4}(\d{6})$/m.exec(mails[0]?.text ?? "") ?? [];
    if (code) return code;
  }
}

/**
 * Where the newest mail to an address leads, once it is one that tells of a change.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} to
 */
export async function mailedLink(page, to) {
  for (;;) {
    const mails = await (await page.request.get(`/dev/mail/messages?to=${encodeURIComponent(to)}`)).json();
    const [, link] = /(\/undo\?token=[\w-]+)/.exec(mails[0]?.text ?? "") ?? [];
    if (link) return link;
  }
}

/**
 * Registers by the form, gives back the code that was mailed and waits for the account area.
 *
 * @param {import("playwright-core").Page} page
 * @param {ReturnType<typeof newcomer>} person
 */
export async function register(page, person) {
  await page.goto("/register");
  await page.getByLabel("Email address").fill(person.email);
  await page.getByLabel("Username").fill(person.username);
  await page.getByLabel("Display name").fill(person.displayName);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.locator("form").getByRole("button", { name: "Create account" }).click();
  await heading(page, "Check your mail");
  await page.getByLabel("Code", { exact: true }).fill(await mailedCode(page, person.email));
  await page.getByRole("button", { name: "Confirm" }).click();
  await heading(page, "Profile");
}

/** @param {import("playwright-core").Page} page @param {string | RegExp} name */
export async function heading(page, name) {
  await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
}

/**
 * Goes to a room of the account area by its link.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
export async function room(page, name) {
  await page.getByRole("navigation", { name: "Your account" }).getByRole("link", { name, exact: true }).click();
  await heading(page, name);
}

/**
 * Saves and waits until the page says so.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} said
 */
export async function save(page, said) {
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(said).waitFor();
}

/** @typedef {{ name: string, mimeType: string, buffer: Buffer }} Picture a file as Playwright takes it */

/**
 * JPEGs of one colour each with some grain, painted by the browser itself.
 *
 * @param {import("playwright-core").Page} page
 * @param {("red" | "green" | "blue")[]} colours
 * @returns {Promise<Picture[]>}
 */
export async function photos(page, colours) {
  const painted = await page.evaluate(async (colours) => {
    const paint = async (/** @type {string} */ colour) => {
      const canvas = new OffscreenCanvas(640, 400);
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
      context.fillStyle = { red: "#c33", green: "#3a4", blue: "#35c" }[colour] ?? colour;
      context.fillRect(0, 0, 640, 400);
      context.fillStyle = "rgb(255 255 255 / 0.15)";
      for (let x = 0; x < 640; x += 13) context.fillRect(x, (x * 7) % 400, 9, 60);
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 })).arrayBuffer());
      return btoa(String.fromCharCode(...bytes));
    };
    return Promise.all(colours.map(paint));
  }, colours);
  return painted.map((base64, index) => ({ name: `${colours[index]}.jpg`, mimeType: "image/jpeg", buffer: Buffer.from(base64, "base64") }));
}

/**
 * A JPEG, wider than tall, painted by the browser itself.
 *
 * @param {import("playwright-core").Page} page
 */
export async function photo(page) {
  const base64 = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(640, 400);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const sky = context.createLinearGradient(0, 0, 640, 400);
    sky.addColorStop(0, "#f3b27a");
    sky.addColorStop(1, "#3b5b8c");
    context.fillStyle = sky;
    context.fillRect(0, 0, 640, 400);
    context.fillStyle = "#203040";
    context.beginPath();
    context.arc(320, 240, 110, 0, 7);
    context.fill();
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 })).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
  });
  return { name: "sunset.jpg", mimeType: "image/jpeg", buffer: Buffer.from(base64, "base64") };
}
