// @ts-check
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { heading, mailedCode, newcomer, openBrowser, register, room, visit } from "./site.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

for (const [locale, title] of [["es-CL", "Te damos la bienvenida de nuevo"], ["fr-CA", "Bon retour"], ["de-AT", "Willkommen zurück"], ["ja-JP", "おかえりなさい"], ["pt-BR", "Welcome back"]]) {
  test(`a guest whose browser asks for ${locale} reads “${title}”`, async () => {
    const { page, leave } = await visit(browser, { locale });
    await page.goto("/sign-in");
    await heading(page, String(title));
    const spoken = locale?.startsWith("pt") ? "en" : locale?.slice(0, 2);
    assert.equal(await page.evaluate(() => document.documentElement.lang), spoken);
    await leave();
  });
}

test("a language chosen in the preferences holds for every page and after a reload", async () => {
  const { page, leave } = await visit(browser);
  await register(page, newcomer());
  await room(page, "Preferences");
  await page.getByLabel("Language").selectOption("de");
  await page.getByRole("radio", { name: "Dark" }).check();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await page.getByRole("button", { name: "Save" }).click();
  await heading(page, "Einstellungen");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await page.goto("/");
  await page.getByRole("link", { name: "Zu deinem Konto" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
  await leave();
});

test("what a guest chose becomes the newcomer’s preference", async () => {
  const { page, leave } = await visit(browser);
  const person = newcomer();
  await page.goto("/");
  await page.getByRole("contentinfo").getByLabel("Language").selectOption("fr");
  await heading(page, "Une seule personne, vue comme vous le choisissez.");
  await page.goto("/register");
  await page.getByLabel("Adresse e-mail").fill(person.email);
  await page.getByLabel("Mot de passe", { exact: true }).fill(person.password);
  await page.locator("form").getByRole("button", { name: "Créer un compte" }).click();
  await heading(page, "Consultez vos e-mails");
  await page.getByLabel("Code", { exact: true }).fill(await mailedCode(page, person.email));
  await page.getByRole("button", { name: "Confirmer" }).click();
  await heading(page, "Profil");
  await page.reload();
  await heading(page, "Profil");
  await leave();
});

for (const [locale, language, email, reserved] of [
  ["de-AT", "de", "Das ist keine E-Mail-Adresse. Eine sieht aus wie ada@example.org.", "Dieser Name ist reserviert. Wähle einen anderen."],
  ["ja-JP", "ja", "メールアドレスではありません。例:ada@example.org", "この名前は予約されています。別の名前を選んでください。"],
]) {
  test(`whoever reads ${language} is told every reason of a refusal in it, beside its field`, async () => {
    const texts = JSON.parse(await readFile(new URL(`../../ui/languages/${language}.json`, import.meta.url), "utf8"));
    const { page, leave } = await visit(browser, { locale });
    await page.goto("/register");
    await page.getByLabel(texts["field.email"], { exact: true }).fill("a@b");
    await page.locator('input[name="username"]').fill("admin");
    await page.getByLabel(texts["field.password"], { exact: true }).fill("a long enough sentence");
    await page.locator("form").getByRole("button", { name: texts["action.register"] }).click();
    await page.locator('[data-field="email"] .error').getByText(String(email)).waitFor();
    await page.locator('[data-field="username"] .error').getByText(String(reserved)).waitFor();
    await leave();
  });
}
