/** The native client over a fake store and a fake server: what is kept, what is sent where, and that nothing is lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NativeOptions, SecureStore } from "../src/native.js";
import { BearerError, createNativeClient } from "../src/native.js";

const API = "https://api.example.com/";
type Sent = { url: string; body: Record<string, string>; authorization: string | null; init: RequestInit | undefined };

/** A server that rotates: the refresh token is `r1`, `r2`…; a spent one comes back only with the key of its time. */
class Server {
  sent: Sent[] = [];
  generation = 1;
  session = "s1";
  ended = false;
  keys = new Map<number, string>();
  /** What becomes of the next requests to a path: an answer in the place of the usual one, or a lost one. */
  next = new Map<string, (Response | "lost")[]>();
  lifetime = 300;

  fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = String(input);
    const body = typeof init?.body === "string" && url.includes("/auth/") ? JSON.parse(init.body) : {};
    this.sent.push({ url, body, authorization: new Headers(init?.headers).get("authorization"), init });
    const path = new URL(url).pathname;
    const planned = this.next.get(path)?.shift();
    if (planned instanceof Response) return planned;
    const answer = this.answer(path, body, init);
    if (planned === "lost") throw new TypeError("the network failed");
    return answer;
  };

  private answer(path: string, body: Record<string, string>, init?: RequestInit): Response {
    const json = (status: number, members: object) => new Response(JSON.stringify(members), { status });
    if (path === "/auth/login/") {
      if (body["password"] !== "correct horse") return json(401, { code: "invalid_credentials" });
      this.ended = false;
      return this.tokens(`r${this.generation}`);
    }
    if (path === "/auth/refresh/") {
      if (this.ended) return json(401, { code: "session_ended" });
      const given = Number((body["refresh_token"] ?? "").slice(1));
      if (given === this.generation) {
        this.keys.set(given, body["retry_key"] ?? "");
        return this.tokens(`r${++this.generation}`);
      }
      if (given === this.generation - 1 && this.keys.get(given) === body["retry_key"]) return this.tokens(`r${this.generation}`);
      this.ended = true;
      return json(401, { code: "session_ended" });
    }
    if (path === "/auth/logout/") return new Response(null, { status: 204 });
    if (path === "/auth/logout-everywhere/" && !new Headers(init?.headers).get("authorization"))
      return json(401, { code: "not_authenticated" });
    if (path === "/auth/logout-everywhere/") return new Response(null, { status: 204 });
    const authorization = new Headers(init?.headers).get("authorization");
    return authorization === `Bearer a${this.generation}`
      ? json(200, { me: "ann" })
      : new Response("{}", { status: 401, headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } });
  }

  tokens(refresh: string, more: object = {}): Response {
    const members = { access_token: `a${refresh.slice(1)}`, token_type: "Bearer", expires_in: this.lifetime, session_id: this.session };
    return new Response(JSON.stringify({ ...members, refresh_token: refresh, known_device_token: "kd", scope: "a b", ...more }));
  }

  paths = () => this.sent.map(({ url }) => new URL(url).pathname);
}

class FakeStore implements SecureStore {
  values = new Map<string, string>();
  failing: "get" | "set" | null = null;
  async get(key: string) {
    if (this.failing === "get") throw new Error("locked");
    assert.match(key, /^[A-Za-z0-9._-]+$/);
    return this.values.get(key) ?? null;
  }
  async set(key: string, value: string) {
    if (this.failing === "set") throw new Error("full");
    this.values.set(key, value);
  }
  all = () => [...this.values.values()].join("\n");
}

const setup = (options: Partial<NativeOptions> = {}) => {
  const server = new Server();
  const store = new FakeStore();
  const make = () => createNativeClient({ api: API, store, fetch: server.fetch, ...options });
  return { server, store, make, client: make() };
};
const ann = { username: "ann", password: "correct horse" };
const code = (wanted: string) => (error: unknown) => error instanceof BearerError && error.code === wanted;

