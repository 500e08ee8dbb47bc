/** What script in the page, a redirect and a closed client must not bring about. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../src/client.ts";
import { BearerError } from "../src/bearer_error.ts";
import { API, Fakes, during, settle } from "./fakes.ts";

const code = (expected: string) => (error: unknown) => error instanceof BearerError && error.code === expected;
const notes = `${API}notes/`;

/** What every object offers while `work` runs, as after `merge({}, JSON.parse(hostile))`. */
async function polluted<T>(members: object, work: () => Promise<T> | T): Promise<T> {
  for (const [name, value] of Object.entries(members))
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false });
  try {
    return await work();
  } finally {
    for (const name of Object.keys(members)) Reflect.deleteProperty(Object.prototype, name);
  }
}

/** A channel that notes when it is opened and closed. */
const watched = (fakes: Fakes) => {
  const joined: string[] = [];
  const bystander = fakes.tab({ client: "bystander" });
  const channel = (name: string, hear: (said: unknown) => void) => {
    const found = fakes.join(name, bystander, hear);
    joined.push("open");
    return { post: found.post, close: () => void (joined.push("close"), found.close()) };
  };
  return { joined, channel };
};

test("options are own properties: a polluted prototype sends the password nowhere else", async () => {
  const fakes = new Fakes();
  const evil: unknown[] = [];
  const members = { auth: "/evil/", client: "evil", timeout: 0, fetch: (request: unknown) => evil.push(request) };
  await polluted(members, async () => {
    const { client } = fakes.tab();
    await client.login({ username: "ann", password: "right" });
  });
  const [login] = fakes.server.requests;
  assert.equal(login?.url, `${API}auth/login/`);
  assert.equal(login?.headers.get("x-bearer-client"), "first-party");
  await polluted(members, async () => {
    const client = createClient({ api: "https://127.0.0.1:1/" });
    client.ready.catch(() => {});
    await settle();
    client.close();
  });
  assert.equal(evil.length, 0);
});

test("and so are those of every request and call", async () => {
  const fakes = new Fakes();
  const aborted = AbortSignal.abort();
  await polluted({ method: "GET", redirect: "follow", credentials: "omit", signal: aborted }, async () => {
    const { client } = fakes.tab();
    assert.equal((await client.login({ password: "right" })).status, "in");
    assert.equal((await client.refresh({})).status, "in");
    await client.logout({});
  });
  for (const request of fakes.server.requests)
    assert.deepEqual([request.method, request.redirect, request.credentials], ["POST", "error", "include"]);
});

test("a lock stays exclusive on a polluted prototype", async () => {
  const fakes = new Fakes();
  const seen: object[] = [];
  const request = (name: string, options: object, work: unknown) => {
    seen.push(options);
    return (fakes.locks.request as (...words: unknown[]) => unknown)(name, options, work);
  };
  await polluted({ mode: "shared", steal: true }, () => fakes.tab({}, { locks: { request } as never }).client.ready);
  assert.ok(seen.length > 0);
  for (const options of seen) assert.equal(Object.getPrototypeOf(options), null);
});

/** What script replaced after the client was loaded, while `work` runs. */
async function replaced<T>(home: object, name: PropertyKey, found: PropertyDescriptor, work: () => Promise<T>) {
  const real = Object.getOwnPropertyDescriptor(home, name);
  Object.defineProperty(home, name, { configurable: true, ...found });
  try {
    return await work();
  } finally {
    Object.defineProperty(home, name, real ?? {});
  }
}

test("script that replaces what tells one URL from another gets no token sent elsewhere", async () => {
  const evil = "https://evil.test/v1/x";
  for (const [home, name, found] of [
    [URL.prototype, "origin", { get: () => "https://api.test" }],
    [URL.prototype, "origin", { get: () => "https://evil.test" }],
    [URL.prototype, "pathname", { get: () => "/v1/" }],
    [Request.prototype, "url", { get: () => `${API}v1/x` }],
    [String.prototype, "startsWith", { value: () => true }],
  ] as [object, string, PropertyDescriptor][]) {
    const sent: (string | null)[] = [];
    const fakes = new Fakes();
    const fetch = async (request: Request) => {
      if (request.headers.has("x-bearer-client")) return fakes.server.answer(request);
      sent.push(request.headers.get("authorization"));
      return new Response();
    };
    const { client } = fakes.tab({ api: `${API}v1/`, auth: "../auth/" }, { fetch });
    await client.ready;
    await replaced(home, name, found, async () => {
      await client.fetch(evil);
      await client.fetch(`${API}v2/x`);
    });
    assert.deepEqual(sent, [null, null], String(name));
  }
});

