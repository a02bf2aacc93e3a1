// @ts-check
/** Galleries, from a chosen file to a stranger's window. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { heading, newcomer, openBrowser, photos, register, room, save, visit } from "./site.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Locator} Locator */

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

/** Somebody new, in their gallery. @param {import("playwright-core").BrowserContextOptions} [options] */
async function keeper(options) {
  const person = newcomer();
  const visitor = await visit(browser, options);
  await register(visitor.page, person);
  await room(visitor.page, "Gallery");
  return { person, ...visitor };
}

/** @param {Page} page */
const shelf = (page, name = "Robin Vega") => page.locator(".shelf").filter({ has: page.getByRole("heading", { level: 2, name, exact: true }) });

/** @param {Locator} within @param {import("./site.mjs").Picture | import("./site.mjs").Picture[]} files */
const choose = (within, files) => within.getByLabel("Add pictures").setInputFiles(files);

/** Waits until so many pictures are shown. @param {Locator} within @param {number} count */
const shown = (within, count) => within.locator('[data-status="ready"]').nth(count - 1).waitFor();

/** The pictures' ids, in order. @param {Locator} within @returns {Promise<(string | undefined)[]>} */
const order = (within) => within.locator("[data-sort]").evaluateAll((tiles) => tiles.map((tile) => /** @type {HTMLElement} */ (tile).dataset.media));