test("an app logs in, calls, is started anew, and logs out", async () => {
  const { server, store, make, client } = setup();
  assert.deepEqual(await client.login(ann), { status: "in", id: "s1", scope: ["a", "b"] });
  assert.equal((await client.fetch("/me/")).status, 200);
  assert.doesNotMatch(store.all(), /"a1"|correct horse/, "neither the access token nor the password is kept");
  const again = make();
  assert.equal(again.session.status, "unknown");
  assert.equal((await again.ready).status, "in");
  assert.equal((await again.fetch("me/")).status, 200);
  await again.logout();
  assert.equal(again.session.status, "out");
  assert.doesNotMatch(store.all(), /"r\d/);
  assert.match(store.all(), /kd/, "for the next login");
  await make().login(ann);
  assert.equal(server.sent.at(-1)?.body["known_device_token"], "kd");
});

test("signed out on every device", async () => {
  const { server, client, store } = setup();
  await client.login(ann);
  server.next.set("/auth/logout-everywhere/", [Response.json({ code: "login_too_old" }, { status: 401 })]);
  await assert.rejects(client.logoutEverywhere(), code("login_too_old"));
  assert.equal(client.session.status, "in");
  server.next.set("/auth/logout-everywhere/", [Response.json({ code: "throttled" }, { status: 429 })]);
  await assert.rejects(client.logoutEverywhere(), code("throttled"));
  server.next.set("/auth/logout-everywhere/", ["lost"]);
  await assert.rejects(client.logoutEverywhere(), TypeError);
  assert.match(store.all(), /"r1"/);
  await client.logoutEverywhere();
  assert.equal(client.session.status, "out");
  assert.doesNotMatch(store.all(), /"r\d/);
  assert.match(store.all(), /kd/, "for the next login");
  await assert.rejects(client.logoutEverywhere(), code("not_authenticated"));
  client.close();
  await assert.rejects(client.logoutEverywhere(), code("closed"));
});

test("many calls share one refresh", async () => {
  const { server, client, make } = setup();
  await client.login(ann);
  const again = make();
  const found = await Promise.all(Array.from({ length: 8 }, () => again.fetch("me/")));
  assert.deepEqual(found.map((one) => one.status), Array(8).fill(200));
  assert.equal(server.paths().filter((path) => path === "/auth/refresh/").length, 1);
});

test("a lost answer is asked for again, also by the next start of the app", async () => {
  const { server, client, make, store } = setup();
  await client.login(ann);
  server.next.set("/auth/refresh/", ["lost", "lost", "lost"]);
  await assert.rejects(make().ready, code("unreachable"));
  assert.equal(server.generation, 2, "the server has rotated");
  assert.match(store.all(), /"r1"/);
  assert.equal((await make().ready).status, "in");
  const keys = server.sent.filter(({ url }) => url.endsWith("refresh/")).map(({ body }) => body["retry_key"]);
  assert.equal(new Set(keys).size, 1);
  assert.match(keys[0] ?? "", /^[0-9a-f]{32}$/);
  assert.equal((await make().ready).status, "in", "and the next refresh has another key");
});

test("a storage that fails signs nobody out, and loses no session", async () => {
  const { server, client, make, store } = setup();
  await client.login(ann);
  store.failing = "get";
  const locked = make();
  await assert.rejects(locked.ready, code("storage_failed"));
  assert.equal(locked.session.status, "unknown");
  store.failing = null;
  server.next.set("/auth/refresh/", []);
  const full = make();
  const real = store.set.bind(store);
  let writes = 0;
  store.set = async (key, value) => {
    if (++writes === 2) throw new Error("full"); // the first one stores the retry key
    await real(key, value);
  };
  await assert.rejects(full.ready, code("storage_failed"));
  assert.equal((await full.ready).status, "in");
  assert.equal(server.ended, false);
});

test("a session that has ended is forgotten; a proxy's 401 ends none", async () => {
  const { server, client, make, store } = setup();
  await client.login(ann);
  server.next.set("/auth/refresh/", [new Response("<html>", { status: 401 })]);
  await assert.rejects(make().ready, code("unexpected_answer"));
  assert.match(store.all(), /"r1"/);
  server.ended = true;
  assert.equal((await make().ready).status, "out");
  assert.doesNotMatch(store.all(), /"r1"/);
});

test("a refused token is renewed, and a call without a body sent once more", async () => {
  const { server, client } = setup();
  await client.login(ann);
  server.next.set("/me/", [new Response("{}", { status: 401, headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } })]);
  assert.equal((await client.fetch("me/")).status, 200);
  assert.deepEqual(server.paths(), ["/auth/login/", "/me/", "/auth/refresh/", "/me/"]);
  server.next.set("/me/", [new Response("{}", { status: 401, headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } })]);
  assert.equal((await client.fetch("me/", { method: "POST", body: "a" })).status, 401, "no body is sent twice");
});

