// @ts-check
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { heading, newcomer, openBrowser, photo, register, room, save, visit } from "./site.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

test("a newcomer fills in a profile, chooses a picture, hides the bio, and strangers see just that", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await register(page, person);

  await page.getByLabel("About you").fill("Repairs old synthesizers.");
  await page.getByLabel("Location").fill("Valparaíso");
  await page.getByRole("textbox", { name: "Interests" }).fill("letterpress");
  await page.getByRole("textbox", { name: "Interests" }).press("Enter");
  const preview = page.getByRole("region", { name: "How others see you" });
  await preview.getByText("Repairs old synthesizers.").waitFor();
  await preview.getByText("Shown with your unsaved edits.").waitFor();
  await save(page, "Profile saved.");
  await preview.getByText("This is what they get right now.").waitFor();

  await room(page, "Picture");
  await page.getByLabel("Choose a picture").setInputFiles(await photo(page));
  const sent = page.waitForResponse((response) => response.url().endsWith("/v1/profile/avatar") && response.request().method() === "POST");
  await page.getByRole("button", { name: "Use this picture" }).click();
  const answer = await sent;
  assert.equal(answer.ok(), true, await answer.text());
  await page.getByText("Your new picture is in place.").waitFor();
  await page.getByRole("button", { name: "Remove picture" }).waitFor();

  await room(page, "Privacy");
  await page.getByRole("radiogroup", { name: "About you" }).getByLabel("Only me").check();
  await page.getByText("Nobody but you sees what you say about yourself.").waitFor();
  await save(page, "Privacy saved.");

  await room(page, "Profile");
  await preview.getByText("Robin Vega").waitFor();
  assert.equal(await preview.getByText("Repairs old synthesizers.").count(), 0);
  assert.equal(await preview.getByText("Valparaíso").count(), 0);
  await preview.getByLabel("Signed-in people").check();
  await preview.getByText("Valparaíso").waitFor();
  assert.equal(await preview.getByText("Repairs old synthesizers.").count(), 0);
  await preview.getByLabel("Only me").check();
  await preview.getByText("Repairs old synthesizers.").waitFor();
  await leave();

  const stranger = await visit(browser);
  await stranger.page.goto(`/u/${person.username}`);
  await heading(stranger.page, "Robin Vega");
  const picture = stranger.page.getByRole("img", { name: "Picture of Robin Vega" });
  await picture.waitFor();
  await stranger.page.waitForFunction(() => {
    const image = document.querySelector("article img");
    return image instanceof HTMLImageElement && image.complete && image.naturalWidth > 0;
  });
  assert.doesNotMatch(String(await picture.getAttribute("src")), /\/v1\/avatars\//);
  await stranger.page.getByText("letterpress").waitFor();
  assert.equal(await stranger.page.getByText("Repairs old synthesizers.").count(), 0);
  assert.equal(await stranger.page.getByText("Valparaíso").count(), 0);
  await stranger.leave();
});

test("a file that is no picture is refused where it was chosen, and the old picture stays", async () => {
  const { page, leave } = await visit(browser);
  await register(page, newcomer());
  await room(page, "Picture");
  const input = page.getByLabel("Choose a picture");
  await input.setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("not a picture") });
  await page.getByRole("alert").getByText("Only JPEG, PNG, GIF and WebP pictures can be used.").waitFor();
  await input.setInputFiles({ name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.from("not a picture") });
  await page.getByRole("alert").getByText("This file isn’t a picture that can be read.").waitFor();
  await input.setInputFiles({ name: "huge.png", mimeType: "image/png", buffer: Buffer.alloc(5 * 1024 * 1024 + 1) });
  await page.getByRole("alert").getByText("This picture is too large.").waitFor();
  await page.getByText("Drawn for you, until you choose a picture.").waitFor();
  await leave();
});

test("a pasted picture is moved and zoomed by mouse, and given up again", async () => {
  const { page, leave } = await visit(browser);
  await register(page, newcomer());
  await room(page, "Picture");
  const { buffer } = await photo(page);
  await page.evaluate((base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], "pasted.jpg", { type: "image/jpeg" }));
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
  }, buffer.toString("base64"));
  const stage = page.getByRole("application", { name: "Choose the part that shows" });
  await stage.waitFor();
  const crop = () => page.locator("selfsame-cropper").evaluate((cropper) => /** @type {any} */ (cropper).crop);
  const whole = await crop();
  assert.deepEqual([whole.y, whole.h, whole.w], [0, 1, 400 / 640]);

  const box = await stage.boundingBox();
  assert.ok(box);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y, { steps: 4 });
  await page.mouse.up();
  const moved = await crop();
  assert.equal(moved.x < whole.x && moved.w === whole.w, true, JSON.stringify(moved));
  await page.mouse.wheel(0, -200);
  await page.getByRole("slider", { name: "Zoom" }).and(page.locator(":not([aria-valuetext='100%'])")).waitFor();
  assert.equal((await crop()).w < moved.w, true);

  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Drawn for you, until you choose a picture.").waitFor();
  await leave();
});

