/** The handler of docs/guide/next.md: a lost response ends no session, and no cookie shows a token. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

process.env["SESSION_SECRET"] = "of a test, and of at least 32 characters";
const { asUser, login, logout, retryKey } = await import("./next_session.ts");

const HERE = "https://www.example.com/";
let generation = 0;
let ended = false;
const keys = new Map<number, string>();
const sent: { path: string; body: Record<string, string> }[] = [];

/** An API that rotates: a spent token comes back only with the key of the first time. */
globalThis.fetch = async (input, init) => {
  const path = new URL(String(input)).pathname;
  const body = JSON.parse(String(init?.body)) as Record<string, string>;
  sent.push({ path, body });
  const json = (status: number, members: object) => new Response(JSON.stringify(members), { status });
  const tokens = () => ({ access_token: `access-${generation}`, expires_in: 300, refresh_token: `refresh-${generation}`, refresh_expires_in: 1000 });
  if (path === "/auth/logout/") return new Response(null, { status: 204 });
  if (path === "/auth/login/") return body["password"] === "right" ? (generation++, json(200, tokens())) : json(401, { code: "invalid_credentials" });
  const given = Number(body["refresh_token"]?.split("-")[1]);
  if (ended) return json(401, { code: "session_ended" });
  if (given === generation) {
    keys.set(given, body["retry_key"] ?? "");
    generation++;
    return json(200, tokens());
  }
  if (given === generation - 1 && keys.get(given) === body["retry_key"]) return json(200, tokens());
  ended = true;
  return json(401, { code: "session_ended" });
};

beforeEach(() => {
  [generation, ended] = [0, false];
  keys.clear();
  sent.length = 0;
});

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  new Request(`${HERE}${path}`, { method: "POST", body: JSON.stringify(body), headers: { origin: HERE.slice(0, -1), ...headers } });
const cookieOf = (response: Response) => (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
const get = (cookie: string) => new Request(HERE, { headers: { cookie } });
const echo = async (token: string) => new Response(token);
const signedIn = async () => cookieOf(await login(post("login", { username: "ann", password: "right" })));

/** As if the access token had expired. */
const later = async <T>(work: () => Promise<T>): Promise<T> => {
  const real = Date.now;
  Date.now = () => real() + 600_000;
  try {
    return await work();
  } finally {
    Date.now = real;
  }
};

test("a login keeps the tokens in an encrypted cookie that no script reads", async () => {
  const answer = await login(post("login", { username: "ann", password: "right" }));
  assert.equal(answer.status, 204);
  const header = answer.headers.get("set-cookie") ?? "";
  assert.match(header, /^__Host-session=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=1000$/);
  assert.doesNotMatch(Buffer.from(cookieOf(answer).split("=")[1] ?? "", "base64url").toString("latin1"), /access|refresh/);
  assert.equal((await login(post("login", { username: "ann", password: "wrong" }))).status, 401);
  assert.equal(await (await asUser(get(cookieOf(answer)), echo)).text(), "access-1");
});

test("a response that is lost is asked for again by the old cookie, many times and at once", async () => {
  const old = await signedIn();
  await later(async () => {
    const answers = await Promise.all([1, 2, 3].map(() => asUser(get(old), echo)));
    for (const answer of answers) assert.equal(await answer.text(), "access-2");
    assert.equal(await (await asUser(get(old), echo)).text(), "access-2", "the browser has the old cookie still");
    assert.equal(await (await asUser(get(cookieOf(answers[0] as Response)), echo)).text(), "access-2");
  });
  assert.equal(ended, false);
  assert.equal(new Set(sent.filter(({ path }) => path.includes("refresh")).map(({ body }) => body["retry_key"])).size, 1);
});

test("the retry key depends on the token and on the secret, and shows neither", async () => {
  assert.notEqual(retryKey("a"), retryKey("b"));
  const { createHash } = await import("node:crypto");
  assert.notEqual(retryKey("a"), createHash("sha256").update("a").digest("base64url"));
  assert.match(retryKey("a"), /^[\w-]{43}$/);
});

test("an ended session clears the cookie, a changed one is nobody's, and another site changes nothing", async () => {
  const cookie = await signedIn();
  ended = true;
  const answer = await later(() => asUser(get(cookie), echo));
  assert.equal(answer.status, 401);
  assert.match(answer.headers.get("set-cookie") ?? "", /^__Host-session=; .*Max-Age=0$/);
  const flipped = cookie.slice(0, -1) + (cookie.endsWith("A") ? "B" : "A");
  for (const bad of [flipped.replace(/=(.)/, (_, one: string) => `=${one === "A" ? "B" : "A"}`), "__Host-session=AAAA", ""])
    assert.equal((await asUser(get(bad), echo)).status, 401);
  const foreign = { origin: "https://evil.example", cookie };
  assert.equal((await login(post("login", {}, foreign))).status, 403);
  assert.equal((await logout(post("logout", {}, foreign))).status, 403);
  assert.equal((await asUser(post("notes", {}, foreign), echo)).status, 403);
  assert.equal((await asUser(post("notes", {}, { cookie }), echo)).status, 200);
});

test("a logout ends the session with the API, and then clears the cookie", async () => {
  const cookie = await signedIn();
  const answer = await logout(post("logout", {}, { cookie }));
  assert.equal(answer.status, 204);
  assert.match(answer.headers.get("set-cookie") ?? "", /Max-Age=0$/);
  assert.deepEqual(sent.at(-1), { path: "/auth/logout/", body: { refresh_token: "refresh-1" } });
});
