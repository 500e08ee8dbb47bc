/** Several tabs of one browser, with Web Locks and without. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BearerError } from "../src/bearer_error.ts";
import { LEASE_MS } from "../src/lock.ts";
import { API, Fakes, during, settle } from "./fakes.ts";

const ways = [
  ["Web Locks", {}],
  ["a lease in storage", { locks: undefined }],
] as const;

/** Where the lease of the only client is stored; the test fails where there is none. */
const leaseKey = (fakes: Fakes): string => {
  const [key] = [...fakes.storage.keys()].filter((name) => name.endsWith(":lease"));
  assert.ok(key, "a lease is stored");
  return key;
};

for (const [way, lacking] of ways) {
  test(`${way}: two tabs that refresh at once share one refresh, round after round`, async () => {
    const fakes = new Fakes();
    const tabs = [fakes.tab({}, lacking), fakes.tab({}, lacking)];
    for (let round = 1; round <= 50; round++) {
      let open = () => {};
      fakes.server.gate = new Promise((done) => (open = done));
      const work = tabs.map((tab) => tab.client.refresh());
      await fakes.advance(500);
      open();
      const sessions = await during(fakes, 2_000, Promise.all(work));
      assert.equal(fakes.server.refreshes, round);
      assert.ok(sessions.every((session) => session.status === "in"));
    }
  });

  test(`${way}: five tabs, and the one that won cannot be answer any more`, async () => {
    const fakes = new Fakes();
    const tabs = Array.from({ length: 5 }, () => fakes.tab({}, lacking));
    const work = Promise.all(tabs.map((tab) => tab.client.refresh()));
    for (const tab of tabs) tab.frozen = true;
    const sessions = await during(fakes, 60_000, work);
    assert.ok(sessions.every((session) => session.status === "in"));
    assert.equal(fakes.server.refreshes, 5, "each then asks for itself");
  });

  test(`${way}: a sign-out and a sign-in reach every tab`, async () => {
    const fakes = new Fakes();
    const [one, two] = [fakes.tab({}, lacking), fakes.tab({}, lacking)];
    await during(fakes, 1_000, one.client.ready);
    await settle();
    assert.equal(two.client.session.id, "s1", "the other tab heard of the token");
    await during(fakes, 1_000, one.client.logout());
    assert.equal(two.client.session.status, "out");
    await during(fakes, 1_000, two.client.login({ password: "right" }));
    assert.equal(one.client.session.id, "s2");
    assert.equal((await one.client.fetch(`${API}notes/`)).status, 200);
  });

  test(`${way}: a server that wants to be left alone is left alone by all tabs`, async () => {
    const fakes = new Fakes();
    const tabs = [fakes.tab({}, lacking), fakes.tab({}, lacking), fakes.tab({}, lacking)];
    fakes.server.faults = [{ status: 429, code: "throttled", headers: { "Retry-After": "30" } }];
    const outcomes = Promise.allSettled(tabs.map((tab) => tab.client.ready));
    for (const outcome of await during(fakes, 5_000, outcomes))
      assert.equal(outcome.status === "rejected" && (outcome.reason as BearerError).code, "throttled");
    assert.equal(fakes.server.refreshes, 1);
  });

  test(`${way}: the session ends while another tab waits for it`, async () => {
    const fakes = new Fakes();
    fakes.server.signedIn = false;
    const tabs = [fakes.tab({}, lacking), fakes.tab({}, lacking)];
    const sessions = await during(fakes, 5_000, Promise.all(tabs.map((tab) => tab.client.ready)));
    assert.deepEqual(sessions.map((session) => session.status), ["out", "out"]);
    assert.equal(fakes.server.refreshes, 1);
  });
}

test("a call that waited is not sent on behalf of whoever signed in meanwhile", async () => {
  const fakes = new Fakes();
  const [one, two] = [fakes.tab(), fakes.tab()];
  await one.client.ready;
  await fakes.advance(300_000);
  let open = () => {};
  fakes.server.gate = new Promise((done) => (open = done));
  const call = one.client.fetch(`${API}notes/`, { method: "POST", body: "ann's" });
  await settle();
  fakes.server.session = "s7";
  open();
  await assert.rejects(call, (error: BearerError) => error.code === "session_changed");
  assert.ok(!fakes.server.requests.some((request) => request.url.endsWith("/notes/")));
  await settle();
  assert.equal(two.client.session.id, "s7");
});

test("a retry is not sent on behalf of whoever signed in meanwhile", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  fakes.server.revoked.add("token-1");
  fakes.server.session = "s7";
  assert.equal((await client.fetch(`${API}notes/`, { method: "DELETE" })).status, 401);
  assert.equal(fakes.server.requests.filter((request) => request.url.endsWith("/notes/")).length, 1);
});

test("a tab that dies with the lease holds the others up for a while only", async () => {
  const fakes = new Fakes();
  fakes.server.gate = new Promise(() => {});
  const dead = fakes.tab({}, { locks: undefined });
  const forever = dead.client.ready;
  forever.catch(() => {});
  await fakes.advance(200);
  fakes.timers.clear();
  dead.frozen = true;
  fakes.server.gate = null;
  const next = fakes.tab({}, { locks: undefined });
  const ready = next.client.ready;
  await fakes.advance(LEASE_MS - 1_000);
  assert.equal(fakes.server.refreshes, 1);
  assert.equal((await during(fakes, 3_000, ready)).status, "in");
  assert.equal(fakes.server.refreshes, 2);
});

