// @ts-check
/** The interface's pure rules, without a browser. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const UI = new URL("../../ui/", import.meta.url);
Object.assign(globalThis, { location: new URL("https://accounts.example/sign-in") });
const { match, ownPath } = await import(new URL("router.js", UI).href);
const { safeAddress } = await import(new URL("dom.js", UI).href);
const { withEdits } = await import(new URL("pages/preview.js", UI).href);
const { forServer } = await import(new URL("pages/account.js", UI).href);
const { difference } = await import(new URL("pages/preferences.js", UI).href);
const { plainDigits } = await import(new URL("components/fields.js", UI).href);
const { bareCode, isCode } = await import(new URL("pages/verify.js", UI).href);
const { Problem } = await import(new URL("api.js", UI).href);
const { readEvents } = await import(new URL("live.js", UI).href);
const { flaw, inOrder } = await import(new URL("media.js", UI).href);
const { decodeThumbhash } = await import(new URL("thumbhash.js", UI).href);

test("a path matches its pattern part by part", () => {
  assert.deepEqual(match("/u/:username", "/u/j%C3%BCrgen"), { username: "jürgen" });
  assert.deepEqual(match("/", "/"), {});
  for (const path of ["/u", "/u/", "/u/a/b", "/v/a"]) assert.equal(match("/u/:username", path), null, path);
  assert.deepEqual(match("/u/:username", "/u/%E0%A4%A"), { username: "%E0%A4%A" });
});

test("after signing in, only an address of this site is gone to", () => {
  assert.equal(ownPath("/account/privacy?x=1", "/home"), "/account/privacy?x=1");
  for (const path of [null, "", "account", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]) assert.equal(ownPath(path, "/home"), "/home", String(path));
});

test("an address that could run or load something else is never put into a page", () => {
  const base = "https://accounts.example/";
  assert.equal(safeAddress("/u/robin", base), "https://accounts.example/u/robin");
  assert.equal(safeAddress("data:image/png;base64,AA", base), "data:image/png;base64,AA");
  for (const address of ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,<script>", "vbscript:x", "file:///etc/passwd", "https://"]) assert.equal(safeAddress(address, base), "about:blank", address);
});

test("the preview lays edits only over what the viewer may see", () => {
  const own = { userId: "usr_1", bio: "old", location: "old", interests: [], privacy: { bio: "public", location: "authenticated", displayName: "private" } };
  const edits = { bio: "new", location: "new", displayName: "new", interests: ["letterpress"] };
  const stranger = { userId: "usr_1", bio: "old", interests: [] };
  assert.deepEqual(withEdits(stranger, own, edits, "public"), { userId: "usr_1", bio: "new", interests: ["letterpress"] });
  assert.deepEqual(withEdits({ ...stranger, location: "old" }, own, edits, "authenticated"), { userId: "usr_1", bio: "new", location: "new", interests: ["letterpress"] });
  assert.equal(withEdits(own, own, edits, "private").displayName, "new");
});

test("only what was changed in the preferences is sent", () => {
  const saved = { theme: "auto", language: "en", notifications: { email: true, push: true }, privacy: { showReadReceipts: true } };
  assert.deepEqual(difference(saved, structuredClone(saved)), {});
  assert.deepEqual(difference(saved, { ...saved, theme: "dark", notifications: { email: false, push: true } }), { theme: "dark", notifications: { email: false } });
});

test("parts of names and addresses are sent within their whole, and what was emptied as null", () => {
  assert.deepEqual(forServer({ last: "", phone: "", city: "Paris" }), { name: { last: null }, phone: null, address: { city: "Paris" } });
  assert.deepEqual(forServer({ phone: "+33142685300" }), { phone: "+33142685300" });
});

test("a code is understood in the digits of any script, however it is spaced", () => {
  for (const text of ["012789", "０１２７８９", "٠١٢٧٨٩", "۰۱۲۷۸۹", "०१२७८९", "𝟎𝟏𝟐𝟕𝟖𝟗", "𑛚𑛛𑛜𑛡𑛢𑛣"]) assert.equal(plainDigits(text), "012789", text);
  assert.equal(plainDigits("K7-½ a"), "K7-1⁄2 a");
  for (const text of [" 012 789 ", "012-789", "٠١٢–٧٨٩", "\u200e012\u2011789\u200f"]) assert.deepEqual([bareCode(text), isCode(text)], ["012789", true], text);
  assert.equal(isCode("01278"), false);
  assert.equal(bareCode("AB١2C-3DE4F"), "AB12C3DE4F");
  assert.equal(isCode("7K2QX-9MD4T-0RVWA-J3N8B-5HCYE"), true);
});

test("a refusal that is no JSON is still a refusal with a code", () => {
  const problem = Problem.from(502, null, null);
  assert.deepEqual([problem.status, problem.code, problem.fields], [502, "unexpected", []]);
  const limited = Problem.from(429, { code: "rate_limited", detail: "Wait.", errors: [] }, "30");
  assert.deepEqual([limited.code, limited.detail, limited.retryAfter], ["rate_limited", "Wait.", 30]);
});

test("events are read as they come, in whatever pieces", () => {
  const text = 'retry: 2000\nid: 11\n\nid: 12\nevent: media.ready\ndata: {"sequence":12}\n\n:\n\nid: 13\nda';
  const expected = [{ id: "11", data: "" }, { id: "12", data: '{"sequence":12}' }, { id: null, data: "" }];
  assert.deepEqual(readEvents(text), { events: expected, rest: "id: 13\nda" });
  let [rest, events] = ["", /** @type {any[]} */ ([])];
  for (const letter of text) {
    const read = readEvents(rest + letter);
    [rest, events] = [read.rest, [...events, ...read.events]];
  }
  assert.deepEqual({ events, rest }, { events: expected, rest: "id: 13\nda" });
});

