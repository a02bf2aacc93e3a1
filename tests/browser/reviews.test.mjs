// @ts-check
/** Reviews, told of by a service and read by whoever gave them. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SITE, heading, newcomer, openBrowser, register, room, visit } from "./site.mjs";
import { isAccessible } from "./accessibility.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

/** How the reviews of a full list rate, the oldest first. */
const RATINGS = [5, 4, 5, 3, 5, 1, 4, 5, 5, 2, 5, 4, 5, 5, 3, 4, 5, 5, 1, 5, 4, 5, 5, 2];

/** @param {string} user @param {number} number @param {object} [more] */
async function tell(user, number, more = {}) {
  const day = String(number + 1).padStart(2, "0");
  const review = { userId: user, providerId: `prov_${number}`, providerName: `Provider ${number}`, serviceId: "svc", rating: RATINGS[number], comment: `Comment ${number}`, createdAt: `2026-03-${day}T10:00:00Z`, ...more };
  const answer = await fetch(`${SITE}/internal/v1/reviews/${user}-${number}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${process.env.SELFSAME_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(review),
  });
  assert.equal(answer.status, 201, `SELFSAME_TOKEN has to be a token with the scope reviews:write: ${await answer.text()}`);
}

/** A newcomer who gave many reviews, in their room. */
async function reviewer() {
  const { page, leave } = await visit(browser);
  const answer = page.waitForResponse((response) => new URL(response.url()).pathname === "/v1/profile");
  await register(page, newcomer());
  const user = (await (await answer).json()).data.userId;
  for (const number of RATINGS.keys()) await tell(user, number);
  await tell(user, RATINGS.length, {
    rating: 5,
    providerName: "Lichtspielhaus-und-Tontechnik-Verleihgesellschaft am Nordufer",
    comment: "On time, and tidy.\nWould call again.",
    updatedAt: "2026-04-02T10:00:00Z",
    response: "Thank you, see you next year!",
  });
  await room(page, "Reviews");
  return { page, leave };
}

test("who gave no review is told where they will appear", async () => {
  const { page, leave } = await visit(browser);
  await register(page, newcomer());
  await room(page, "Reviews");
  await page.getByRole("heading", { name: "No reviews yet" }).waitFor();
  await isAccessible(page);
  await leave();
});

test("reviews are listed the newest first, more of them on request, and counted beside", async () => {
  const { page, leave } = await reviewer();
  const names = page.locator(".review h2");
  await page.getByRole("button", { name: "Show more" }).waitFor();
  assert.equal(await names.count(), 20);
  assert.match(await names.first().innerText(), /^Lichtspielhaus/);
  await page.getByText("Thank you, see you next year!").waitFor();
  await page.getByText("Mar 25, 2026, changed Apr 2, 2026").waitFor();
  const summary = page.getByRole("region", { name: "How you rate" });
  assert.match((await summary.innerText()).replaceAll("\n", " "), /4\.08 on average, 25 reviews/);
  assert.deepEqual(await summary.locator("li > span:last-child").evaluateAll((counts) => counts.map((count) => count.firstChild?.textContent)), ["14", "5", "2", "2", "2"]);
  await isAccessible(page);
  await page.getByRole("button", { name: "Show more" }).click();
  await page.getByText("25 reviews are shown.").waitFor({ state: "attached" });
  assert.equal(await names.count(), 25);
  assert.equal(await page.getByRole("button", { name: "Show more" }).isVisible(), false);
  assert.equal(await page.evaluate(() => /** @type {any} */ (document.querySelector("selfsame-account")).shadowRoot.activeElement?.innerText.split("\n")[0]), "Provider 4", "the focus goes on to what is new");
  await leave();
});

test("by the keyboard alone reviews are sorted and only some of them shown", async () => {
  const { page, leave } = await reviewer();
  const names = page.locator(".review h2");
  const first = async () => (await names.first().innerText()).split("\n")[0];
  await page.getByLabel("Rating", { exact: true }).focus();
  await page.keyboard.press("End");
  await page.getByText("2 reviews are shown.").waitFor({ state: "attached" });
  assert.deepEqual(await names.allInnerTexts(), ["Provider 18", "Provider 5"]);
  await page.keyboard.press("Home");
  await page.getByText("20 reviews are shown.").waitFor({ state: "attached" });
  await page.keyboard.press("Tab");
  await page.keyboard.press("End");
  await page.locator(".review h2").first().getByText("Provider 18").waitFor();
  assert.deepEqual((await names.allInnerTexts()).slice(0, 4), ["Provider 18", "Provider 5", "Provider 23", "Provider 9"]);
  await page.keyboard.press("ArrowUp");
  await page.locator(".review h2").first().getByText("Lichtspielhaus").waitFor();
  await page.keyboard.press("ArrowUp");
  await page.locator(".review h2").first().getByText("Provider 0").waitFor();
  assert.equal(await first(), "Provider 0");
  await heading(page, "Reviews");
  await leave();
});