test("a call of a user whose session ended is not sent as nobody", async () => {
  const { server, client } = setup();
  server.lifetime = 1e-9;
  await client.login(ann);
  server.ended = true;
  await assert.rejects(client.fetch("me/"), code("session_changed"));
  assert.ok(!server.paths().includes("/me/"));
});

test("no other origin and no path outside the API gets the token", async () => {
  const { server, client } = setup({ api: `${API}v1/`, auth: "/auth/" });
  await client.login(ann);
  for (const url of ["https://evil.example/v1/", "https://api.example.com:8443/v1/", "http://api.example.com/v1/", `${API}v2/`])
    await client.fetch(url);
  assert.deepEqual(server.sent.slice(1).map(({ authorization }) => authorization), [null, null, null, null]);
  await assert.rejects(client.fetch(`${API}v1/..%2fv2/`), TypeError);
});

test("a redirect is followed by no token", async () => {
  const { server, client } = setup();
  await client.login(ann);
  server.next.set("/me/", [new Response(null, { status: 302, headers: { Location: "https://evil.example/" } })]);
  await assert.rejects(client.fetch("me/"), code("redirected"));
  assert.equal(server.sent.at(-1)?.init?.redirect, "manual");
  assert.equal(server.sent[0]?.init?.redirect, "error", "nor by a password");
});

test("what is stored for another API, or damaged, is never sent", async () => {
  const { server, store, make, client } = setup();
  await client.login(ann);
  const [[key, value]] = [...store.values] as [[string, string]];
  store.values.set(key, value.replace("api.example.com", "evil.example"));
  assert.equal((await make().ready).status, "out");
  for (const text of ["{", "[]", "null", '{"api":1}', JSON.stringify({ api: `${API}auth/`, refreshToken: 1 })]) {
    store.values.set(key, text);
    assert.equal((await make().ready).status, "out");
  }
  assert.ok(!server.paths().includes("/auth/refresh/"));
});

test("plain HTTP, a password in the URL and endpoints elsewhere are refused", () => {
  const store = new FakeStore();
  for (const options of [
    { api: "http://api.example.com/" },
    { api: "https://ann:secret@api.example.com/" },
    { api: API, auth: "https://evil.example/auth/" },
  ])
    assert.throws(() => createNativeClient({ store, ...options }), TypeError);
});

test("a second factor: asked for, refused, given", async () => {
  const asked: (string | null)[] = [];
  const codes = ["000000", "123456"];
  const { server, client } = setup({
    secondFactor: async (error) => {
      asked.push(error?.code ?? null);
      return codes.shift() ?? null;
    },
  });
  const incomplete = { code: "login_incomplete", step: "second_factor", limited_token: "lt" };
  server.next.set("/auth/login/", [new Response(JSON.stringify(incomplete), { status: 403 })]);
  server.next.set("/auth/login/second-factor/", [
    new Response(JSON.stringify({ code: "code_refused" }), { status: 401 }),
    server.tokens("r1"),
  ]);
  assert.equal((await client.login(ann)).status, "in");
  assert.deepEqual(asked, [null, "code_refused"]);
  server.next.set("/auth/login/", [new Response(JSON.stringify(incomplete), { status: 403 })]);
  await assert.rejects(client.login(ann), code("login_incomplete"));
});

test("a wrong password is an error, and nothing is stored; listeners hear; a closed client does nothing", async () => {
  const { client, store, server } = setup();
  const heard: string[] = [];
  const stop = client.onChange(({ status }) => heard.push(status));
  await assert.rejects(client.login({ ...ann, password: "wrong" }), code("invalid_credentials"));
  assert.equal(store.values.size, 0);
  await client.login(ann);
  await client.logout();
  stop();
  await client.login(ann);
  assert.deepEqual(heard, ["in", "out"]);
  client.close();
  await assert.rejects(client.fetch("me/"), code("closed"));
  await assert.rejects(client.login(ann), code("closed"));
  assert.ok(server.sent.length > 0);
});

test("a logout that does not reach the server keeps the session", async () => {
  const { server, client, store } = setup();
  await client.login(ann);
  server.next.set("/auth/logout/", ["lost"]);
  await assert.rejects(client.logout(), code("unreachable"));
  assert.match(store.all(), /"r1"/);
  assert.equal(client.session.status, "in");
});
