/** Logins and logouts whose outcome the page did not learn: nobody is said to be signed out without the server's word. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BearerError } from "../src/bearer_error.ts";
import { API, Fakes, during, settle } from "./fakes.ts";
import type { Fault } from "./fakes.ts";

const code = (expected: string) => (error: unknown) => error instanceof BearerError && error.code === expected;
const ann = { username: "ann", password: "right" };

/** A tab that knows that nobody is signed in. */
const signedOut = async (fakes: Fakes) => {
  fakes.server.signedIn = false;
  const tab = fakes.tab();
  await tab.client.ready;
  return tab;
};

for (const [what, fault] of [
  ["no answer", "lost"],
  ["a body that was cut off", "cut"],
] as const)
  test(`a login that got ${what} is unknown until the server was asked, and then in`, async () => {
    const fakes = new Fakes();
    const { client } = await signedOut(fakes);
    const answer: string[] = [];
    client.onChange((session) => answer.push(session.status));
    fakes.server.faults = [fault];
    await assert.rejects(client.login(ann), (error: BearerError) => error instanceof BearerError);
    assert.equal(client.session.status, "unknown");
    await fakes.advance(1_000);
    assert.deepEqual(answer, ["unknown", "in"], "asked at once, and never said to be out");
    assert.equal(client.session.id, "s2");
    assert.equal((await client.fetch(`${API}notes/`)).status, 200);
    assert.equal(fakes.server.calls("/auth/login/"), 1, "the password was sent once");
  });

for (const [what, fault] of [
  ["could not be sent", "down"],
  ["a proxy answered", { status: 502, body: "<html>" }],
  ["a portal answered", { status: 200, body: "<html>" }],
  ["the server broke", { status: 500, code: "server_error" }],
  ["a page in between refused", { status: 403, body: "<html>" }],
] as [string, Fault][])
  test(`a login that ${what}: asked, and the session that this browser had goes on`, async () => {
    const fakes = new Fakes();
    const { client } = fakes.tab();
    await client.ready;
    fakes.server.faults = [fault];
    await assert.rejects(client.login(ann));
    assert.equal(client.session.status, "unknown");
    await fakes.advance(1_000);
    assert.deepEqual([client.session.status, client.session.id, client.session.changed], ["in", "s1", false]);
    assert.equal((await client.fetch(`${API}notes/`)).status, 200);
  });

test("a login that was refused for certain leaves everything as it was, and asks nothing", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  await assert.rejects(client.login({ username: "ann", password: "wrong" }), code("invalid_credentials"));
  assert.equal(client.session.status, "in");
  await fakes.advance(1_000);
  assert.equal(fakes.server.refreshes, 1);
});

test("aborted in the middle, after the server had signed in: asked, and in", async () => {
  const fakes = new Fakes();
  const { client } = await signedOut(fakes);
  fakes.server.faults = ["hang"];
  const stop = new AbortController();
  const login = client.login(ann, { signal: stop.signal });
  await settle();
  fakes.server.signedIn = true;
  fakes.server.session = "s2";
  stop.abort();
  await assert.rejects(login, { name: "AbortError" });
  await fakes.advance(1_000);
  assert.deepEqual([client.session.status, client.session.id], ["in", "s2"]);
});

test("aborted while it waits for its turn: the password is not sent", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  let open = () => {};
  fakes.server.gate = new Promise((done) => (open = done));
  const ready = client.ready;
  const stop = new AbortController();
  const login = client.login(ann, { signal: stop.signal });
  const logout = client.logout({ signal: stop.signal });
  await settle();
  stop.abort();
  await assert.rejects(login, { name: "AbortError" });
  await assert.rejects(logout, { name: "AbortError" });
  open();
  assert.equal((await ready).status, "in");
  await fakes.advance(1_000);
  assert.equal(fakes.server.calls("/auth/login/") + fakes.server.calls("/auth/logout/"), 0);
  assert.equal(client.session.status, "in");
});

test("offline since the login: unknown, and calls wait for the answer rather than go without a token", async () => {
  const fakes = new Fakes();
  const tab = await signedOut(fakes);
  const { client } = tab;
  fakes.server.faults = ["lost", "down"];
  tab.online = false;
  await assert.rejects(client.login(ann), code("unreachable"));
  await settle();
  await assert.rejects(client.fetch(`${API}notes/`), code("unreachable"));
  assert.equal(client.session.status, "unknown");
  assert.equal(fakes.server.calls("/notes/"), 0);
  tab.online = true;
  tab.fire("online");
  await fakes.advance(1_000);
  assert.equal(client.session.id, "s2");
});

