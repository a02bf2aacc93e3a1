/** A life with the types that openapi-typescript made: `life.js URL PICTURE`. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const [url, picture] = process.argv.slice(2) as [string, string];
const email = `life.${process.hrtime.bigint()}@example.org`;
const password = "types that were made and not written";
const api = createClient<paths>({ baseUrl: url });

/** What a good answer holds. */
function good<T>(answer: { data?: T; error?: unknown }): T {
  assert.ok(answer.data !== undefined, JSON.stringify(answer.error));
  return answer.data;
}

/** The code of the newest mail. */
async function code(): Promise<string> {
  for (let looks = 0; looks < 100; looks += 1) {
    const [mail] = good(await api.GET("/dev/mail/messages", { params: { query: { to: email } } }));
    const found = mail && /^ +(\d{6})$/m.exec(mail.text)?.[1];
    if (found) return found;
    await pause(100);
  }
  throw new Error("no mail came");
}

const applied = good(await api.POST("/auth/register", { body: { email, password } })).data;
const proof = "registrationId" in applied ? { registrationId: String(applied.registrationId) } : {};
good(await api.POST("/auth/email/verify", { body: { email, otp: await code(), ...proof } }));
const granted = good(await api.POST("/auth/login", { body: { email, password } })).data;
assert.ok("accessToken" in granted);
const headers = { Authorization: `Bearer ${granted.accessToken}` };

const changed = good(await api.PUT("/v1/profile", { headers, body: { displayName: "Ada", bio: null, skills: ["rust"] } })).data;
assert.deepEqual([changed.displayName, changed.bio, changed.skills], ["Ada", "", ["rust"]]);
const own = good(await api.GET("/v1/profile", { headers })).data;
assert.equal(own.displayName, "Ada");

const refused = await api.PUT("/v1/profile", { headers: { ...headers, "Accept-Language": "de" }, body: { displayName: "", timezone: "Mars/Base" } });
const faults: components["schemas"]["FieldFault"][] = refused.error?.errors ?? [];
assert.deepEqual(faults.map((fault) => [fault.pointer, fault.code]), [["/displayName", "empty"], ["/timezone", "not_a_time_zone"]]);
assert.equal(faults[0]?.message, "Das darf nicht leer sein.");

const form = new FormData();
form.set("avatar", new Blob([await readFile(picture)], { type: "image/png" }), "avatar.png");
const shown = good(await api.POST("/v1/profile/avatar", { headers, body: { avatar: "" }, bodySerializer: () => form })).data;
assert.ok("avatarUrl" in shown && shown.width > 0);

const sessions = good(await api.GET("/v1/account/sessions", { headers })).data.items;
assert.deepEqual(sessions.map((session) => session.current), [true]);
good(await api.POST("/auth/logout", { headers }));
assert.equal((await api.GET("/v1/profile", { headers })).response.status, 401);
console.log("openapi-typescript: registered, verified, signed in, changed, pictured, signed out");
