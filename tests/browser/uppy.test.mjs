// @ts-check
/** An upload by somebody else's client of S3 (Uppy), which is given nothing but what the service has answered. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { SITE, mailedCode, newcomer, openBrowser, photos, visit } from "./site.mjs";

const uppy = await readFile(createRequire(import.meta.url).resolve("uppy/dist/uppy.min.js"), "utf8");

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

/** @param {string} path @param {string | null} token @param {unknown} [body] */
async function call(path, token, body) {
  const headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(SITE + path, body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) });
  const answer = await response.json();
  assert.equal(response.ok, true, JSON.stringify(answer));
  return answer;
}

test("Uppy uploads a picture with the returned fields alone, and it comes to be shown", async () => {
  const person = newcomer();
  const { page, leave } = await visit(browser);
  await page.goto("/");
  await call("/auth/register", null, person);
  await call("/auth/email/verify", null, { email: person.email, otp: await mailedCode(page, person.email), password: person.password });
  const { data } = await call("/auth/login", null, { identifier: person.username, password: person.password });
  const token = data.accessToken;
  const { data: profiles } = await call("/profiles", token);
  const { profileId } = profiles.items[0];
  const [photo] = await photos(page, ["red"]);
  assert.ok(photo);
  const meta = { size: photo.buffer.length, format: "jpeg", width: 640, height: 400 };
  const ticket = await call(`/profiles/${profileId}/media`, token, { mediaType: "image", mediaMeta: Buffer.from(JSON.stringify(meta)).toString("base64"), mediaOrder: 1 });

  await page.evaluate(uppy);
  const { uploadUrl, uploadMethod, uploadHeaders } = ticket;
  const base64 = photo.buffer.toString("base64");
  const sent = await page.evaluate(
    async ({ uploadUrl, uploadMethod, uploadHeaders, base64 }) => {
      const { Uppy, AwsS3 } = /** @type {any} */ (globalThis).Uppy;
      const client = new Uppy().use(AwsS3, { shouldUseMultipart: false, getUploadParameters: () => ({ method: uploadMethod, url: uploadUrl, fields: uploadHeaders }) });
      const data = new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: "image/jpeg" });
      client.addFile({ name: "red.jpg", type: "image/jpeg", data });
      const { successful, failed } = await client.upload();
      return { failed: failed.map((/** @type {any} */ file) => String(file.error)), answers: successful.map((/** @type {any} */ file) => ({ etag: file.response.body.etag, uploadURL: file.uploadURL })) };
    },
    { uploadUrl, uploadMethod, uploadHeaders, base64 },
  );
  assert.deepEqual(sent.failed, []);
  assert.equal(sent.answers.length, 1);
  assert.match(sent.answers[0].uploadURL, new RegExp(`/${uploadHeaders.key}$`), "the address where S3 would have put it");

  const path = `/profiles/${profileId}/media/${ticket.mediaId}`;
  const done = await call(path, token, { uploadSuccess: true, s3ETag: sent.answers[0].etag, actualSize: photo.buffer.length });
  assert.deepEqual([done.mediaId, done.status], [ticket.mediaId, "processing"]);
  const media = await page.evaluate(
    async ({ path, token }) => {
      const ask = async () => (await fetch(path, { headers: { Authorization: `Bearer ${token}` } })).json();
      let media = await ask();
      while (media.status === "processing") media = await ask();
      return media;
    },
    { path, token },
  );
  assert.equal(media.status, "ready", JSON.stringify(media));
  assert.equal((await fetch(media.urls.original)).headers.get("Content-Type"), "image/jpeg");
  await leave();
});
