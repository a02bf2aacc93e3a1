// @ts-check
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SITE, heading, newcomer, openBrowser, register, room, visit } from "./site.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

test("a session outlives a reload, ends by signing out, and its tokens are out of reach of scripts", async () => {
  const person = newcomer();
  const { page, context, leave } = await visit(browser);
  await register(page, person);
  await page.reload();
  await heading(page, "Profile");
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage, cookie: document.cookie }));
  assert.doesNotMatch(stored, /token|eyJ/i);
  const kept = (await context.cookies(new URL("/auth/refresh", page.url()).href)).filter((cookie) => cookie.path === "/auth");
  assert.equal(kept.length > 0 && kept.every((cookie) => cookie.httpOnly && cookie.sameSite === "Strict"), true);

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { level: 1, name: "One self, seen the way you choose." }).waitFor();
  await page.goto("/account/privacy");
  await heading(page, "Welcome back");

  await page.getByLabel("Email address or username").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill("not the right password");
  await page.locator("form").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("There is no account with this name and password.").waitFor();
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.locator("form").getByRole("button", { name: "Sign in" }).click();
  await heading(page, "Privacy");
  await leave();
});

test("a session ended from one browser is gone from the other", async () => {
  const person = newcomer();
  const here = await visit(browser);
  await register(here.page, person);
  const there = await visit(browser);
  await there.page.goto("/sign-in?next=/account/sessions");
  await there.page.getByLabel("Email address or username").fill(person.username);
  await there.page.getByLabel("Password", { exact: true }).fill(person.password);
  await there.page.locator("form").getByRole("button", { name: "Sign in" }).click();
  await heading(there.page, "Sessions");
  await there.page.getByText("This device").waitFor();
  await there.page.getByRole("heading", { name: "Chrome on Linux" }).first().waitFor();

  await there.page.getByRole("button", { name: "End all others" }).click();
  await there.page.getByRole("dialog").getByRole("button", { name: "End all others" }).click();
  await there.page.getByText("All other sessions have ended.").waitFor();
  assert.equal(await there.page.locator(".session").count(), 1);

  await here.page.getByRole("navigation", { name: "Your account" }).getByRole("link", { name: "Privacy" }).click();
  await heading(here.page, "Welcome back");
  await here.leave();
  await there.leave();
});

test("what is wrong with a registration is said beside the field", async () => {
  const { page, leave } = await visit(browser);
  await page.goto("/register");
  await page.getByLabel("Email address").fill("nobody");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.locator("form").getByRole("button", { name: "Create account" }).click();
  const email = page.getByLabel("Email address");
  assert.equal(await email.getAttribute("aria-invalid"), "true");
  assert.equal(await email.evaluate((input) => input === document.activeElement), true);
  const told = await email.evaluate((input) => (input.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent).join(" "));
  assert.match(told, /name@example\.org/);
  await page.getByText("Use 15 to 128 characters.").waitFor();
  await leave();
});

test("a lost connection is said, costs nothing, and is tried again by a button", async () => {
  const { page, context, leave } = await visit(browser);
  await register(page, newcomer());
  await context.setOffline(true);
  await page.getByRole("navigation", { name: "Your account" }).getByRole("link", { name: "Privacy" }).click();
  await page.getByRole("alert").getByText("The server can’t be reached.").waitFor();
  await context.setOffline(false);
  await page.getByRole("button", { name: "Try again" }).click();
  await heading(page, "Privacy");
  await leave();
});

