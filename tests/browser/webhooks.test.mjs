// @ts-check
/** Webhooks: for administrators alone, from the first one to its last delivery. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { heading, newcomer, openBrowser, register, room, save, visit } from "./site.mjs";
import { isAccessible } from "./accessibility.mjs";

const { SELFSAME_PROGRAM, SELFSAME_DATA } = process.env;
const person = newcomer();
/** What the receiver got, and how it answers. @type {{ got: any[], status: number }} */
const receiver = { got: [], status: 204 };
const server = createServer(async (request, response) => {
  let body = "";
  for await (const piece of request) body += piece;
  receiver.got.push({ headers: request.headers, body: JSON.parse(body) });
  response.writeHead(receiver.status).end();
});

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof visit>>} */
let visitor;
let url = "";

before(async () => {
  assert.ok(SELFSAME_PROGRAM && SELFSAME_DATA, "only the command line makes administrators: SELFSAME_PROGRAM and SELFSAME_DATA say where it is");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/hooks/with/a/rather/long/path/that-must-wrap-on-a-narrow-page`;
  browser = await openBrowser();
  visitor = await visit(browser);
  await register(visitor.page, person);
});
after(async () => {
  await visitor.leave();
  await browser.close();
  server.close();
});

/** A button by the whole of its name. @param {string | RegExp} name */
const button = (name) => visitor.page.getByRole("button", { name, exact: typeof name === "string" });

test("who is no administrator neither sees the room nor gets in", async () => {
  const { page } = visitor;
  await page.getByRole("link", { name: "Sessions", exact: true }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Webhooks" }).count(), 0);
  await page.goto("/account/webhooks");
  await heading(page, "For administrators");
  assert.deepEqual([await page.title(), await page.getByRole("alert").count(), await button("Try again").count()], ["Webhooks · Selfsame", 0, 0]);
});

test("an administrator adds a webhook and sees its secret once", async () => {
  const { page } = visitor;
  execFileSync(String(SELFSAME_PROGRAM), ["user", "promote", person.username, "--data", String(SELFSAME_DATA)], { env: { PATH: process.env.PATH } });
  await page.goto("/account/sessions");
  await room(page, "Webhooks");
  await page.getByRole("heading", { name: "No webhooks yet" }).waitFor();
  await isAccessible(page);
  await button("Add a webhook").click();
  await page.getByLabel("Address", { exact: true }).fill("https://10.0.0.1/");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("This must lead to a public address: 10.0.0.1 is none").waitFor();
  await page.getByLabel("Address", { exact: true }).fill(url);
  await page.getByLabel(/^Description/).fill("Search index");
  await page.getByLabel("All events").uncheck();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("Choose at least one type of event, or all.").waitFor();
  await page.getByLabel("profile.updated", { exact: true }).check();
  await isAccessible(page);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("heading", { name: "The signing secret" }).waitFor();
  assert.match(String(await page.locator("code.long-code").first().textContent()), /^whsec_[A-Za-z0-9+/]{43}=$/);
  await isAccessible(page);
  await button("I have kept it").click();
  assert.equal(await page.getByText("whsec_").count(), 0);
});

test("a test is delivered, and a failure is told", async () => {
  const { page } = visitor;
  await button("Send a test: Search index").click();
  await page.getByText(/^The test was delivered in \d+ ms\.$/).waitFor();
  assert.equal(receiver.got.at(-1).body.type, "webhook.test");
  receiver.status = 500;
  await button("Send a test: Search index").click();
  await page.getByText(/failed: answered 500/).waitFor();
  await isAccessible(page);
  receiver.status = 204;
});

test("an event arrives, is listed, and is sent again", async () => {
  const { page } = visitor;
  await room(page, "Profile");
  await page.getByLabel("About you").fill("Notes on the engine");
  await save(page, "Profile saved.");
  await room(page, "Webhooks");
  await button("Deliveries: Search index").click();
  await page.locator('[data-status="delivered"]', { hasText: "profile.updated" }).waitFor();
  await isAccessible(page);
  const before = receiver.got.filter(({ body }) => body.type === "profile.updated").length;
  assert.equal(before, 1);
  await button(/^Send again: profile\.updated /).click();
  await page.getByText("The event was delivered.").waitFor();
  const got = receiver.got.filter(({ body }) => body.type === "profile.updated");
  assert.equal(got.length, 2);
  assert.equal(got[0].headers["webhook-id"], got[1].headers["webhook-id"]);
  await page.getByLabel("Show").selectOption("Failed");
  await page.locator('[data-status="failed"]', { hasText: "webhook.test" }).waitFor();
});

test("it is edited, gets a new secret, and is disabled, enabled and removed, by keyboard", async () => {
  const { page } = visitor;
  await button("Edit: Search index").focus();
  await page.keyboard.press("Enter");
  await page.getByLabel(/^Description/).fill("Mirror");
  await page.keyboard.press("Enter");
  await page.getByText("Webhook changed.").waitFor();
  await button("New secret: Mirror").press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "New secret" }).press("Enter");
  await page.getByRole("heading", { name: "The signing secret" }).waitFor();
  await button("I have kept it").press("Enter");
  await page.getByText(/the secret before is good until/).waitFor();
  await button("Disable: Mirror").press("Enter");
  await page.getByText("Webhook disabled.").waitFor();
  await page.getByText(/^by hand,/).waitFor();
  await isAccessible(page);
  await button("Enable: Mirror").press("Enter");
  await page.getByText("Webhook enabled.").waitFor();
  await button("Remove: Mirror").press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).press("Enter");
  await page.getByText("Webhook removed.").waitFor();
  assert.equal(await page.getByText(url).count(), 0);
  await heading(page, "Webhooks");
});