test("in doubt, no other tab's older word is believed", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  const other = fakes.join("django-bearer https://api.test/auth/ first-party", fakes.tab({ client: "x" }), () => {});
  let open = () => {};
  fakes.server.faults = ["lost"];
  await assert.rejects(client.login(ann));
  fakes.server.gate = new Promise((done) => (open = done));
  other.post({ kind: "end", session: "s1" });
  other.post({ kind: "end", session: null });
  other.post({ kind: "grant", token: "t", session: "s1", scope: "", left: 1e5, sent: 1e12 + fakes.now });
  await settle();
  assert.equal(client.session.status, "unknown");
  open();
  await fakes.advance(1_000);
  assert.equal(client.session.id, "s2");
});

test("a login over another session tells the server that its answer arrived, by one refresh", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  assert.equal((await client.login(ann)).id, "s2");
  await fakes.advance(1_000);
  assert.equal(fakes.server.refreshes, 2);
  const other = fakes.tab();
  await fakes.advance(31_000);
  await during(fakes, 1_000, Promise.all([other.client.refresh(), client.refresh()]));
  assert.equal(fakes.server.refreshes, 3, "and that was all: tabs share their refreshes as before");
  await client.logout();
  await client.login(ann);
  await fakes.advance(1_000);
  assert.equal(fakes.server.refreshes, 3, "after a logout there is none to end");
});

test("a second login settles the doubt", async () => {
  const fakes = new Fakes();
  const { client } = await signedOut(fakes);
  fakes.server.faults = ["down", "down", "down", "down"];
  await assert.rejects(client.login(ann));
  await fakes.advance(5_000);
  assert.equal(client.session.status, "unknown");
  assert.equal((await client.login(ann)).status, "in");
});

test("a refresh that was waiting behind such a login asks, too", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  let open = () => {};
  fakes.server.gate = new Promise((done) => (open = done));
  fakes.server.faults = ["lost"];
  const login = client.login(ann);
  login.catch(() => {});
  await settle();
  const refresh = client.refresh();
  open();
  await assert.rejects(login);
  const session = await during(fakes, 1_000, refresh);
  assert.deepEqual([session.status, session.id], ["in", "s2"]);
});

test("the other tabs learn of it, too", async () => {
  const fakes = new Fakes();
  const [one, two] = [fakes.tab(), fakes.tab()];
  await one.client.ready;
  await settle();
  fakes.server.faults = ["lost"];
  await assert.rejects(one.client.login(ann));
  await fakes.advance(1_000);
  assert.deepEqual([two.client.session.id, two.client.session.changed], ["s2", true]);
});

test("a tab that finds no session says so; one that holds a token asks before it believes that", async () => {
  const fakes = new Fakes();
  const one = fakes.tab();
  await one.client.ready;
  const otherPage = fakes.join("django-bearer https://api.test/auth/ first-party", fakes.tab({ client: "x" }), () => {});
  otherPage.post({ kind: "end", session: null });
  await fakes.advance(1_000);
  assert.equal(one.client.session.status, "in");
  assert.equal(fakes.server.refreshes, 2);
  fakes.server.signedIn = false;
  otherPage.post({ kind: "end", session: null });
  await fakes.advance(1_000);
  assert.equal(one.client.session.status, "out");
});

test("somebody signs in while a refresh is told that the session is over: asked again", async () => {
  const fakes = new Fakes();
  const [one, two] = [fakes.tab({}, { locks: undefined, storage: undefined }), fakes.tab()];
  await one.client.ready;
  await settle();
  fakes.server.faults = [{ status: 401, code: "session_ended" }];
  let open = () => {};
  fakes.server.gate = new Promise((done) => (open = done));
  const refresh = one.client.refresh();
  await settle();
  const gate = fakes.server.gate;
  fakes.server.gate = null;
  await two.client.login(ann);
  await settle();
  assert.equal(one.client.session.id, "s2");
  open();
  await gate;
  assert.equal((await refresh).status, "in");
  assert.equal(two.client.session.status, "in", "and nobody was told otherwise");
});

test("only a certain answer signs out", async () => {
  for (const fault of [
    { status: 200, body: "<html>" },
    { status: 401, body: "<html>" },
    { status: 503, code: "retry" },
  ]) {
    const fakes = new Fakes();
    const [one, two] = [fakes.tab(), fakes.tab()];
    await one.client.ready;
    await settle();
    fakes.server.faults = [fault];
    await assert.rejects(one.client.logout());
    await settle();
    assert.deepEqual([one.client.session.status, two.client.session.status], ["in", "in"], JSON.stringify(fault));
  }
});

test("a logout whose answer was lost: found out by the next call", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  fakes.server.faults = ["down"];
  await assert.rejects(client.logout(), code("unreachable"));
  fakes.server.signedIn = false;
  assert.equal((await during(fakes, 1_000, client.fetch(`${API}notes/`))).status, 401);
  assert.equal(client.session.status, "out");
});