test("script that replaces an iterator sees no token go by", async () => {
  const seen: unknown[] = [];
  const look = (value: unknown) => {
    if (typeof value === "string" && value.includes("token-")) seen.push(value);
  };
  const fakes = new Fakes();
  const [one, two] = [fakes.tab(), fakes.tab()];
  const iterate = Array.prototype[Symbol.iterator];
  const iterator = function (this: unknown[]) {
    for (let n = 0; n < this.length; n++) look(this[n]);
    return Reflect.apply(iterate, this, []);
  };
  await replaced(Array.prototype, Symbol.iterator, { value: iterator, writable: true }, async () => {
    await one.client.refresh();
    await settle();
  });
  assert.equal(two.client.session.id, "s1");
  assert.deepEqual(seen, []);
});

test("a pause that another tab names is kept for a while only", async () => {
  const fakes = new Fakes();
  const tab = fakes.tab();
  await tab.client.ready;
  const injected = fakes.join("django-bearer https://api.test/auth/ first-party", fakes.tab({ client: "x" }), () => {});
  injected.post({ kind: "pause", left: 1e15, code: "throttled" });
  await settle();
  await assert.rejects(tab.client.refresh(), code("throttled"));
  await fakes.advance(300_000);
  assert.equal((await tab.client.refresh()).status, "in");
});

test("a call that carries the token follows no redirect: the token stays below the API's path", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  await assert.rejects(client.fetch(`${API}moved/`), code("redirected"));
  await assert.rejects(client.fetch(new Request(`${API}moved/`, { method: "POST", body: "x" })), code("redirected"));
  assert.equal((await client.fetch(`${API}moved/`, { redirect: "manual" })).status, 302, "the caller asked to see it");
  await assert.rejects(client.fetch(`${API}moved/`, { redirect: "error" }), TypeError);
  assert.equal(fakes.server.calls("/elsewhere/"), 0);
});

test("nor does one that is sent once more", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  const answer = fakes.server.answer.bind(fakes.server);
  let asked = 0;
  fakes.server.answer = async (request) => {
    if (!request.url.endsWith("/notes/")) return answer(request);
    if (asked++) return answer(new Request(`${API}moved/`, request));
    return new Response(null, { status: 401, headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } });
  };
  await assert.rejects(client.fetch(notes), code("redirected"));
  assert.equal(asked, 2);
  assert.equal(fakes.server.calls("/elsewhere/"), 0);
});

test("a call without a token follows redirects as the platform does", async () => {
  const fakes = new Fakes();
  fakes.server.signedIn = false;
  const { client } = fakes.tab();
  await client.ready;
  await client.fetch(`${API}moved/`);
  assert.equal(fakes.server.calls("/elsewhere/"), 1);
});

test("what else a request asked for goes along with the token", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await client.ready;
  await client.fetch(notes, { referrerPolicy: "no-referrer", referrer: "", cache: "no-cache", keepalive: true });
  const sent = fakes.server.requests.at(-1);
  assert.deepEqual([sent?.referrerPolicy, sent?.referrer, sent?.cache, sent?.keepalive], ["no-referrer", "", "no-cache", true]);
});

test("a URL with encoded dot segments, and a mode that drops the token, are errors", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab({ api: `${API}v1/`, auth: "../auth/" });
  await client.ready;
  await assert.rejects(client.fetch(`${API}v1/..%2fother/`), TypeError);
  await assert.rejects(client.fetch(`${API}v1/x`, { mode: "no-cors" }), TypeError);
  assert.equal(fakes.server.requests.length, 1);
});

