/** The session of a page ends, or another begins: no call of the page goes out for nobody or for somebody else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BearerError } from "../src/bearer_error.ts";
import { API, Fakes, during, settle } from "./fakes.ts";

const changed = (error: unknown) => error instanceof BearerError && error.code === "session_changed";
const bob = { username: "bob", password: "right" };
const notes = `${API}notes/`;

/** Two tabs of one user. */
const pair = async () => {
  const fakes = new Fakes();
  const [one, two] = [fakes.tab(), fakes.tab()];
  await one.client.ready;
  await settle();
  return { fakes, one: one.client, two: two.client, page: one };
};

test("another tab signs out: the page's calls are refused, not sent anonymously", async () => {
  const { fakes, one, two } = await pair();
  await two.logout();
  await settle();
  assert.deepEqual([one.session.status, one.session.changed], ["out", true]);
  assert.deepEqual([two.session.status, two.session.changed], ["out", false], "the page that asked for it knows");
  await assert.rejects(one.fetch(`${API}open/`, { method: "POST", body: "ann's" }), changed);
  assert.equal((await two.fetch(`${API}open/`)).status, 200);
  assert.equal(fakes.server.calls("/open/"), 1);
});

test("another tab signs somebody else in: the page's calls are refused, not sent as them", async () => {
  const { fakes, one, two } = await pair();
  await two.login(bob);
  await settle();
  assert.deepEqual([one.session.id, one.session.changed], ["s2", true]);
  await assert.rejects(one.fetch(notes, { method: "DELETE" }), changed);
  await assert.rejects(one.fetch(notes), changed, "and it stays that way");
  assert.equal((await one.refresh()).changed, true, "a renewal is no consent");
  assert.equal((await one.ready).changed, true);
  await assert.rejects(one.fetch(notes), changed);
  assert.equal(fakes.server.calls("/notes/"), 0);
  assert.equal((await two.fetch(notes)).status, 200);
  assert.equal((await one.fetch("https://elsewhere.test/")).status, 401, "what is not for the API is not guarded");
});

test("the page goes on once it says that nothing of the former session is left on it", async () => {
  const { one, two } = await pair();
  const before = one.session;
  await two.login(bob);
  await settle();
  assert.equal(one.accept(before), false, "that is not who is signed in");
  await assert.rejects(one.fetch(notes), changed);
  const seen = one.session;
  assert.equal(one.accept(seen), true);
  assert.equal(one.session.changed, false);
  assert.equal((await one.fetch(notes)).status, 200);
  await two.logout();
  await settle();
  assert.equal(one.accept(seen), false, "it has ended meanwhile");
  await assert.rejects(one.fetch(notes), changed);
  assert.equal(one.accept(one.session), true);
  assert.equal((await one.fetch(`${API}open/`)).status, 200, "a page of nobody");
});

test("a listener is told, and may accept at once", async () => {
  const { one, two } = await pair();
  const answer: string[] = [];
  one.onChange((session) => {
    answer.push(`${session.id} ${session.changed}`);
    if (session.changed) one.accept(session);
  });
  await two.login(bob);
  await settle();
  assert.equal(answer[0], "s2 true");
  assert.ok(!answer.slice(1).includes("s2 true"), "and once it has accepted, nothing has changed");
  assert.equal((await one.fetch(notes)).status, 200);
});

test("a login of the page itself is for the new session; what it asked before is refused", async () => {
  const { fakes, one } = await pair();
  await fakes.advance(300_000);
  let open = () => {};
  fakes.server.gate = new Promise((done) => (open = done));
  const call = one.fetch(notes, { method: "POST", body: "ann's" });
  call.catch(() => {});
  const login = one.login(bob);
  await settle();
  open();
  await during(fakes, 1_000, login);
  // The call had its turn first, and was Ann's. One that is made for Ann, and gets its turn after Bob's login:
  assert.equal((await call).status, 200);
  await fakes.advance(300_000);
  fakes.server.gate = new Promise((done) => (open = done));
  const second = one.login(bob);
  const late = one.fetch(notes, { method: "POST", body: "the second's" });
  late.catch(() => {});
  await settle();
  open();
  await during(fakes, 1_000, second);
  await assert.rejects(late, changed);
  assert.equal((await one.fetch(notes)).status, 200);
});

test("the session ends while a call waits: refused, not sent anonymously", async () => {
  const { fakes, one } = await pair();
  await fakes.advance(300_000);
  fakes.server.signedIn = false;
  await assert.rejects(one.fetch(`${API}open/`, { method: "POST", body: "ann's" }), changed);
  assert.equal(fakes.server.calls("/open/"), 0);
  assert.equal(one.session.status, "out");
});

test("the page signs out while a call waits: refused", async () => {
  const { fakes, one } = await pair();
  await fakes.advance(300_000);
  const logout = one.logout();
  const call = one.fetch(`${API}open/`);
  call.catch(() => {});
  await during(fakes, 1_000, logout);
  await assert.rejects(call, changed);
  assert.equal(fakes.server.calls("/open/"), 0);
  assert.equal((await one.fetch(`${API}open/`)).status, 200, "one that is made afterwards is nobody's");
});

test("a refresh that brings another session's token changes the page's", async () => {
  const { fakes, one } = await pair();
  fakes.server.session = "s7";
  assert.equal((await one.refresh()).changed, true);
  await assert.rejects(one.fetch(notes), changed);
  assert.equal(fakes.server.calls("/notes/"), 0);
});

test("back from the back/forward cache after somebody else signed in", async () => {
  const { fakes, one, two, page } = await pair();
  page.fire("pagehide");
  await two.login(bob);
  await settle();
  assert.equal(one.session.id, "s1", "it heard of nothing");
  page.fire("pageshow", { persisted: true });
  await fakes.advance(1_000);
  assert.equal(one.session.changed, true);
  await assert.rejects(one.fetch(notes), changed);
});

test("a page that nobody was signed in on belongs to whoever signs in first", async () => {
  const fakes = new Fakes();
  fakes.server.signedIn = false;
  const [one, two] = [fakes.tab(), fakes.tab()];
  await one.client.ready;
  await two.client.login(bob);
  await settle();
  assert.deepEqual([one.client.session.id, one.client.session.changed], ["s2", false]);
  assert.equal((await one.client.fetch(notes)).status, 200);
  await two.client.login(bob);
  await settle();
  await assert.rejects(one.client.fetch(notes), changed);
});

test("a session that changed and came back is the page's again", async () => {
  const { fakes, one, two } = await pair();
  await two.logout();
  await settle();
  fakes.server.signedIn = true;
  assert.equal((await one.refresh()).id, "s1");
  assert.equal(one.session.changed, false);
  assert.equal((await one.fetch(notes)).status, 200);
});
