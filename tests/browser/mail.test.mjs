// @ts-check
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SITE, heading, mailedCode, newcomer, openBrowser, register, visit } from "./site.mjs";
import { isAccessible } from "./accessibility.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

/** @param {import("playwright-core").Page} page @param {ReturnType<typeof newcomer>} person @param {string} [username] */
async function apply(page, person, username = "") {
  await page.goto("/register");
  await page.getByLabel("Email address").fill(person.email);
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.locator("form").getByRole("button", { name: "Create account" }).click();
  await heading(page, "Check your mail");
}

test("a code is pasted with spaces, a wrong one is refused beside the field, and another one is sent", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await apply(page, person);
  const code = page.getByLabel("Code", { exact: true });
  assert.deepEqual([await code.getAttribute("autocomplete"), await code.getAttribute("inputmode")], ["one-time-code", "numeric"]);
  assert.equal(await page.getByLabel("Email address").inputValue(), person.email);
  await code.fill("12345");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Enter the code of the mail.").waitFor();
  const first = await mailedCode(page, person.email);
  await code.fill(first === "000000" ? "000001" : "000000");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("This code is wrong, used already, or too old.").waitFor();
  await page.getByRole("button", { name: "Send another code" }).click();
  await page.getByText("another one is on its way").waitFor();
  let second = first;
  while (second === first) second = await mailedCode(page, person.email);
  // As an Arabic keyboard writes it.
  const typed = second.replace(/\d/g, (digit) => String.fromCodePoint(0x0660 + Number(digit)));
  await code.fill(` ${typed.slice(0, 3)}-${typed.slice(3)} `);
  await code.press("Enter");
  await heading(page, "Profile");
  await leave();
});

test("the page knows the registration after a reload, and one signs in by hand then", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await apply(page, person);
  await page.reload();
  await heading(page, "Check your mail");
  assert.equal(await page.getByLabel("Password", { exact: true }).isVisible(), false);
  await page.getByRole("contentinfo").getByLabel("Language").selectOption("fr");
  await heading(page, "Consultez vos e-mails");
  await page.getByLabel("Code", { exact: true }).fill(await mailedCode(page, person.email));
  await page.getByRole("button", { name: "Confirmer" }).click();
  await heading(page, "Bon retour");
  await page.getByRole("status").getByText("Votre adresse est confirmée. Connectez-vous maintenant.").waitFor();
  assert.equal(await page.getByLabel("Adresse e-mail ou nom d’utilisateur").inputValue(), person.email);
  await isAccessible(page);
  await page.getByRole("contentinfo").getByRole("combobox").first().selectOption("en");
  await page.getByRole("status").getByText("Your address is confirmed. Sign in now.").waitFor();
  assert.equal(await page.getByRole("heading", { level: 1 }).evaluate((element) => document.getElementById(element.getAttribute("aria-describedby") ?? "")?.textContent), "Your address is confirmed. Sign in now.");
  assert.equal(await page.getByLabel("Email address or username").inputValue(), person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.keyboard.press("Enter");
  await heading(page, "Profile");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Sign in" }).first().click();
  await heading(page, "Welcome back");
  assert.deepEqual([await page.getByText("Your address is confirmed").count(), await page.getByLabel("Email address or username").inputValue()], [0, ""]);
  await leave();
});

test("a code can be given back later, in another browser, with the password that was chosen", async () => {
  const person = newcomer();
  const first = await visit(browser);
  await apply(first.page, person);
  await first.leave();
  const { page, leave } = await visit(browser);
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Enter your code" }).click();
  await heading(page, "Check your mail");
  await page.getByLabel("Email address").fill(person.email);
  await page.getByLabel("Code", { exact: true }).fill(await mailedCode(page, person.email));
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.locator('[aria-invalid="true"]').waitFor();
  await page.getByLabel("Password", { exact: true }).fill(`${person.password} of somebody else`);
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("This code is wrong, used already, or too old.").waitFor();
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Confirm" }).click();
  // Nobody knows here whether a name was wanted.
  await heading(page, "Your address is confirmed");
  await page.getByText("Your account has no username yet.").waitFor();
  await isAccessible(page);
  await page.getByRole("link", { name: "Later" }).click();
  await heading(page, "Profile");
  await leave();
});

test("whoever lost the wanted name to a quicker registration is told, signed in or not", async () => {
  const [slow, quick] = [newcomer(), newcomer()];
  const rivals = [slow, { ...newcomer(), username: slow.username }];
  const pages = [];
  for (const person of rivals) {
    const visitor = await visit(browser);
    await apply(visitor.page, person, person.username);
    pages.push(visitor);
  }
  const first = await visit(browser);
  await register(first.page, { ...quick, username: slow.username });
  await first.leave();
  for (const [index, { page, leave }] of pages.entries()) {
    const person = /** @type {ReturnType<typeof newcomer>} */ (rivals[index]);
    if (index === 1) await page.reload();
    await page.getByLabel("Code", { exact: true }).fill(await mailedCode(page, person.email));
    await page.getByRole("button", { name: "Confirm" }).click();
    if (index === 1) {
      await heading(page, "Welcome back");
      await page.getByText(`The username ${slow.username} went to somebody who was quicker`).waitFor();
      await page.getByLabel("Password", { exact: true }).fill(person.password);
      await page.keyboard.press("Enter");
    } else {
      await heading(page, "Your address is confirmed");
      await page.getByText(`The username ${slow.username} went to somebody who was quicker`).waitFor();
      await page.getByRole("link", { name: "Choose a username" }).click();
    }
    await heading(page, "Security");
    await page.getByRole("heading", { name: "Username" }).waitFor();
    await leave();
  }
});

