/** A client in one tab: signing in and out, calls, refreshes, and everything that may go wrong with them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { BearerError } from "../src/bearer_error.ts";
import { API, Fakes, during, settle } from "./fakes.ts";

const code = (expected: string) => (error: unknown) => {
  assert.ok(error instanceof BearerError, String(error));
  assert.equal(error.code, expected);
  return true;
};

test("nothing is asked before somebody needs an answer", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await fakes.advance(1000);
  assert.equal(fakes.server.requests.length, 0);
  assert.deepEqual(client.session, { status: "unknown", id: null, changed: false, scope: [], secondsLeft: 0, renewals: 0 });
});

test("silent sign-in: one refresh, by cookie, with the custom header and a stored retry key", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  const session = await client.ready;
  assert.deepEqual(session, { status: "in", id: "s1", changed: false, scope: ["a", "b"], secondsLeft: 300, renewals: 1 });
  const [request] = fakes.server.requests;
  assert.equal(request?.credentials, "include");
  assert.equal(request?.redirect, "error");
  assert.ok(Object.isFrozen(session));
  assert.equal(fakes.timers.size, 1, "the renewal ahead, and no timer of a request that is over");
  assert.equal(request?.headers.get("x-bearer-client"), "first-party");
  assert.match(fakes.server.retryKeys[0] ?? "", /^[0-9a-f]{32}$/);
  assert.equal([...fakes.storage.keys()].length, 0, "the key is dropped once the answer is certain");
});

test("nobody is signed in: known after one question, and calls go without a token", async () => {
  const fakes = new Fakes();
  fakes.server.signedIn = false;
  const { client } = fakes.tab();
  assert.equal((await client.ready).status, "out");
  assert.equal((await client.fetch(`${API}open/`)).status, 200);
  assert.equal((await client.fetch(`${API}notes/`)).status, 401);
  assert.equal(fakes.server.refreshes, 1);
});

test("login and logout", async () => {
  const fakes = new Fakes();
  fakes.server.signedIn = false;
  const { client } = fakes.tab();
  const answer: string[] = [];
  await client.ready;
  const stop = client.onChange((session) => answer.push(`${session.status} ${session.id}`));
  await assert.rejects(client.login({ username: "ann", password: "wrong" }), code("invalid_credentials"));
  assert.equal((await client.login({ username: "ann", password: "right" })).id, "s2");
  assert.deepEqual(await (await client.fetch(`${API}notes/`)).json(), { token: "token-1", sent: "" });
  await client.logout();
  assert.equal(client.session.status, "out");
  await client.logout();
  assert.deepEqual(answer, ["in s2", "out null"], "nothing new the second time");
  stop();
  await client.login({ username: "ann", password: "right" });
  assert.equal(answer.length, 2);
});

test("a logout the server never heard of signs nobody out", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  fakes.server.faults = ["down"];
  await assert.rejects(client.logout(), code("unreachable"));
  assert.equal(client.session.status, "in");
  fakes.server.faults = [{ status: 503, code: "retry" }];
  await assert.rejects(client.logout(), code("retry"));
  assert.equal(client.session.status, "in");
});

test("a throttled login says how long", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  fakes.server.faults = [{ status: 429, code: "throttled", headers: { "Retry-After": "60" } }];
  await assert.rejects(client.login({ password: "right" }), (error: BearerError) => {
    assert.deepEqual([error.code, error.status, error.retryAfter], ["throttled", 429, 60]);
    return true;
  });
});

test("a hundred calls at expiry: one refresh", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  await fakes.advance(299_000);
  const before = fakes.server.refreshes;
  const answers = await Promise.all(Array.from({ length: 100 }, () => client.fetch(`${API}notes/`)));
  assert.ok(answers.every((answer) => answer.ok));
  assert.equal(fakes.server.refreshes, before + 1);
  assert.equal(fakes.locked, 2, "and one lock for each refresh");
});

test("ahead of expiry, when the page is in use; an idle or hidden one lets the token lapse", async () => {
  for (const [uses, visible, refreshes] of [
    [true, true, 2],
    [false, true, 1],
    [true, false, 1],
  ] as const) {
    const fakes = new Fakes();
    const tab = fakes.tab();
    await tab.client.ready;
    if (uses) await tab.client.fetch(`${API}notes/`);
    tab.visible = visible;
    await fakes.advance(254_000);
    assert.equal(fakes.server.refreshes, 1, "not before 85 hundredths, with this jitter");
    await fakes.advance(2_000);
    assert.equal(fakes.server.refreshes, refreshes, `used: ${uses}, visible: ${visible}`);
  }
});

test("a 401 for a revoked token: one renewal, and a call without a body is sent once more", async () => {
  for (const method of ["GET", "DELETE"]) {
    const fakes = new Fakes();
    const { client } = fakes.tab();
    await client.ready;
    fakes.server.revoked.add("token-1");
    const answer = await client.fetch(`${API}notes/`, { method });
    assert.deepEqual(await answer.json(), { token: "token-2", sent: "" });
    assert.equal(fakes.server.refreshes, 2);
  }
});

test("no body is sent twice: the 401 is handed over, and a call made anew has the new token", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  fakes.server.revoked.add("token-1");
  const post = () => client.fetch(`${API}notes/`, { method: "POST", body: "milk" });
  assert.equal((await post()).status, 401);
  assert.equal(fakes.server.calls("/notes/"), 1);
  assert.deepEqual(await (await post()).json(), { token: "token-2", sent: "milk" });
  assert.equal(fakes.server.refreshes, 2);
});

test("a 401 whose challenge cannot be read is the caller's: nothing is done twice", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  assert.equal((await client.fetch(`${API}unreadable-401/`)).status, 401);
  assert.equal(fakes.server.calls("/unreadable-401/"), 1);
  assert.equal(fakes.server.refreshes, 1);
});

test("a 401 that stays: no loop", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  for (let n = 1; n < 9; n++) fakes.server.revoked.add(`token-${n}`);
  assert.equal((await client.fetch(`${API}notes/`)).status, 401);
  assert.equal(fakes.server.requests.filter((request) => request.url.endsWith("/notes/")).length, 2);
  assert.equal(fakes.server.refreshes, 2);
});

test("an API's own 401 is the caller's affair", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  assert.equal((await client.fetch(`${API}own-401/`)).status, 401);
  assert.equal(fakes.server.refreshes, 1);
});

test("calls of one moment that are all refused share the renewal", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  fakes.server.revoked.add("token-1");
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.fetch(`${API}notes/`)));
  assert.ok(answers.every((answer) => answer.ok));
  assert.equal(fakes.server.refreshes, 2);
});

test("the token goes to the API and nowhere else", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab({ api: `${API}v1/`, auth: "../auth/" });
  await client.ready;
  for (const url of ["https://evil.test/", `${API}v2/`, "https://api.test.evil.test/v1/", `${API}v1/../x`]) {
    await client.fetch(url);
    assert.equal(fakes.server.requests.at(-1)?.headers.get("authorization"), null, url);
  }
  await client.fetch(`${API}v1/x`);
  assert.equal(fakes.server.requests.at(-1)?.headers.get("authorization"), "Bearer token-1");
  assert.throws(() => fakes.tab({ auth: "https://evil.test/" }), TypeError);
});

test("a lost answer: asked again with the same retry key, also by the next page", async () => {
  const fakes = new Fakes();
  fakes.server.faults = ["lost", "lost", "lost"];
  const first = fakes.tab();
  await assert.rejects(during(fakes, 5_000, first.client.ready), code("unreachable"));
  assert.equal(first.client.session.status, "unknown", "offline is not signed out");
  const next = fakes.tab();
  assert.equal((await next.client.ready).status, "in");
  assert.equal(fakes.server.retryKeys.length, 4);
  assert.equal(new Set(fakes.server.retryKeys).size, 1);
  await during(fakes, 0, next.client.refresh());
  assert.equal(new Set(fakes.server.retryKeys).size, 2, "a new one for a new refresh");
});

test("a stored retry key that is none of ours is not sent", async () => {
  const fakes = new Fakes();
  fakes.server.faults = ["down"];
  const first = fakes.tab();
  first.online = false;
  await assert.rejects(first.client.ready, code("unreachable"));
  const [name] = [...fakes.storage.keys()];
  fakes.storage.set(name ?? "", "<script>");
  await fakes.tab().client.ready;
  assert.match(fakes.server.retryKeys[1] ?? "", /^[0-9a-f]{32}$/);
});

test("storage that throws, and none at all", async () => {
  const broken = () => {
    throw new Error("SecurityError");
  };
  for (const storage of [undefined, { getItem: broken, setItem: broken, removeItem: broken }]) {
    const fakes = new Fakes();
    fakes.server.faults = ["lost"];
    const { client } = fakes.tab({}, { storage });
    assert.equal((await during(fakes, 1000, client.ready)).status, "in");
    assert.equal(new Set(fakes.server.retryKeys).size, 1);
  }
});

test("down for a while: three attempts, a pause, and then again; nobody is signed out", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  await fakes.advance(300_000);
  fakes.server.faults = ["down", "down", "down"];
  await assert.rejects(during(fakes, 1_000, client.fetch(`${API}notes/`)), code("unreachable"));
  assert.equal(fakes.server.refreshes, 4);
  await assert.rejects(client.fetch(`${API}notes/`), code("unreachable"));
  assert.equal(fakes.server.refreshes, 4, "not asked again at once");
  assert.equal(client.session.status, "in");
  await fakes.advance(2_000);
  assert.equal((await client.fetch(`${API}notes/`)).status, 200);
});

test("offline: one attempt, and the way back is taken at once", async () => {
  const fakes = new Fakes();
  const tab = fakes.tab();
  await tab.client.ready;
  await fakes.advance(300_000);
  tab.online = false;
  fakes.server.faults = ["down"];
  await assert.rejects(tab.client.fetch(`${API}notes/`), code("unreachable"));
  assert.equal(fakes.server.refreshes, 2);
  tab.online = true;
  tab.fire("online");
  await settle();
  assert.equal(fakes.server.refreshes, 3);
  assert.equal((await tab.client.fetch(`${API}notes/`)).status, 200);
  assert.equal(fakes.server.refreshes, 3);
});

test("told to wait: a long Retry-After is passed on and kept to", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  await fakes.advance(300_000);
  fakes.server.faults = [{ status: 429, code: "throttled", headers: { "Retry-After": "30" } }];
  await assert.rejects(client.fetch(`${API}notes/`), code("throttled"));
  await fakes.advance(29_000);
  await assert.rejects(client.fetch(`${API}notes/`), code("throttled"));
  assert.equal(fakes.server.refreshes, 2);
  await fakes.advance(1_000);
  assert.equal((await client.fetch(`${API}notes/`)).status, 200);
});

test("a short Retry-After is waited for", async () => {
  const fakes = new Fakes();
  fakes.server.faults = [{ status: 503, code: "retry", headers: { "Retry-After": "1" } }];
  const { client } = fakes.tab();
  const ready = client.ready;
  await fakes.advance(999);
  assert.equal(fakes.server.refreshes, 1);
  await fakes.advance(1);
  assert.equal((await ready).status, "in");
});

const whole = { access_token: "a", token_type: "Bearer", expires_in: 300, scope: "", session_id: "s1" };

test("a refused origin and a page that is no answer of ours: an error, and nobody is signed out", async () => {
  for (const [fault, expected] of [
    [{ status: 403, code: "origin_refused" }, "origin_refused"],
    [{ status: 200, body: "<html>" }, "unexpected_answer"],
    [{ status: 200, body: { access_token: 1 } }, "unexpected_answer"],
    [{ status: 200, body: { ...whole, token_type: "DPoP" } }, "unexpected_answer"],
    [{ status: 200, body: { ...whole, expires_in: 0 } }, "unexpected_answer"],
    [{ status: 200, body: { ...whole, expires_in: "300" } }, "unexpected_answer"],
    [{ status: 200, body: { ...whole, session_id: null } }, "unexpected_answer"],
    [{ status: 404, body: "<html>" }, "unexpected_answer"],
  ] as const) {
    const fakes = new Fakes();
    const { client } = fakes.tab();
    await client.ready;
    fakes.server.faults = [fault];
    await assert.rejects(client.refresh(), code(expected));
    assert.equal(client.session.status, "in");
    assert.equal(fakes.server.refreshes, 2);
  }
});

test("a refresh token in the body is no session of a page's: refused, and not kept", async () => {
  const fakes = new Fakes();
  const body = { ...whole, refresh_token: "secret" };
  fakes.server.faults = [{ status: 200, body }];
  const { client } = fakes.tab();
  await assert.rejects(client.login({ password: "right" }), (error: BearerError) => {
    assert.equal(error.code, "not_a_browser");
    assert.ok(!inspect(error, { depth: 9 }).includes("secret"));
    return true;
  });
  assert.equal(client.session.status, "unknown");
});

test("the session is over: known everywhere, and the call's own answer stands", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  fakes.server.signedIn = false;
  assert.equal((await client.fetch(`${API}notes/`)).status, 401);
  assert.equal(client.session.status, "out");
  assert.equal(fakes.server.refreshes, 2);
  assert.equal(fakes.storage.size, 0, "the retry key went with the session");
});

test("no new token to be had after a 401: the API's answer stands", async () => {
  const fakes = new Fakes();
  const tab = fakes.tab();
  await tab.client.ready;
  fakes.server.revoked.add("token-1");
  fakes.server.faults = ["down"];
  tab.online = false;
  assert.equal((await tab.client.fetch(`${API}notes/`)).status, 401);
  assert.equal(tab.client.session.status, "in");
});

test("a server that never answers is given up", async () => {
  const fakes = new Fakes();
  fakes.server.faults = ["hang", "hang", "hang"];
  const { client } = fakes.tab({ timeout: 1000 });
  await assert.rejects(during(fakes, 10_000, client.ready), code("unreachable"));
  assert.equal(fakes.server.refreshes, 3);
});

test("abort: the caller stops waiting, the refresh goes on", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  let open = () => {};
  fakes.server.gate = new Promise((done) => (open = done));
  const stop = new AbortController();
  const call = client.fetch(`${API}notes/`, { signal: stop.signal });
  const patient = client.fetch(`${API}notes/`);
  await settle();
  stop.abort(new Error("enough"));
  await assert.rejects(call, /enough/);
  open();
  assert.equal((await patient).status, 200);
  assert.equal(fakes.server.refreshes, 1);
  await assert.rejects(client.fetch(`${API}notes/`, { signal: AbortSignal.abort() }), { name: "AbortError" });
  await assert.rejects(client.refresh({ signal: AbortSignal.abort() }), { name: "AbortError" });
  await assert.rejects(client.login({ password: "right" }, { signal: AbortSignal.abort() }), { name: "AbortError" });
  await assert.rejects(client.logout({ signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("a call refused after another had renewed: sent again with what is there, no further refresh", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  fakes.server.revoked.add("token-1");
  let open = () => {};
  fakes.server.slow = new Promise((done) => (open = done));
  const call = client.fetch(`${API}notes/`);
  await settle();
  await client.refresh();
  open();
  assert.equal((await call).status, 200);
  assert.equal(fakes.server.refreshes, 2);
});

test("abort while a refused call waits for its new token", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  fakes.server.revoked.add("token-1");
  fakes.server.gate = new Promise(() => {});
  const stop = new AbortController();
  const call = client.fetch(`${API}notes/`, { signal: stop.signal });
  await settle();
  stop.abort();
  await assert.rejects(call, { name: "AbortError" });
});

test("a retry key that outlived its session is dropped at logout", async () => {
  const fakes = new Fakes();
  const tab = fakes.tab();
  await tab.client.ready;
  tab.online = false;
  fakes.server.faults = ["down"];
  await assert.rejects(tab.client.refresh(), code("unreachable"));
  assert.equal(fakes.storage.size, 1);
  await tab.client.logout();
  assert.equal(fakes.storage.size, 0);
});

test("what a prototype offers is no part of an answer", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  Object.defineProperty(Object.prototype, "refresh_token", { value: "x", configurable: true });
  try {
    assert.equal((await client.ready).status, "in");
  } finally {
    Reflect.deleteProperty(Object.prototype, "refresh_token");
  }
});

test("abort in the middle of a login is an abort, not a network that is down", async () => {
  const fakes = new Fakes();
  fakes.server.faults = ["hang"];
  const { client } = fakes.tab();
  const stop = new AbortController();
  const login = client.login({ password: "right" }, { signal: stop.signal });
  await settle();
  stop.abort();
  await assert.rejects(login, { name: "AbortError" });
});

test("a wall clock two hours off, or set while the page is open", async () => {
  for (const offset of [-7_200_000, 7_200_000]) {
    const fakes = new Fakes();
    const tab = fakes.tab();
    tab.wallOffset = offset;
    await tab.client.ready;
    await fakes.advance(100_000);
    assert.equal((await tab.client.fetch(`${API}notes/`)).status, 200);
    assert.equal(fakes.server.refreshes, 1);
    tab.wallOffset = 0;
    assert.equal((await tab.client.fetch(`${API}notes/`)).status, 200);
    assert.equal(fakes.server.refreshes, offset < 0 ? 2 : 1, "a leap forward costs one refresh, as sleep does");
  }
});

test("back from sleep, and from the back/forward cache", async () => {
  const fakes = new Fakes();
  const tab = fakes.tab();
  await tab.client.ready;
  tab.fire("visibilitychange");
  await settle();
  assert.equal(fakes.server.refreshes, 1, "still fresh");
  tab.fire("online");
  await settle();
  assert.equal(fakes.server.refreshes, 1, "a network that came back asks for nothing while the token is fresh");
  tab.wallOffset = 3_600_000;
  tab.visible = false;
  tab.fire("visibilitychange");
  await settle();
  assert.equal(fakes.server.refreshes, 1, "hidden");
  tab.visible = true;
  tab.fire("visibilitychange");
  await settle();
  assert.equal(fakes.server.refreshes, 2);
  tab.fire("pageshow", { persisted: false });
  await settle();
  assert.equal(fakes.server.refreshes, 2);
  fakes.server.signedIn = false;
  tab.fire("pageshow", { persisted: true });
  await settle();
  assert.equal(tab.client.session.status, "out", "signed out elsewhere while this page lay in the cache");
});

test("a listener that throws stops neither the others nor the client", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  const answer: string[] = [];
  client.onChange(() => {
    throw new Error("the listener's own");
  });
  client.onChange((session) => answer.push(session.status));
  await client.ready;
  assert.deepEqual(answer, ["in"]);
  await assert.rejects(fakes.advance(0), /the listener's own/);
});

test("the token shows in nothing: not in the client, its errors, JSON, a clone or the storage", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  fakes.server.faults = ["lost", "lost", "lost"];
  const error = await during(fakes, 5_000, client.refresh()).catch((caught: unknown) => caught);
  const seen = [client, client.session, error, client.fetch, Object.getOwnPropertyDescriptors(client)]
    .map((thing) => inspect(thing, { depth: 9, showHidden: true, getters: true }) + JSON.stringify(thing))
    .join("");
  assert.ok(!seen.includes("token-"), seen);
  assert.ok(!JSON.stringify([...fakes.storage]).includes("token-"));
  assert.throws(() => structuredClone(client));
  assert.ok(Object.isFrozen(client));
});

test("closed: it renews no more", async () => {
  const fakes = new Fakes();
  const tab = fakes.tab();
  const { client } = tab;
  await client.ready;
  await client.fetch(`${API}notes/`);
  client.close();
  assert.deepEqual([fakes.timers.size, tab.listening], [0, 0]);
  await fakes.advance(400_000);
  for (const type of ["online", "visibilitychange"]) tab.fire(type);
  tab.fire("pageshow", { persisted: true });
  await settle();
  assert.equal(fakes.server.refreshes, 1);
});

test("another header for the token, and what else the login of a project sends", async () => {
  const fakes = new Fakes();
  fakes.server.signedIn = false;
  const { client } = fakes.tab({ tokenHeader: "X-Api-Authorization" });
  await client.login({ username: "ann", password: "right", company: "acme", remember_me: true });
  await client.fetch(`${API}notes/`);
  const sent = (path: string) => fakes.server.requests.find(({ url }) => url === `${API}${path}`)!;
  assert.deepEqual(await sent("auth/login/").clone().json(), { username: "ann", password: "right", company: "acme", remember_me: true });
  const { headers } = sent("notes/");
  assert.deepEqual([headers.get("authorization"), headers.get("x-api-authorization")?.slice(0, 7)], [null, "Bearer "]);
});