test("closed: nothing is heard, said, renewed or kept", async () => {
  const fakes = new Fakes();
  const { joined, channel } = watched(fakes);
  const tab = fakes.tab({}, { channel });
  const other = fakes.tab();
  await tab.client.ready;
  await settle();
  const answer: unknown[] = [];
  tab.client.onChange((session) => answer.push(session));
  tab.client.close();
  tab.client.onChange((session) => answer.push(session));
  tab.fire("pageshow", { persisted: false });
  await other.client.refresh();
  await settle();
  assert.deepEqual(joined, ["open", "close"]);
  assert.equal(answer.length, 0);
  assert.deepEqual([tab.client.session.status, tab.client.session.id], ["unknown", null]);
  for (const work of [
    () => tab.client.fetch(notes),
    () => tab.client.fetch("https://elsewhere.test/"),
    () => tab.client.refresh(),
    () => tab.client.login({ password: "right" }),
    () => tab.client.logout(),
    () => tab.client.ready,
  ])
    await assert.rejects(async () => work(), code("closed"));
  assert.equal(fakes.server.refreshes, 2);
  tab.client.close();
});

test("closed: what another tab had just said is not heard", async () => {
  const fakes = new Fakes();
  const [tab, other] = [fakes.tab(), fakes.tab()];
  await other.client.ready;
  tab.client.close();
  await settle();
  assert.deepEqual([tab.client.session.status, tab.client.session.renewals], ["unknown", 0]);
});

test("closed while it works: every wait ends, and no answer is kept or told", async () => {
  for (const locks of [undefined, new Fakes().locks]) {
    const fakes = new Fakes();
    const lacking = locks ? {} : { locks: undefined };
    const [tab, other] = [fakes.tab({}, lacking), fakes.tab({}, lacking)];
    let open = () => {};
    fakes.server.gate = new Promise((done) => (open = done));
    const waits = [tab.client.ready, tab.client.fetch(notes), tab.client.login({ password: "right" })];
    for (const wait of waits) wait.catch(() => {});
    await fakes.advance(500);
    tab.client.close();
    for (const wait of waits) await assert.rejects(wait, code("closed"));
    open();
    await fakes.advance(100);
    assert.equal(tab.client.session.status, "unknown");
    assert.equal(other.client.session.status, "unknown");
    assert.equal(fakes.server.calls("/auth/login/"), 0);
    await fakes.advance(1_000);
    assert.equal(fakes.timers.size, 0, "no timer is left");
  }
});

test("closed while it rests between two attempts, and while it waits for a lease", async () => {
  const fakes = new Fakes();
  fakes.server.faults = ["down", "down", "down"];
  const tab = fakes.tab();
  const ready = tab.client.ready;
  ready.catch(() => {});
  await fakes.advance(10);
  tab.client.close();
  await assert.rejects(ready, code("closed"));
  await fakes.advance(5_000);
  assert.equal(fakes.server.refreshes, 1);
  assert.equal(fakes.timers.size, 0);

  const busy = new Fakes();
  busy.server.gate = new Promise(() => {});
  const holder = busy.tab({ timeout: 1e9 }, { locks: undefined });
  holder.client.ready.catch(() => {});
  await busy.advance(500);
  const waiting = busy.tab({}, { locks: undefined });
  const wait = waiting.client.ready;
  wait.catch(() => {});
  await busy.advance(500);
  const before = busy.timers.size;
  waiting.client.close();
  await assert.rejects(wait, code("closed"));
  await busy.advance(500);
  assert.equal(busy.timers.size, before - 1, "it asks for the lease no more");
});

test("a page that is leaving tells the others, and keeps no channel", async () => {
  const fakes = new Fakes();
  const { joined, channel } = watched(fakes);
  const tab = fakes.tab({}, { channel });
  const other = fakes.tab();
  let open = () => {};
  fakes.server.gate = new Promise((done) => (open = done));
  const ready = tab.client.ready;
  await settle();
  tab.fire("pagehide");
  open();
  await during(fakes, 100, ready);
  assert.equal(other.client.session.id, "s1");
  assert.deepEqual(joined, ["open", "close", "open", "close"]);
});