/** What the server shows, by the colours in the middle of the pictures as the page draws them. @param {Locator} images */
const hues = (images) =>
  images.evaluateAll((all) =>
    all.map((image) => {
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d"));
      const { naturalWidth: width, naturalHeight: height } = /** @type {HTMLImageElement} */ (image);
      context.drawImage(/** @type {HTMLImageElement} */ (image), width / 2 - 8, height / 2 - 8, 16, 16, 0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
      return ["red", "green", "blue"][[red, green, blue].indexOf(Math.max(red, green, blue))];
    }),
  );

/** @param {Page} page @param {Locator} button */
const isFocused = (page, button) => button.evaluate((element) => /** @type {Document | ShadowRoot} */ (element.getRootNode()).activeElement === element);

test("pictures are sent with progress, come to be shown without asking, and strangers look at them large", async () => {
  const { person, page, leave } = await keeper();
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  const mine = shelf(page);
  await mine.getByText("5 more places are free.").waitFor();
  await choose(mine, await photos(page, ["red", "green", "blue"]));
  await mine.getByRole("progressbar", { name: "Sending red.jpg" }).or(mine.locator("[data-status]").first()).first().waitFor();
  await shown(mine, 3);
  await mine.getByText("2 more places are free.").waitFor();
  assert.equal(asked.filter((request) => request.startsWith("POST /uploads/")).length, 3, "the files go straight to the store");
  await page.locator(".frame[data-loaded]").nth(2).waitFor();
  assert.deepEqual(await hues(mine.locator(".frame-picture")), ["red", "green", "blue"], "they stand as they were chosen");
  await leave();

  const stranger = await visit(browser);
  await stranger.page.goto(`/u/${person.username}`);
  await heading(stranger.page, "Robin Vega");
  const second = stranger.page.getByRole("button", { name: "Picture 2 of 3 of Robin Vega. Show larger" });
  await second.focus();
  await stranger.page.keyboard.press("Enter");
  const box = stranger.page.getByRole("dialog", { name: "Pictures" });
  await box.getByRole("img", { name: "Picture 2 of 3 of Robin Vega" }).waitFor();
  await stranger.page.keyboard.press("ArrowRight");
  await box.getByText("3 of 3").waitFor();
  await stranger.page.keyboard.press("ArrowRight");
  await box.getByText("1 of 3").waitFor();
  await box.locator(".frame[data-loaded]").waitFor();
  assert.deepEqual(await hues(box.locator(".frame-picture")), ["red"]);
  await box.getByRole("button", { name: "Picture before" }).click();
  await box.getByText("3 of 3").waitFor();
  await stranger.page.keyboard.press("Escape");
  await box.waitFor({ state: "detached" });
  assert.equal(await isFocused(stranger.page, second), true, "whoever closes it is back where they were");
  await stranger.leave();
});

test("where nothing can tell what happens, it is asked", async () => {
  const { page, context, leave } = await keeper();
  await room(page, "Sessions");
  await context.route("**/v1/account/events*", (route) => route.abort());
  await room(page, "Gallery");
  await choose(shelf(page), await photos(page, ["red"]));
  await shown(shelf(page), 1);
  await leave();
});

test("what happens in another window is seen in this one", async () => {
  const { page, context, leave } = await keeper();
  const other = await context.newPage();
  await other.goto("/account/gallery");
  const mine = shelf(other);
  await mine.waitFor();
  await choose(shelf(page), await photos(page, ["red", "green"]));
  await shown(mine, 2);
  await shelf(page).getByRole("button", { name: "Delete picture 1" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete picture" }).click();
  await mine.locator("[data-sort]").nth(1).waitFor({ state: "detached" });
  await leave();
});

test("pictures are put in order by keys alone, and every move is said", async () => {
  const { page, leave } = await keeper();
  const mine = shelf(page);
  await choose(mine, await photos(page, ["red", "green", "blue"]));
  await shown(mine, 3);
  const [red, green, blue] = await order(mine);
  const said = mine.locator('[aria-live="polite"]');

  await mine.getByRole("button", { name: "Move picture 1", exact: true }).focus();
  await page.keyboard.press("Enter");
  await said.getByText("Picked up. Place 1 of 3.").waitFor();
  await page.keyboard.press("ArrowRight");
  await said.getByText("Place 2 of 3.").waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await said.getByText("Place 3 of 3.").waitFor();
  const saved = page.waitForResponse((response) => response.request().method() === "PUT" && response.ok());
  await page.keyboard.press("Enter");
  await said.getByText("Put down at place 3 of 3.").waitFor();
  await saved;
  assert.deepEqual(await order(mine), [green, blue, red]);
  assert.equal(await isFocused(page, mine.getByRole("button", { name: "Move picture 3", exact: true })), true);

  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowLeft");
  await said.getByText("Place 2 of 3.").waitFor();
  await page.keyboard.press("Escape");
  await said.getByText("Put back at place 3 of 3.").waitFor();

  const savedAgain = page.waitForResponse((response) => response.request().method() === "PUT" && response.ok());
  await mine.getByRole("button", { name: "Move picture 2 earlier" }).click();
  await said.getByText("Place 1 of 3.").waitFor();
  await savedAgain;
  await page.reload();
  await shown(mine, 3);
  assert.deepEqual(await order(mine), [blue, green, red]);
  await leave();
});

test("pictures are put in order by dragging, and a click still opens them", async () => {
  const { page, leave } = await keeper();
  const mine = shelf(page);
  await choose(mine, await photos(page, ["red", "green", "blue"]));
  await shown(mine, 3);
  const [red, green, blue] = await order(mine);
  const place = async (/** @type {number} */ index) => {
    const box = await mine.locator("[data-sort] .tile-open").nth(index).boundingBox();
    assert.ok(box);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const [from, to] = [await place(0), await place(2)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 40, from.y, { steps: 3 });
  await page.mouse.move(to.x, to.y, { steps: 8 });
  const saved = page.waitForResponse((response) => response.request().method() === "PUT" && response.ok());
  await page.mouse.up();
  await saved;
  assert.deepEqual(await order(mine), [green, blue, red]);
  assert.equal(await page.getByRole("dialog").count(), 0, "a drag opens nothing");
  await mine.getByRole("button", { name: "Picture 2 of 3, show larger" }).click();
  await page.getByRole("dialog", { name: "Pictures" }).getByText("2 of 3").waitFor();
  await page.keyboard.press("Escape");
  await leave();
});

test("files that can't be pictures are refused with what to do, and nothing is sent", async () => {
  const { page, leave } = await keeper();
  const mine = shelf(page);
  const told = mine.getByRole("alert");
  const [photo] = await photos(page, ["red"]);
  assert.ok(photo);
  await choose(mine, { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.alloc(2000) });
  await told.getByText("“notes.txt” isn’t a JPEG, PNG or WebP picture. Please choose another file.").waitFor();
  await choose(mine, { name: "huge.png", mimeType: "image/png", buffer: Buffer.alloc(10 * 1024 * 1024 + 1) });
  await told.getByText("“huge.png” is larger than 10 MB. Please choose a smaller picture.").waitFor();
  await choose(mine, { name: "dot.png", mimeType: "image/png", buffer: Buffer.alloc(1023) });
  await told.getByText("“dot.png” is smaller than 1 KB").waitFor();
  await choose(mine, { name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(5000, 7) });
  await told.getByText("“broken.jpg” can’t be read as a picture. Please choose another.").waitFor();
  await choose(mine, Array.from({ length: 6 }, (_, index) => ({ ...photo, name: `${index + 1}.jpg` })));
  await told.getByText("There was no room for 6.jpg. Delete a picture first.").waitFor();
  await shown(mine, 5);
  await mine.getByText("All places are taken. Delete a picture to make room.").waitFor();
  await leave();
});

test("a file that only seems to be a picture of its kind is told of, and removed", async () => {
  const { page, leave } = await keeper();
  const mine = shelf(page);
  // The browser can read it, and the service takes no GIF into galleries, whatever it is called.
  const gif = Buffer.concat([Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64"), Buffer.alloc(2000)]);
  await choose(mine, { name: "moving.png", mimeType: "image/png", buffer: gif });
  const tile = mine.locator('[data-status="error"]');
  await tile.getByText("This file couldn’t be read as a picture. Remove it and choose another.").waitFor();
  await tile.getByRole("button", { name: "Remove" }).click();
  await tile.waitFor({ state: "detached" });
  await mine.getByText("5 more places are free.").waitFor();
  await leave();
});

test("an upload that breaks off or is stopped gives its place back", async () => {
  const { page, context, leave } = await keeper();
  const mine = shelf(page);
  await context.route("**/uploads/**", (route) => route.abort());
  await choose(mine, await photos(page, ["red"]));
  await mine.getByRole("alert").getByText("“red.jpg” was not sent: the connection broke.").waitFor();
  await mine.getByText("5 more places are free.").waitFor();

  await context.unroute("**/uploads/**");
  await context.route("**/uploads/**", () => {});
  await choose(mine, await photos(page, ["green"]));
  await mine.getByRole("button", { name: "Stop sending green.jpg" }).click();
  await mine.getByText("5 more places are free.").waitFor();
  assert.equal(await mine.locator(".tile:not(.free)").count(), 0);
  await context.unroute("**/uploads/**");
  await choose(mine, await photos(page, ["blue"]));
  await shown(mine, 1);
  await leave();
});

test("pictures that are dropped are sent", async () => {
  const { page, leave } = await keeper();
  const [photo] = await photos(page, ["green"]);
  const base64 = photo?.buffer.toString("base64");
  const transfer = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(String(text)), (letter) => letter.charCodeAt(0))], "dropped.jpg", { type: "image/jpeg" }));
    return data;
  }, base64);
  await shelf(page).dispatchEvent("dragover", { dataTransfer: transfer });
  await shelf(page).dispatchEvent("drop", { dataTransfer: transfer });
  await shown(shelf(page), 1);
  await leave();
});