test("two that claim the lease at once: whose name stands has it, the other waits", async () => {
  const fakes = new Fakes();
  let misses = 0;
  const tab = () => {
    let blind = true; // the other's claim shows only after this tab has made its own
    const storage = {
      getItem: (key: string) => {
        if (!blind || !key.endsWith(":lease")) return fakes.storage.get(key) ?? null;
        blind = false;
        misses++;
        return null;
      },
      setItem: (key: string, value: string) => void fakes.storage.set(key, value),
      removeItem: (key: string) => void fakes.storage.delete(key),
    };
    return fakes.tab({}, { locks: undefined, storage });
  };
  const tabs = [tab(), tab()];
  let open = () => {};
  fakes.server.gate = new Promise((done) => (open = done));
  const work = Promise.all(tabs.map((one) => one.client.refresh()));
  await fakes.advance(500);
  assert.equal(misses, 2, "both found no lease");
  assert.equal(fakes.server.refreshes, 1);
  open();
  await during(fakes, 1_000, work);
  assert.equal(fakes.server.refreshes, 1);
});

test("a lease is kept up for as long as the work takes", async () => {
  const fakes = new Fakes();
  fakes.server.faults = ["hang"];
  const one = fakes.tab({ timeout: 3 * LEASE_MS }, { locks: undefined });
  one.client.ready.catch(() => {});
  await fakes.advance(200);
  const two = fakes.tab({}, { locks: undefined });
  two.client.ready.catch(() => {});
  await fakes.advance(2 * LEASE_MS);
  assert.equal(fakes.server.refreshes, 1);
});

test("a lease that another has taken over meanwhile is theirs to give back", async () => {
  const fakes = new Fakes();
  let open = () => {};
  fakes.server.gate = new Promise((done) => (open = done));
  const { client } = fakes.tab({}, { locks: undefined });
  const ready = client.ready;
  await fakes.advance(200);
  const key = leaseKey(fakes);
  fakes.storage.set(key, `another ${1e12 + fakes.now + 5_000}`);
  open();
  await during(fakes, 100, ready);
  assert.match(fakes.storage.get(key) ?? "", /^another /);
});

test("a page in the back/forward cache hears nothing, and hears again once it is back", async () => {
  const fakes = new Fakes();
  const [one, two] = [fakes.tab(), fakes.tab()];
  await one.client.ready;
  await settle();
  two.fire("pagehide");
  await one.client.refresh();
  await settle();
  assert.equal(two.client.session.renewals, 1);
  two.fire("pageshow", { persisted: false });
  await one.client.refresh();
  await settle();
  assert.equal(two.client.session.renewals, 2);
});

test("a tab that was told to wait goes on once another has signed in", async () => {
  const fakes = new Fakes();
  const [one, two] = [fakes.tab(), fakes.tab()];
  fakes.server.faults = [{ status: 429, code: "throttled", headers: { "Retry-After": "30" } }];
  await assert.rejects(one.client.ready);
  await two.client.login({ password: "right" });
  await settle();
  assert.equal((await one.client.refresh()).status, "in");
});

test("a page that is left gives its lease back", async () => {
  const fakes = new Fakes();
  fakes.server.gate = new Promise(() => {});
  const left = fakes.tab({}, { locks: undefined });
  left.client.ready.catch(() => {});
  await fakes.advance(200);
  fakes.timers.clear();
  left.fire("pagehide");
  fakes.server.gate = null;
  assert.equal((await during(fakes, 500, fakes.tab({}, { locks: undefined }).client.ready)).status, "in");
});

test("a lease from the future, after the clock was set back, binds nobody", async () => {
  const fakes = new Fakes();
  fakes.server.gate = new Promise(() => {});
  fakes.tab({}, { locks: undefined }).client.ready.catch(() => {});
  await fakes.advance(200);
  const key = leaseKey(fakes);
  fakes.timers.clear();
  fakes.server.gate = null;
  fakes.storage.set(key, `x ${1e12 + 9e9}`);
  assert.equal((await during(fakes, 500, fakes.tab({}, { locks: undefined }).client.ready)).status, "in");
});

test("news that is malformed, stale or of another client changes nothing", async () => {
  const fakes = new Fakes();
  const tab = fakes.tab();
  await tab.client.ready;
  const name = "django-bearer https://api.test/auth/ first-party";
  const otherPage = fakes.join(name, fakes.tab({ client: "other" }), () => {});
  const wallClock = fakes.now + 1e12;
  const grant = { kind: "grant", token: "t", session: "s9", scope: "", left: 1000, sent: wallClock };
  for (const message of [
    {},
    { kind: "end", session: "another" },
    { ...grant, left: "1000" },
    { ...grant, left: -1 },
    { ...grant, left: NaN },
    { ...grant, token: 5 },
    { ...grant, sent: wallClock - 2000 },
    { kind: "pause", left: 1000 },
  ])
    otherPage.post(message);
  await settle();
  assert.equal(tab.client.session.id, "s1");
  assert.equal((await tab.client.refresh()).status, "in");
  otherPage.post(grant);
  await settle();
  assert.equal(tab.client.session.id, "s9", "and one that is whole is believed: the channel is this origin's own");
});
