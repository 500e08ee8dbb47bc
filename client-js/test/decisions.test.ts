/** Every row of the tables. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { saysInvalidToken } from "../src/challenge.ts";
import { ATTEMPTS, PAUSE, callStep, confirmsLogout, isWithinApi, nextStep, maySend } from "../src/decisions.ts";
import { readBase, refusesLogin, shouldRenew, retryAfter } from "../src/decisions.ts";
import type { ServerAnswer } from "../src/decisions.ts";
import { age, ahead, fresh, left } from "../src/lifetime.ts";

const answer = (status: number, more: Partial<ServerAnswer> = {}): ServerAnswer => ({
  status,
  code: undefined,
  retryAfter: null,
  tokens: false,
  refreshToken: false,
  ...more,
});

test("a refresh: what each answer means", () => {
  const rows: [string, ServerAnswer, number, boolean, unknown][] = [
    ["tokens", answer(200, { tokens: true }), 1, true, { action: "done" }],
    [
      "a refresh token in the body",
      answer(200, { tokens: true, refreshToken: true }),
      1,
      true,
      { action: "fail", code: "not_a_browser", wait: PAUSE },
    ],
    ["200 that is no answer of ours", answer(200), 1, true, { action: "fail", code: "unexpected_answer", wait: PAUSE }],
    ["the session is over", answer(401, { code: "session_ended" }), 1, true, { action: "end" }],
    ["some other 401", answer(401), 1, true, { action: "fail", code: "unexpected_answer", wait: PAUSE }],
    ["refused", answer(403, { code: "x" }), 1, true, { action: "fail", code: "x", wait: PAUSE }],
    ["no answer", answer(0), 1, true, { action: "retry", after: 225 }],
    ["no answer, again", answer(0), 2, true, { action: "retry", after: 450 }],
    ["no answer, at last", answer(0), ATTEMPTS, true, { action: "fail", code: "unreachable", wait: PAUSE }],
    ["no answer, and offline", answer(0), 1, false, { action: "fail", code: "unreachable", wait: PAUSE }],
    ["503, in a second", answer(503, { code: "retry", retryAfter: 1 }), 1, true, { action: "retry", after: 1000 }],
    ["502 of a proxy", answer(502), 1, true, { action: "retry", after: 225 }],
    ["429, soon", answer(429, { code: "throttled", retryAfter: 5 }), 1, true, { action: "retry", after: 5000 }],
    [
      "429, later",
      answer(429, { code: "throttled", retryAfter: 6 }),
      1,
      true,
      { action: "fail", code: "throttled", wait: 6000 },
    ],
    [
      "429, in a year",
      answer(429, { code: "throttled", retryAfter: 31_536_000 }),
      1,
      true,
      { action: "fail", code: "throttled", wait: 300_000 },
    ],
    [
      "503, at last",
      answer(503, { code: "retry", retryAfter: 4 }),
      ATTEMPTS,
      true,
      { action: "fail", code: "retry", wait: 4000 },
    ],
  ];
  for (const [what, found, attempt, online, step] of rows)
    assert.deepEqual(nextStep(found, attempt, online, 0.5), step, what);
});

test("a call: what comes first", () => {
  assert.equal(callStep("unknown", false), "start");
  assert.equal(callStep("out", false), "anonymous");
  assert.equal(callStep("in", true), "send");
  assert.equal(callStep("in", false), "renew");
});

test("a refused call: whether a new token is asked for", () => {
  const invalid = { status: 401, challenge: 'Bearer realm="api", error="invalid_token"' };
  assert.equal(shouldRenew(invalid, "s1", "s1"), true);
  assert.equal(shouldRenew({ status: 401, challenge: null }, "s1", "s1"), false, "a challenge that cannot be read");
  assert.equal(shouldRenew({ ...invalid, status: 403 }, "s1", "s1"), false);
  assert.equal(shouldRenew({ status: 401, challenge: "Basic" }, "s1", "s1"), false);
  assert.equal(shouldRenew({ status: 401, challenge: 'Bearer error="insufficient_user_authentication"' }, "s1", "s1"), false);
  assert.equal(shouldRenew(invalid, null, null), false, "no token was sent");
  assert.equal(shouldRenew(invalid, "s1", "s2"), false, "never for whoever signed in meanwhile");
  assert.equal(shouldRenew(invalid, "s1", null), false, "nor for nobody");
});

test("a challenge: what says that the token was at fault (BR-08)", () => {
  for (const [header, yes] of [
    ['Bearer error="invalid_token"', true],
    ['bearer realm="a, b", scope="x", error="invalid_token", error_description="It has expired."', true],
    ["Bearer error=invalid_token", true],
    ['BEARER  ERROR = "invalid_token"', true],
    ['Basic realm="x", Bearer realm="api", error="invalid_token"', true],
    ['Bearer realm="api", Basic realm="x"', false],
    ['Bearer realm="api", Basic realm="x", error="invalid_token"', false],
    ['Basic realm="Bearer error=invalid_token"', false],
    ['Bearer realm="\\", error=\\"invalid_token\\""', false],
    ['Bearer error_description="invalid_token"', false],
    ['Bearer error="invalid_token_format"', false],
    ["Bearer", false],
    ["", false],
    [null, false],
  ] as const)
    assert.equal(saysInvalidToken(header), yes, String(header));
});

test("a call: made for whom, sent as whom", () => {
  for (const [made, page, held, yes] of [
    ["s1", "s1", "s1", true],
    [null, null, null, true], // a page of nobody
    [null, "s1", "s1", true], // made before it was known who is signed in
    ["s1", "s1", null, false], // never anonymously
    ["s1", "s1", "s2", false], // nor as somebody else
    ["s1", "s2", "s2", false], // made before the page signed somebody else in
    ["s1", null, null, false], // made before the page signed out
    [null, "s1", "s2", false],
    [null, "s1", null, false],
  ] as const)
    assert.equal(maySend(made, page, held), yes, `${made} ${page} ${held}`);
});

test("a login or a logout: what is certain", () => {
  for (const [found, yes] of [
    [answer(401, { code: "invalid_credentials" }), true],
    [answer(429, { code: "throttled" }), true],
    [answer(200, { tokens: true, refreshToken: true }), true],
    [answer(0), false],
    [answer(200), false],
    [answer(302), false],
    [answer(401), false],
    [answer(408, { code: "x" }), false],
    [answer(500, { code: "x" }), false],
    [answer(503, { code: "retry" }), false],
  ] as const)
    assert.equal(refusesLogin(found), yes, JSON.stringify(found));
  for (const [found, yes] of [
    [answer(204), true],
    [answer(401, { code: "session_ended" }), true],
    [answer(401), false],
    [answer(200), false],
    [answer(0), false],
  ] as const)
    assert.equal(confirmsLogout(found), yes, JSON.stringify(found));
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
    assert.equal(isWithinApi(api, url), yes, url);
});

test("a URL that leaves the API once it is decoded is an error", () => {
  const api = readBase("https://api.test/v1", undefined);
  for (const path of [
    "..%2fx",
    "%2e%2e%2fx",
    "..%2Fx",
    "a/..%2f..%2fx",
    "a%2f..%2fx",
    "..%5cx",
    "a%5C..%5Cx",
    "%252e%252e%252fx",
    "..%25252fx",
    ".%2e%2fx",
    "..;/x",
    "..;a=b%2fx",
    "%2e%2e%3b/x",
    "a/..%2f",
    ".%2fx",
  ])
    assert.throws(() => isWithinApi(api, `https://api.test/v1/${path}`), TypeError, path);
  for (const path of ["..x", "x..", "a%2fb", "100%25", "...", "a..b/%2e.c", ".well-known", "a%3b..", "x?a=..%2f"])
    assert.equal(isWithinApi(api, `https://api.test/v1/${path}`), true, path);
  assert.equal(isWithinApi(api, "https://api.test/v1/%2e%2e/x"), false, "the browser itself reads this as /x");
  assert.equal(isWithinApi(api, "https://api.test/v1\\..\\x"), false);
  assert.equal(isWithinApi(api, "https://other.test/..%2fx"), false);
});

test("tokens are never sent over plain HTTP, except to loopback", () => {
  for (const api of ["http://api.test/", "ftp://api.test/", "https://name:word@api.test/"])
    assert.throws(() => readBase(api, undefined), TypeError, api);
  for (const api of ["http://localhost:8000/", "http://127.0.0.1/", "http://[::1]/", "http://a.localhost/"])
    assert.ok(readBase(api, undefined), api);
  assert.throws(() => readBase("http://localhost.evil.test/", undefined), TypeError);
  assert.equal(readBase("/api", "https://page.test/x?y#z").href, "https://page.test/api/");
});

test("a token's age: the larger of two clocks", () => {
  const lifetime = { left: 300_000, monotonic: 1000, wallClock: 5000 };
  assert.equal(age(lifetime, 2000, 5000), 1000, "the wall clock was set back");
  assert.equal(age(lifetime, 1000, 65_000), 60_000, "the steady clock slept");
  assert.equal(age(lifetime, 0, 0), 0);
  assert.equal(left(lifetime, 2000, 6000), 299_000);
  assert.equal(fresh(lifetime, 1000 + 294_999, 5000), true);
  assert.equal(fresh(lifetime, 1000 + 295_000, 5000), false);
  assert.equal(fresh({ ...lifetime, left: 10_000 }, 1000 + 8_999, 5000), true, "a short lifetime has a short margin");
  assert.equal(ahead(lifetime, 0), 240_000);
  assert.equal(Math.round(ahead(lifetime, 0.999)), 269_970);
});