test("a renewal that fails signs nobody out, whoever answers it", async () => {
  const { page, leave } = await visit(browser);
  await register(page, newcomer());
  const page503 = { status: 503, contentType: "text/html", body: "<h1>Upstream is away</h1>" };
  const problem = (status, code) => ({ status, contentType: "application/json", body: JSON.stringify({ success: false, code, detail: "" }) });
  const answers = [page503, { ...page503, status: 401 }, { ...page503, status: 407 }, problem(408, "timeout"), problem(429, "rate_limited"), problem(500, "internal")];
  for (const answer of answers) {
    await page.route("**/auth/refresh", (route) => route.fulfill(answer));
    await page.reload();
    await page.getByRole("main").getByRole("button", { name: "Try again" }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/account/profile", `${answer.status} is no reason to sign in anew`);
    await page.unroute("**/auth/refresh");
    await page.getByRole("main").getByRole("button", { name: "Try again" }).click();
    await heading(page, "Profile");
  }

  // In the midst of work: the token is refused and the renewal fails; once the service is back the same page goes on.
  await page.route("**/auth/refresh", (route) => route.fulfill(page503));
  await page.route("**/v1/**", (route) => route.fulfill(problem(401, "unauthenticated")));
  await page.getByRole("navigation", { name: "Your account" }).getByRole("link", { name: "Privacy" }).click();
  await page.getByRole("button", { name: "Try again" }).waitFor();
  await page.unroute("**/auth/refresh");
  await page.unroute("**/v1/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await heading(page, "Privacy");

  await page.route("**/auth/refresh", (route) => route.fulfill(problem(401, "unauthenticated")));
  await page.reload();
  await heading(page, "Welcome back");
  await leave();
});

test("answers that are lost while a renewal is under way sign nobody out", async () => {
  const { page, context, leave } = await visit(browser);
  await register(page, newcomer());
  const agent = await page.evaluate(() => navigator.userAgent);
  const place = new URL("/auth/refresh", page.url());
  // As the browser sends it; but the answer with the next cookie never reaches it.
  const renewed = async () => {
    const cookie = (await context.cookies(place.href)).map(({ name, value }) => `${name}=${value}`).join("; ");
    const headers = { cookie, origin: place.origin, "user-agent": agent };
    const answer = await fetch(place, { method: "POST", headers });
    await answer.arrayBuffer();
    return answer.status;
  };
  for (let times = 0; times < 6; times++) assert.equal(await renewed(), 200);
  await page.reload();
  await heading(page, "Profile");
  await leave();
});

test("an address that leads nowhere says so, with the status of it, and leads on", async () => {
  const { page, leave } = await visit(browser);
  const answer = await page.goto("/an/address/that/leads/nowhere");
  assert.equal(answer?.status(), 404);
  await heading(page, "Nothing here");
  await page.getByRole("main").getByRole("link").first().click();
  await heading(page, "One self, seen the way you choose.");
  await leave();
});

test("pictures are shown under every name that the server is reached by", async () => {
  const { page, leave } = await visit(browser, { baseURL: SITE.replace("127.0.0.1", "localhost") });
  await register(page, newcomer());
  const portraits = page.locator("img.portrait");
  await portraits.first().waitFor();
  await page.waitForFunction(() => {
    const frames = [document, ...[...document.querySelectorAll("*")].flatMap((element) => element.shadowRoot ?? [])];
    const images = frames.flatMap((frame) => [...frame.querySelectorAll("img")]);
    return images.length > 1 && images.every((image) => image.complete && image.naturalWidth > 0);
  });
  await leave();
});

test("the account area works as one element inside another page", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await register(page, person);
  const answer = await page.request.post("/auth/login", { data: { identifier: person.email, password: person.password } });
  const { data } = await answer.json();
  const early = `document.querySelector("selfsame-account").token = ${JSON.stringify(data.accessToken)}`;
  const body = `<!doctype html><html lang="en"><title>Elsewhere</title><main><selfsame-account room="privacy"></selfsame-account></main><script>${early}</script><script type="module" src="/ui/selfsame-account.js"></script></html>`;
  await page.route("**/an-embedding-page", (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto("/an-embedding-page");
  await heading(page, "Privacy");
  await room(page, "Aliases");
  assert.equal(new URL(page.url()).pathname, "/an-embedding-page");

  await page.evaluate(() => {
    const account = /** @type {any} */ (document.querySelector("selfsame-account"));
    const good = account.token;
    account.addEventListener("selfsame-token-expired", (/** @type {any} */ event) => event.detail.renew(Promise.resolve(good)));
    account.token = "run-out";
  });
  await room(page, "Sessions");
  await leave();
});
