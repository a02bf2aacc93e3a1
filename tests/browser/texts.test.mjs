// @ts-check
/** The five languages agree: same keys, same placeholders, nothing missing, nothing left over. Needs no browser. */

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

const UI = new URL("../../ui/", import.meta.url);
const LANGUAGES = ["en", "es", "fr", "de", "ja"];

/** @param {string} code @returns {Promise<Record<string, string>>} */
const texts = async (code) => JSON.parse(await readFile(new URL(`languages/${code}.json`, UI), "utf8"));

/** @param {string} text */
const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

async function source() {
  const files = (await readdir(UI, { recursive: true })).filter((name) => name.endsWith(".js"));
  return (await Promise.all(files.map((name) => readFile(new URL(name, UI), "utf8")))).join("\n");
}

test("there is one file for each language and no other", async () => {
  assert.deepEqual((await readdir(new URL("languages/", UI))).sort(), LANGUAGES.map((code) => `${code}.json`).sort());
});

for (const code of LANGUAGES.slice(1)) {
  test(`${code} has the keys and placeholders of en`, async () => {
    const [english, other] = await Promise.all([texts("en"), texts(code)]);
    assert.deepEqual(Object.keys(other).sort(), Object.keys(english).sort());
    for (const [key, text] of Object.entries(english)) assert.deepEqual(placeholders(other[key] ?? ""), placeholders(text), key);
  });
}

test("no text is empty", async () => {
  for (const code of LANGUAGES) for (const [key, text] of Object.entries(await texts(code))) assert.notEqual(text.trim(), "", `${code} ${key}`);
});

test("every text the code asks for is there, and none is there for nobody", async () => {
  const code = await source();
  const keys = Object.keys(await texts("en"));
  const asked = [...code.matchAll(/\bt\("([\w.]+)"/g)].map(([, key]) => key ?? "");
  assert.deepEqual(asked.filter((key) => !keys.includes(key)), []);
  const composed = [...code.matchAll(/(?:\bt\(|texts\[)`([^`]+)`/g)].map(([, key]) => new RegExp(`^${(key ?? "").replaceAll(".", "\\.").replace(/\$\{[^}]+\}/g, "[\\w.]+")}$`));
  const counted = [...code.matchAll(/\btn\("([\w.]+)"/g)].map(([, key]) => key ?? "");
  const known = (/** @type {string} */ key) => asked.includes(key) || counted.some((stem) => key.startsWith(`${stem}.`)) || composed.some((pattern) => pattern.source !== "^[\\w.]+\\.[\\w.]+$" && pattern.test(key));
  assert.deepEqual(keys.filter((key) => !known(key)), []);
});