test("the code of another registration of the address can be given back with the password of that one", async () => {
  const person = newcomer();
  const first = await visit(browser);
  await apply(first.page, person);
  const theirs = await mailedCode(first.page, person.email);
  await first.leave();
  const { page, leave } = await visit(browser);
  await apply(page, { ...person, password: `${person.password} again` });
  while ((await mailedCode(page, person.email)) === theirs);
  const password = page.getByLabel("Password", { exact: true });
  assert.equal(await password.isVisible(), false);
  await page.getByLabel("Code", { exact: true }).fill(theirs);
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Did you register more than once?").waitFor();
  await isAccessible(page);
  await password.fill(person.password);
  await page.getByRole("button", { name: "Confirm" }).click();
  await heading(page, "Your address is confirmed");
  await page.getByRole("link", { name: "Later" }).click();
  await heading(page, "Profile");
  await leave();
});

test("a screen's keyboard can be had with letters, for the long code", async () => {
  const { page, leave } = await visit(browser, { hasTouch: true, isMobile: true, viewport: { width: 320, height: 640 } });
  for (const path of ["/verify", "/reset"]) {
    await page.goto(path);
    const code = page.getByLabel("Code", { exact: true });
    await page.getByRole("button", { name: "My code has letters" }).click();
    assert.deepEqual([await code.getAttribute("inputmode"), await code.getAttribute("autocomplete"), await code.evaluate((element) => element === document.activeElement)], ["text", "one-time-code", true], path);
    await page.getByRole("button", { name: "My code has digits only" }).click();
    assert.equal(await code.getAttribute("inputmode"), "numeric");
  }
  await leave();
  const desk = await visit(browser);
  await desk.page.goto("/verify");
  await desk.page.getByLabel("Code", { exact: true }).waitFor();
  assert.equal(await desk.page.getByRole("button", { name: "My code has letters" }).isVisible(), false);
  await desk.leave();
});

test("who has an account already sees the same page as anybody, and the mail says so", async () => {
  const person = newcomer();
  const first = await visit(browser);
  await register(first.page, person);
  await first.leave();
  const { page, leave } = await visit(browser);
  await apply(page, { ...person, password: `${person.password} again` });
  const subject = async () => (await (await page.request.get(`/dev/mail/messages?to=${person.email}`)).json())[0]?.subject;
  while ((await subject()) !== "You have an account already");
  await leave();
});

test("the development inbox shows a mail as its reader sees it, as text, and every template in every language", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await apply(page, person);
  const code = await mailedCode(page, person.email);
  await page.goto("/dev/mail");
  await heading(page, "Development inbox");
  await page.getByLabel("Only to this address").fill(person.email);
  await page.getByRole("button", { name: "Look again" }).click();
  await page.getByRole("button", { name: new RegExp(person.email) }).waitFor();
  const frame = page.frameLocator("iframe");
  await frame.getByText(code, { exact: true }).waitFor();
  assert.equal(await page.locator("iframe").getAttribute("sandbox"), "");
  await page.getByRole("radio", { name: "Text" }).check();
  await page.locator("pre").getByText(code).waitFor();

  await page.getByRole("radio", { name: "Templates" }).check();
  await page.getByRole("button", { name: /password-reset/ }).click();
  await frame.getByRole("heading", { name: "A new password" }).waitFor();
  await page.locator("main").getByLabel("Language").selectOption("ja");
  await page.getByRole("button", { name: /new-sign-in/ }).click();
  await frame.getByRole("heading", { name: "新しいサインイン" }).waitFor();
  assert.equal(await page.getByRole("listitem").count(), 14);
  await leave();
});

test("a mail reads well at 320 px in both themes", async () => {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const { page, leave } = await visit(browser, { viewport: { width: 320, height: 640 }, colorScheme });
    for (const language of ["en", "de", "ja"]) {
      await page.goto(`${SITE}/dev/mail/previews/email-changed/${language}`);
      await page.getByRole("heading").waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, language);
      const [ground, ink] = await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(/** @type {Element} */ (document.querySelector("h1"))).color]);
      assert.deepEqual([ground, ink], colorScheme === "dark" ? ["rgb(11, 19, 16)", "rgb(234, 242, 238)"] : ["rgb(242, 247, 244)", "rgb(15, 35, 27)"]);
    }
    await leave();
  }
});