test("a picture is deleted once its owner has said so", async () => {
  const { page, leave } = await keeper();
  const mine = shelf(page);
  await choose(mine, await photos(page, ["red", "green"]));
  await shown(mine, 2);
  await mine.getByRole("button", { name: "Delete picture 1" }).click();
  await page.getByRole("dialog", { name: "Delete this picture?" }).getByRole("button", { name: "Cancel" }).click();
  assert.equal((await order(mine)).length, 2);
  await mine.getByRole("button", { name: "Delete picture 1" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete picture" }).click();
  await page.getByText("Picture deleted.").waitFor();
  await mine.getByText("4 more places are free.").waitFor();
  await leave();
});

test("further profiles are added, changed, moved and deleted, each with its own gallery", async () => {
  const { person, page, leave } = await keeper();
  for (const name of ["At work", "On stage"]) {
    await page.getByRole("button", { name: "Add a profile" }).click();
    const dialog = page.getByRole("dialog", { name: "Add a profile" });
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("This is needed.").waitFor();
    await dialog.getByLabel("Display name").fill(name);
    await dialog.getByLabel("About this profile").fill(`Robin ${name.toLowerCase()}.`);
    await dialog.getByRole("button", { name: "Save" }).click();
    await shelf(page, name).getByText(`Robin ${name.toLowerCase()}.`).waitFor();
  }
  await choose(shelf(page, "On stage"), await photos(page, ["blue"]));
  await shown(shelf(page, "On stage"), 1);
  await page.getByRole("button", { name: "Move On stage up" }).click();
  await page.getByText("Now at place 2 of 3.").waitFor();
  assert.deepEqual(await page.locator(".shelf h2").allTextContents(), ["Robin Vega", "On stage", "At work"]);
  await page.getByRole("button", { name: "Change At work" }).click();
  await page.getByRole("dialog").getByLabel("Display name").fill("In the workshop");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await shelf(page, "In the workshop").waitFor();
  await page.goto(`/u/${person.username}`);
  await heading(page, "Robin Vega");
  await page.getByRole("region", { name: "On stage" }).getByRole("button", { name: "Picture 1 of 1 of On stage. Show larger" }).waitFor();
  await page.getByRole("region", { name: "In the workshop" }).getByText("Robin at work.").waitFor();
  await page.goto("/account/gallery");
  await page.getByRole("button", { name: "Delete On stage" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete profile" }).click();
  await page.getByText("Profile deleted.").waitFor();
  assert.deepEqual(await page.locator(".shelf h2").allTextContents(), ["Robin Vega", "In the workshop"]);
  await leave();
});

test("whoever may not see the picture does not see the gallery", async () => {
  const { person, page, leave } = await keeper();
  await choose(shelf(page), await photos(page, ["red"]));
  await shown(shelf(page), 1);
  await room(page, "Privacy");
  await page.getByRole("radiogroup", { name: "Picture" }).getByLabel("Only me").check();
  await save(page, "Privacy saved.");
  await leave();
  const stranger = await visit(browser);
  const asked = stranger.page.waitForResponse((response) => new URL(response.url()).pathname === "/profiles");
  await stranger.page.goto(`/u/${person.username}`);
  await heading(stranger.page, "Robin Vega");
  assert.deepEqual((await (await asked).json()).data.items, []);
  assert.equal(await stranger.page.getByRole("heading", { name: "Gallery" }).count(), 0);
  await stranger.leave();
});
