/** A client in one tab: signing in and out, calls, refreshes, and everything that may go wrong with them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { BearerError } from "../src/failure.ts";
import { API, World, during, settle } from "./world.ts";

const code = (expected: string) => (error: unknown) => {
  assert.ok(error instanceof BearerError, String(error));
  assert.equal(error.code, expected);
  return true;
};

test("nothing is asked before somebody needs an answer", async () => {
  const world = new World();
  const { client } = world.tab();
  await world.advance(1000);
  assert.equal(world.server.requests.length, 0);
  assert.deepEqual(client.session, { status: "unknown", id: null, changed: false, scope: [], secondsLeft: 0, renewals: 0 });
});

test("silent sign-in: one refresh, by cookie, with the custom header and a stored retry key", async () => {
  const world = new World();
  const { client } = world.tab();
  const session = await client.ready;
  assert.deepEqual(session, { status: "in", id: "s1", changed: false, scope: ["a", "b"], secondsLeft: 300, renewals: 1 });
  const [request] = world.server.requests;
  assert.equal(request?.credentials, "include");
  assert.equal(request?.redirect, "error");
  assert.ok(Object.isFrozen(session));
  assert.equal(world.timers.size, 1, "the renewal ahead, and no timer of a request that is over");
  assert.equal(request?.headers.get("x-bearer-client"), "first-party");
  assert.match(world.server.retryKeys[0] ?? "", /^[0-9a-f]{32}$/);
  assert.equal([...world.storage.keys()].length, 0, "the key is dropped once the answer is certain");
});

test("nobody is signed in: known after one question, and calls go without a token", async () => {
  const world = new World();
  world.server.signedIn = false;
  const { client } = world.tab();
  assert.equal((await client.ready).status, "out");
  assert.equal((await client.fetch(`${API}open/`)).status, 200);
  assert.equal((await client.fetch(`${API}notes/`)).status, 401);
  assert.equal(world.server.refreshes, 1);
});

test("login and logout", async () => {
  const world = new World();
  world.server.signedIn = false;
  const { client } = world.tab();
  const heard: string[] = [];
  await client.ready;
  const stop = client.onChange((session) => heard.push(`${session.status} ${session.id}`));
  await assert.rejects(client.login({ username: "ann", password: "wrong" }), code("invalid_credentials"));
  assert.equal((await client.login({ username: "ann", password: "right" })).id, "s2");
  assert.deepEqual(await (await client.fetch(`${API}notes/`)).json(), { token: "token-1", sent: "" });
  await client.logout();
  assert.equal(client.session.status, "out");
  await client.logout();
  assert.deepEqual(heard, ["in s2", "out null"], "nothing new the second time");
  stop();
  await client.login({ username: "ann", password: "right" });
  assert.equal(heard.length, 2);
});

test("a logout the server never heard of signs nobody out", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  world.server.faults = ["down"];
  await assert.rejects(client.logout(), code("unreachable"));
  assert.equal(client.session.status, "in");
  world.server.faults = [{ status: 503, code: "retry" }];
  await assert.rejects(client.logout(), code("retry"));
  assert.equal(client.session.status, "in");
});

test("a throttled login says how long", async () => {
  const world = new World();
  const { client } = world.tab();
  world.server.faults = [{ status: 429, code: "throttled", headers: { "Retry-After": "60" } }];
  await assert.rejects(client.login({ password: "right" }), (error: BearerError) => {
    assert.deepEqual([error.code, error.status, error.retryAfter], ["throttled", 429, 60]);
    return true;
  });
});

test("a hundred calls at expiry: one refresh", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  await world.advance(299_000);
  const before = world.server.refreshes;
  const answers = await Promise.all(Array.from({ length: 100 }, () => client.fetch(`${API}notes/`)));
  assert.ok(answers.every((answer) => answer.ok));
  assert.equal(world.server.refreshes, before + 1);
  assert.equal(world.locked, 2, "and one lock for each refresh");
});

test("ahead of expiry, when the page is in use; an idle or hidden one lets the token lapse", async () => {
  for (const [uses, visible, refreshes] of [
    [true, true, 2],
    [false, true, 1],
    [true, false, 1],
  ] as const) {
    const world = new World();
    const tab = world.tab();
    await tab.client.ready;
    if (uses) await tab.client.fetch(`${API}notes/`);
    tab.visible = visible;
    await world.advance(254_000);
    assert.equal(world.server.refreshes, 1, "not before 85 hundredths, with this jitter");
    await world.advance(2_000);
    assert.equal(world.server.refreshes, refreshes, `used: ${uses}, visible: ${visible}`);
  }
});

test("a 401 for a revoked token: one renewal, and a call without a body is sent once more", async () => {
  for (const method of ["GET", "DELETE"]) {
    const world = new World();
    const { client } = world.tab();
    await client.ready;
    world.server.revoked.add("token-1");
    const answer = await client.fetch(`${API}notes/`, { method });
    assert.deepEqual(await answer.json(), { token: "token-2", sent: "" });
    assert.equal(world.server.refreshes, 2);
  }
});

test("no body is sent twice: the 401 is handed over, and a call made anew has the new token", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  world.server.revoked.add("token-1");
  const post = () => client.fetch(`${API}notes/`, { method: "POST", body: "milk" });
  assert.equal((await post()).status, 401);
  assert.equal(world.server.calls("/notes/"), 1);
  assert.deepEqual(await (await post()).json(), { token: "token-2", sent: "milk" });
  assert.equal(world.server.refreshes, 2);
});

test("a 401 whose challenge cannot be read is the caller's: nothing is done twice", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  assert.equal((await client.fetch(`${API}unreadable-401/`)).status, 401);
  assert.equal(world.server.calls("/unreadable-401/"), 1);
  assert.equal(world.server.refreshes, 1);
});

test("a 401 that stays: no loop", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  for (let n = 1; n < 9; n++) world.server.revoked.add(`token-${n}`);
  assert.equal((await client.fetch(`${API}notes/`)).status, 401);
  assert.equal(world.server.requests.filter((request) => request.url.endsWith("/notes/")).length, 2);
  assert.equal(world.server.refreshes, 2);
});

test("an API's own 401 is the caller's affair", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  assert.equal((await client.fetch(`${API}own-401/`)).status, 401);
  assert.equal(world.server.refreshes, 1);
});

test("calls of one moment that are all refused share the renewal", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  world.server.revoked.add("token-1");
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.fetch(`${API}notes/`)));
  assert.ok(answers.every((answer) => answer.ok));
  assert.equal(world.server.refreshes, 2);
});

test("the token goes to the API and nowhere else", async () => {
  const world = new World();
  const { client } = world.tab({ api: `${API}v1/`, auth: "../auth/" });
  await client.ready;
  for (const url of ["https://evil.test/", `${API}v2/`, "https://api.test.evil.test/v1/", `${API}v1/../x`]) {
    await client.fetch(url);
    assert.equal(world.server.requests.at(-1)?.headers.get("authorization"), null, url);
  }
  await client.fetch(`${API}v1/x`);
  assert.equal(world.server.requests.at(-1)?.headers.get("authorization"), "Bearer token-1");
  assert.throws(() => world.tab({ auth: "https://evil.test/" }), TypeError);
});

test("a lost answer: asked again with the same retry key, also by the next page", async () => {
  const world = new World();
  world.server.faults = ["lost", "lost", "lost"];
  const first = world.tab();
  await assert.rejects(during(world, 5_000, first.client.ready), code("unreachable"));
  assert.equal(first.client.session.status, "unknown", "offline is not signed out");
  const next = world.tab();
  assert.equal((await next.client.ready).status, "in");
  assert.equal(world.server.retryKeys.length, 4);
  assert.equal(new Set(world.server.retryKeys).size, 1);
  await during(world, 0, next.client.refresh());
  assert.equal(new Set(world.server.retryKeys).size, 2, "a new one for a new refresh");
});

test("a stored retry key that is none of ours is not sent", async () => {
  const world = new World();
  world.server.faults = ["down"];
  const first = world.tab();
  first.online = false;
  await assert.rejects(first.client.ready, code("unreachable"));
  const [name] = [...world.storage.keys()];
  world.storage.set(name ?? "", "<script>");
  await world.tab().client.ready;
  assert.match(world.server.retryKeys[1] ?? "", /^[0-9a-f]{32}$/);
});

test("storage that throws, and none at all", async () => {
  const broken = () => {
    throw new Error("SecurityError");
  };
  for (const storage of [undefined, { getItem: broken, setItem: broken, removeItem: broken }]) {
    const world = new World();
    world.server.faults = ["lost"];
    const { client } = world.tab({}, { storage });
    assert.equal((await during(world, 1000, client.ready)).status, "in");
    assert.equal(new Set(world.server.retryKeys).size, 1);
  }
});

test("down for a while: three attempts, a pause, and then again; nobody is signed out", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  await world.advance(300_000);
  world.server.faults = ["down", "down", "down"];
  await assert.rejects(during(world, 1_000, client.fetch(`${API}notes/`)), code("unreachable"));
  assert.equal(world.server.refreshes, 4);
  await assert.rejects(client.fetch(`${API}notes/`), code("unreachable"));
  assert.equal(world.server.refreshes, 4, "not asked again at once");
  assert.equal(client.session.status, "in");
  await world.advance(2_000);
  assert.equal((await client.fetch(`${API}notes/`)).status, 200);
});

test("offline: one attempt, and the way back is taken at once", async () => {
  const world = new World();
  const tab = world.tab();
  await tab.client.ready;
  await world.advance(300_000);
  tab.online = false;
  world.server.faults = ["down"];
  await assert.rejects(tab.client.fetch(`${API}notes/`), code("unreachable"));
  assert.equal(world.server.refreshes, 2);
  tab.online = true;
  tab.fire("online");
  await settle();
  assert.equal(world.server.refreshes, 3);
  assert.equal((await tab.client.fetch(`${API}notes/`)).status, 200);
  assert.equal(world.server.refreshes, 3);
});

test("told to wait: a long Retry-After is passed on and kept to", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  await world.advance(300_000);
  world.server.faults = [{ status: 429, code: "throttled", headers: { "Retry-After": "30" } }];
  await assert.rejects(client.fetch(`${API}notes/`), code("throttled"));
  await world.advance(29_000);
  await assert.rejects(client.fetch(`${API}notes/`), code("throttled"));
  assert.equal(world.server.refreshes, 2);
  await world.advance(1_000);
  assert.equal((await client.fetch(`${API}notes/`)).status, 200);
});

test("a short Retry-After is waited for", async () => {
  const world = new World();
  world.server.faults = [{ status: 503, code: "retry", headers: { "Retry-After": "1" } }];
  const { client } = world.tab();
  const ready = client.ready;
  await world.advance(999);
  assert.equal(world.server.refreshes, 1);
  await world.advance(1);
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
    const world = new World();
    const { client } = world.tab();
    await client.ready;
    world.server.faults = [fault];
    await assert.rejects(client.refresh(), code(expected));
    assert.equal(client.session.status, "in");
    assert.equal(world.server.refreshes, 2);
  }
});

test("a refresh token in the body is no session of a page's: refused, and not kept", async () => {
  const world = new World();
  const body = { ...whole, refresh_token: "secret" };
  world.server.faults = [{ status: 200, body }];
  const { client } = world.tab();
  await assert.rejects(client.login({ password: "right" }), (error: BearerError) => {
    assert.equal(error.code, "not_a_browser");
    assert.ok(!inspect(error, { depth: 9 }).includes("secret"));
    return true;
  });
  assert.equal(client.session.status, "unknown");
});

test("the session is over: known everywhere, and the call's own answer stands", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  world.server.signedIn = false;
  assert.equal((await client.fetch(`${API}notes/`)).status, 401);
  assert.equal(client.session.status, "out");
  assert.equal(world.server.refreshes, 2);
  assert.equal(world.storage.size, 0, "the retry key went with the session");
});

test("no new token to be had after a 401: the API's answer stands", async () => {
  const world = new World();
  const tab = world.tab();
  await tab.client.ready;
  world.server.revoked.add("token-1");
  world.server.faults = ["down"];
  tab.online = false;
  assert.equal((await tab.client.fetch(`${API}notes/`)).status, 401);
  assert.equal(tab.client.session.status, "in");
});

test("a server that never answers is given up", async () => {
  const world = new World();
  world.server.faults = ["hang", "hang", "hang"];
  const { client } = world.tab({ timeout: 1000 });
  await assert.rejects(during(world, 10_000, client.ready), code("unreachable"));
  assert.equal(world.server.refreshes, 3);
});

test("abort: the caller stops waiting, the refresh goes on", async () => {
  const world = new World();
  const { client } = world.tab();
  let open = () => {};
  world.server.gate = new Promise((done) => (open = done));
  const stop = new AbortController();
  const call = client.fetch(`${API}notes/`, { signal: stop.signal });
  const patient = client.fetch(`${API}notes/`);
  await settle();
  stop.abort(new Error("enough"));
  await assert.rejects(call, /enough/);
  open();
  assert.equal((await patient).status, 200);
  assert.equal(world.server.refreshes, 1);
  await assert.rejects(client.fetch(`${API}notes/`, { signal: AbortSignal.abort() }), { name: "AbortError" });
  await assert.rejects(client.refresh({ signal: AbortSignal.abort() }), { name: "AbortError" });
  await assert.rejects(client.login({ password: "right" }, { signal: AbortSignal.abort() }), { name: "AbortError" });
  await assert.rejects(client.logout({ signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("a call refused after another had renewed: sent again with what is there, no further refresh", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  world.server.revoked.add("token-1");
  let open = () => {};
  world.server.slow = new Promise((done) => (open = done));
  const call = client.fetch(`${API}notes/`);
  await settle();
  await client.refresh();
  open();
  assert.equal((await call).status, 200);
  assert.equal(world.server.refreshes, 2);
});

test("abort while a refused call waits for its new token", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  world.server.revoked.add("token-1");
  world.server.gate = new Promise(() => {});
  const stop = new AbortController();
  const call = client.fetch(`${API}notes/`, { signal: stop.signal });
  await settle();
  stop.abort();
  await assert.rejects(call, { name: "AbortError" });
});

test("a retry key that outlived its session is dropped at logout", async () => {
  const world = new World();
  const tab = world.tab();
  await tab.client.ready;
  tab.online = false;
  world.server.faults = ["down"];
  await assert.rejects(tab.client.refresh(), code("unreachable"));
  assert.equal(world.storage.size, 1);
  await tab.client.logout();
  assert.equal(world.storage.size, 0);
});

test("what a prototype offers is no part of an answer", async () => {
  const world = new World();
  const { client } = world.tab();
  Object.defineProperty(Object.prototype, "refresh_token", { value: "x", configurable: true });
  try {
    assert.equal((await client.ready).status, "in");
  } finally {
    Reflect.deleteProperty(Object.prototype, "refresh_token");
  }
});

test("abort in the middle of a login is an abort, not a network that is down", async () => {
  const world = new World();
  world.server.faults = ["hang"];
  const { client } = world.tab();
  const stop = new AbortController();
  const login = client.login({ password: "right" }, { signal: stop.signal });
  await settle();
  stop.abort();
  await assert.rejects(login, { name: "AbortError" });
});

test("a wall clock two hours off, or set while the page is open", async () => {
  for (const offset of [-7_200_000, 7_200_000]) {
    const world = new World();
    const tab = world.tab();
    tab.wallOffset = offset;
    await tab.client.ready;
    await world.advance(100_000);
    assert.equal((await tab.client.fetch(`${API}notes/`)).status, 200);
    assert.equal(world.server.refreshes, 1);
    tab.wallOffset = 0;
    assert.equal((await tab.client.fetch(`${API}notes/`)).status, 200);
    assert.equal(world.server.refreshes, offset < 0 ? 2 : 1, "a leap forward costs one refresh, as sleep does");
  }
});

test("back from sleep, and from the back/forward cache", async () => {
  const world = new World();
  const tab = world.tab();
  await tab.client.ready;
  tab.fire("visibilitychange");
  await settle();
  assert.equal(world.server.refreshes, 1, "still fresh");
  tab.fire("online");
  await settle();
  assert.equal(world.server.refreshes, 1, "a network that came back asks for nothing while the token is fresh");
  tab.wallOffset = 3_600_000;
  tab.visible = false;
  tab.fire("visibilitychange");
  await settle();
  assert.equal(world.server.refreshes, 1, "hidden");
  tab.visible = true;
  tab.fire("visibilitychange");
  await settle();
  assert.equal(world.server.refreshes, 2);
  tab.fire("pageshow", { persisted: false });
  await settle();
  assert.equal(world.server.refreshes, 2);
  world.server.signedIn = false;
  tab.fire("pageshow", { persisted: true });
  await settle();
  assert.equal(tab.client.session.status, "out", "signed out elsewhere while this page lay in the cache");
});

test("a listener that throws stops neither the others nor the client", async () => {
  const world = new World();
  const { client } = world.tab();
  const heard: string[] = [];
  client.onChange(() => {
    throw new Error("the listener's own");
  });
  client.onChange((session) => heard.push(session.status));
  await client.ready;
  assert.deepEqual(heard, ["in"]);
  await assert.rejects(world.advance(0), /the listener's own/);
});

test("the token shows in nothing: not in the client, its errors, JSON, a clone or the storage", async () => {
  const world = new World();
  const { client } = world.tab();
  await client.ready;
  world.server.faults = ["lost", "lost", "lost"];
  const error = await during(world, 5_000, client.refresh()).catch((caught: unknown) => caught);
  const seen = [client, client.session, error, client.fetch, Object.getOwnPropertyDescriptors(client)]
    .map((thing) => inspect(thing, { depth: 9, showHidden: true, getters: true }) + JSON.stringify(thing))
    .join("");
  assert.ok(!seen.includes("token-"), seen);
  assert.ok(!JSON.stringify([...world.storage]).includes("token-"));
  assert.throws(() => structuredClone(client));
  assert.ok(Object.isFrozen(client));
});

test("closed: it renews no more", async () => {
  const world = new World();
  const tab = world.tab();
  const { client } = tab;
  await client.ready;
  await client.fetch(`${API}notes/`);
  client.close();
  assert.deepEqual([world.timers.size, tab.listening], [0, 0]);
  await world.advance(400_000);
  for (const type of ["online", "visibilitychange"]) tab.fire(type);
  tab.fire("pageshow", { persisted: true });
  await settle();
  assert.equal(world.server.refreshes, 1);
});