test("a ThumbHash becomes the pixels that its inventor's own decoder makes of it, within one step of rounding", () => {
  // From the npm package thumbhash 0.1.1: size, first and last pixel. Upright, lying, and with transparency.
  const known = [
    ["1QcSHQRnh493V4dIh4eXh1h4kJUI", 23, 32, [64, 77, 113, 255], [0, 4, 39, 255]],
    ["VggKDYAW6lZvdYd6d2iZh/p4GE/k", 32, 23, [112, 108, 84, 255], [79, 75, 59, 255]],
    ["HPmFCwQHeXVISAd6YmB4B5bWk6NQORQ=", 19, 32, [70, 100, 65, 119], [93, 112, 75, 119]],
  ];
  for (const [hash, across, down, first, last] of known) {
    const { width, height, pixels } = decodeThumbhash(hash);
    assert.deepEqual([width, height], [across, down], String(hash));
    const near = (/** @type {any} */ expected, /** @type {Uint8ClampedArray} */ found) => found.every((value, index) => Math.abs(value - expected[index]) <= 1);
    assert.equal(near(first, pixels.slice(0, 4)) && near(last, pixels.slice(-4)), true, String(hash));
  }
  assert.deepEqual(decodeThumbhash("3OcRJYB4d3h_iIeHeEh3eIhw-j3A"), decodeThumbhash("3OcRJYB4d3h/iIeHeEh3eIhw+j3A"));
});

test("files are judged by kind and size before anything is sent", () => {
  assert.equal(flaw({ type: "image/webp", size: 1024 }), null);
  assert.equal(flaw({ type: "image/jpeg", size: 10 * 1024 * 1024 }), null);
  assert.deepEqual([flaw({ type: "image/gif", size: 5000 }), flaw({ type: "image/png", size: 1023 }), flaw({ type: "image/png", size: 10 * 1024 * 1024 + 1 })], ["type", "small", "large"]);
});

test("the primary profile comes first, the others in their order", () => {
  const profiles = [{ profileId: "c", primary: false, order: 3 }, { profileId: "a", primary: true, order: 9 }, { profileId: "b", primary: false, order: 2 }];
  assert.deepEqual(inOrder(profiles).map((/** @type {any} */ { profileId }) => profileId), ["a", "b", "c"]);
});

test("the page asks ahead for exactly the modules its first script needs", async () => {
  /** @type {Set<string>} */
  const needed = new Set();
  const walk = async (/** @type {string} */ file) => {
    if (needed.has(file)) return;
    needed.add(file);
    const code = await readFile(new URL(file, UI), "utf8");
    for (const [, path] of code.matchAll(/^import[^"]*from "([^"]+)"/gm)) await walk(new URL(path ?? "", new URL(file, "file:///")).pathname.slice(1));
  };
  await walk("app.js");
  needed.delete("app.js");
  const page = await readFile(new URL("index.html", UI), "utf8");
  const asked = [...page.matchAll(/rel="modulepreload" href="\/ui\/([^"]+)"/g)].map(([, file]) => file);
  assert.deepEqual(asked.sort(), [...needed].sort());
});
