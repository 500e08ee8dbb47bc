/** Every row of the tables. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTEMPTS, PAUSE, before, covers, judge, readBase, repeat, retryAfter } from "../src/decisions.ts";
import type { Heard } from "../src/decisions.ts";
import { age, ahead, fresh, left } from "../src/life.ts";

const heard = (status: number, more: Partial<Heard> = {}): Heard => ({
  status,
  code: undefined,
  retryAfter: null,
  tokens: false,
  refreshToken: false,
  ...more,
});

test("a refresh: what each answer means", () => {
  const rows: [string, Heard, number, boolean, unknown][] = [
    ["tokens", heard(200, { tokens: true }), 1, true, { do: "keep" }],
    [
      "a refresh token in the body",
      heard(200, { tokens: true, refreshToken: true }),
      1,
      true,
      { do: "stop", code: "not_a_browser", wait: PAUSE },
    ],
    ["200 that is no answer of ours", heard(200), 1, true, { do: "stop", code: "unexpected_answer", wait: PAUSE }],
    ["the session is over", heard(401, { code: "session_ended" }), 1, true, { do: "end" }],
    ["some other 401", heard(401), 1, true, { do: "stop", code: "unexpected_answer", wait: PAUSE }],
    ["refused", heard(403, { code: "x" }), 1, true, { do: "stop", code: "x", wait: PAUSE }],
    ["no answer", heard(0), 1, true, { do: "again", after: 225 }],
    ["no answer, again", heard(0), 2, true, { do: "again", after: 450 }],
    ["no answer, at last", heard(0), ATTEMPTS, true, { do: "stop", code: "unreachable", wait: PAUSE }],
    ["no answer, and offline", heard(0), 1, false, { do: "stop", code: "unreachable", wait: PAUSE }],
    ["503, in a second", heard(503, { code: "retry", retryAfter: 1 }), 1, true, { do: "again", after: 1000 }],
    ["502 of a proxy", heard(502), 1, true, { do: "again", after: 225 }],
    ["429, soon", heard(429, { code: "throttled", retryAfter: 5 }), 1, true, { do: "again", after: 5000 }],
    [
      "429, later",
      heard(429, { code: "throttled", retryAfter: 6 }),
      1,
      true,
      { do: "stop", code: "throttled", wait: 6000 },
    ],
    [
      "503, at last",
      heard(503, { code: "retry", retryAfter: 4 }),
      ATTEMPTS,
      true,
      { do: "stop", code: "retry", wait: 4000 },
    ],
  ];
  for (const [what, answer, attempt, online, verdict] of rows)
    assert.deepEqual(judge(answer, attempt, online, 0.5), verdict, what);
});

test("a call: what comes first", () => {
  assert.equal(before("unknown", false), "start");
  assert.equal(before("out", false), "bare");
  assert.equal(before("in", true), "go");
  assert.equal(before("in", false), "renew");
});

test("a refused call: whether it is sent again", () => {
  const invalid = { status: 401, challenge: 'Bearer realm="api", error="invalid_token"' };
  const sent = { token: true, session: "s1" };
  assert.equal(repeat(invalid, sent, { session: "s1" }), true);
  assert.equal(repeat({ status: 401, challenge: null }, sent, { session: "s1" }), true);
  assert.equal(repeat({ status: 403, challenge: null }, sent, { session: "s1" }), false);
  assert.equal(repeat({ status: 401, challenge: "Basic" }, sent, { session: "s1" }), false);
  assert.equal(
    repeat({ status: 401, challenge: 'Bearer error="insufficient_user_authentication"' }, sent, { session: "s1" }),
    false,
  );
  assert.equal(repeat(invalid, { token: false, session: null }, { session: null }), false);
  assert.equal(repeat(invalid, sent, { session: "s2" }), false, "never for whoever signed in meanwhile");
});

test("Retry-After: seconds, or a date by the server's own clock", () => {
  assert.equal(retryAfter(null, null), null);
  assert.equal(retryAfter("7", null), 7);
  const at = (s: number) => new Date(1e12 + s * 1000).toUTCString();
  assert.equal(retryAfter(at(90), at(0)), 90);
  assert.equal(retryAfter(at(0), at(90)), 0);
  assert.equal(retryAfter(at(90), null), null);
  assert.equal(retryAfter("soon", at(0)), null);
  assert.equal(retryAfter("-5", null), null);
});

test("which URLs see the token", () => {
  const api = readBase("https://api.test/v1", undefined);
  assert.equal(api.href, "https://api.test/v1/");
  for (const [url, yes] of [
    ["https://api.test/v1/notes/", true],
    ["https://api.test/v10/", false],
    ["https://api.test/", false],
    ["https://api.test/v1/../x", false],
    ["http://api.test/v1/", false],
    ["https://api.test:444/v1/", false],
    ["https://api.test.evil.test/v1/", false],
    ["https://user@api.test/v1/", true],
    ["blob:https://api.test/v1/", false],
  ] as const)
    assert.equal(covers(api, url), yes, url);
});

test("tokens are never sent in clear, but for loopback", () => {
  for (const api of ["http://api.test/", "ftp://api.test/", "https://name:word@api.test/"])
    assert.throws(() => readBase(api, undefined), TypeError, api);
  for (const api of ["http://localhost:8000/", "http://127.0.0.1/", "http://[::1]/", "http://a.localhost/"])
    assert.ok(readBase(api, undefined), api);
  assert.throws(() => readBase("http://localhost.evil.test/", undefined), TypeError);
  assert.equal(readBase("/api", "https://page.test/x?y#z").href, "https://page.test/api/");
});

test("a token's age: the larger of two clocks", () => {
  const life = { left: 300_000, steady: 1000, wall: 5000 };
  assert.equal(age(life, 2000, 5000), 1000, "the wall clock was set back");
  assert.equal(age(life, 1000, 65_000), 60_000, "the steady clock slept");
  assert.equal(age(life, 0, 0), 0);
  assert.equal(left(life, 2000, 6000), 299_000);
  assert.equal(fresh(life, 1000 + 294_999, 5000), true);
  assert.equal(fresh(life, 1000 + 295_000, 5000), false);
  assert.equal(fresh({ ...life, left: 10_000 }, 1000 + 8_999, 5000), true, "a short life has a short margin");
  assert.equal(ahead(life, 0), 240_000);
  assert.equal(Math.round(ahead(life, 0.999)), 269_970);
});