test("links that are not web addresses are refused beside the field", async () => {
  const { page, leave } = await visit(browser);
  await register(page, newcomer());
  await page.getByRole("button", { name: "Add a link" }).click();
  await page.getByLabel("Address on Website").fill("javascript:alert(1)");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("A link starts with https:// and names a site.").waitFor();
  await page.getByLabel("Address on Website").fill("https://robin.example");
  await page.getByRole("button", { name: "Add a link" }).click();
  await page.getByRole("button", { name: "Add a link" }).click();
  const [site, second, third] = await page.locator(".links-editor input").all();
  await second?.fill("http://one.example");
  await third?.fill("not an address");
  await page.getByRole("button", { name: "Save" }).click();
  const told = () => page.locator(".links-editor").evaluate((editor) => {
    const { activeElement } = /** @type {ShadowRoot} */ (editor.getRootNode());
    return [...editor.querySelectorAll("input, select")].filter((control) => control.hasAttribute("aria-invalid")).map((control) => {
      const message = (control.getAttribute("aria-describedby") ?? "").split(" ").map((id) => /** @type {ShadowRoot} */ (editor.getRootNode()).getElementById(id)?.textContent).join("");
      const beside = /** @type {Element} */ (control.parentElement).querySelector(".error:not([hidden])")?.textContent;
      return [/** @type {HTMLInputElement} */ (control).value, message, beside, activeElement === control];
    });
  });
  const text = "A link starts with https:// and names a site.";
  assert.deepEqual(await told(), [["http://one.example", text, text, true], ["not an address", text, text, false]]);
  // What only the server finds goes to the same place.
  await second?.fill("https://one.example");
  await third?.fill("https://a:b@[::1");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("This is not a link.").waitFor();
  const found = await told();
  assert.deepEqual(found.map(([address, , , focused]) => [address, focused]), [["https://one.example", true], ["https://a:b@[::1", false]]);
  for (const [, described, beside] of found) assert.equal(described, beside);
  assert.notEqual(found[0]?.[1], found[1]?.[1]);
  await site?.fill("https://robin.example/");
  await page.getByRole("button", { name: "Remove the link to" }).last().click();
  await page.getByRole("button", { name: "Remove the link to" }).last().click();
  await page.getByLabel("Address on Website").fill("https://robin.example");
  await save(page, "Profile saved.");
  await page.getByRole("region", { name: "How others see you" }).getByRole("link", { name: "Website" }).waitFor();
  await leave();
});

test("an alias is found, replaced, looked back on and revealed", async () => {
  const { page, leave } = await visit(browser);
  await register(page, newcomer());
  await room(page, "Aliases");
  await page.getByText("No alias yet").waitFor();
  await page.getByLabel("Name of the place").fill("not a name!");
  await page.getByRole("button", { name: "Who am I there?" }).click();
  await page.getByText("Use 1 to 128 of the letters").waitFor();
  await page.getByLabel("Name of the place").fill("chat_room_123");
  await page.getByRole("button", { name: "Who am I there?" }).click();

  const card = page.locator('[data-context="chat_room_123"]');
  await card.waitFor();
  const first = await card.getAttribute("data-alias");
  await card.getByRole("button", { name: "New alias" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "New alias" }).click();
  await page.locator(`[data-alias="${first}"]`).waitFor({ state: "detached" });

  await card.getByRole("button", { name: "History" }).click();
  const history = page.getByRole("dialog");
  await history.getByRole("listitem").nth(1).waitFor();
  await history.getByRole("button", { name: "Close" }).click();

  await card.getByRole("button", { name: "Show who I am" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  assert.equal(await page.getByText("They know it’s you").count(), 0);
  await card.getByRole("button", { name: "Show who I am" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Show me" }).click();
  await card.getByText("They know it’s you").waitFor();
  await leave();
});

test("unsaved changes hold the reader back until they say so", async () => {
  const { page, leave } = await visit(browser);
  await register(page, newcomer());
  await room(page, "Privacy");
  await room(page, "Profile");
  await page.getByLabel("Location").fill("Valparaíso");
  await page.getByText("Unsaved changes").waitFor();

  await page.goBack();
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Stay" }).click();
  await heading(page, "Profile");
  assert.equal(new URL(page.url()).pathname, "/account/profile");
  assert.equal(await page.getByLabel("Location").inputValue(), "Valparaíso");

  await page.goBack();
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Leave" }).click();
  await heading(page, "Privacy");
  assert.equal(new URL(page.url()).pathname, "/account/privacy");
  await leave();
});

test("a profile changed in another window keeps both changes", async () => {
  const { page, context, leave } = await visit(browser);
  const person = newcomer();
  await register(page, person);
  const other = await context.newPage();
  await other.goto("/account/profile");
  await heading(other, "Profile");

  await page.getByLabel("Location").fill("Valparaíso");
  await save(page, "Profile saved.");
  await other.getByLabel("About you").fill("Repairs old synthesizers.");
  await other.getByRole("button", { name: "Save" }).click();
  await other.getByText("Your profile was changed somewhere else.").waitFor();
  assert.equal(await other.getByLabel("Location").inputValue(), "Valparaíso");
  assert.equal(await other.getByLabel("About you").inputValue(), "Repairs old synthesizers.");
  await save(other, "Profile saved.");
  await leave();
});
