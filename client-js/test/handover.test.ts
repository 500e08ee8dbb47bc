/** Both sides of a handover, over a client and a page that do what a test says. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, mock, test } from "node:test";
import { BearerError, type Client, type LoginStep } from "../src/index.ts";
import { createHandover } from "../src/handover.ts";

const AT = "https://api.test/auth/";
type Given = [status: number, body: unknown];
const PENDING: Given = [400, { code: "handover_pending" }];
const OVER: Given = [401, { code: "handover_refused" }];

/** A page at this URL, whose client answers with these, one after the other. */
const fake = (url: string, ...answers: Given[]) => {
  const sent: [path: string, body: Record<string, string>][] = [];
  const next = (address: string, body: unknown) => {
    sent.push([address.slice(AT.length), body as Record<string, string>]);
    return answers.shift() ?? [500, {}];
  };
  const client = {
    async loginStep(address: string, step: LoginStep = {}) {
      const [status, body] = next(address, step.body);
      if (status === 0) throw new BearerError("unreachable", "No answer.", 0);
      return { status, body };
    },
    async fetch(address: string, init: RequestInit) {
      assert.equal((init.headers as Record<string, string>)["X-Bearer-Client"], "app");
      const [status, body] = next(address, JSON.parse(String(init.body)));
      const headers = status === 429 ? { "Retry-After": "7" } : {};
      return status === 204 ? new Response(null, { status }) : Response.json(body, { status, headers });
    },
    session: { status: "in" },
  };
  const place = new URL(url);
  Object.assign(globalThis, {
    location: { href: place.href, hash: place.hash, pathname: place.pathname, search: place.search },
    history: { state: null, replaceState: (_: unknown, __: string, to: string) => shown.push(to) },
  });
  return { handover: createHandover(client as unknown as Client, { at: AT, client: "app" }), sent };
};
const shown: string[] = [];
const stored = new Map<string, string>();

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  Object.assign(globalThis, {
    sessionStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
      removeItem: (key: string) => void stored.delete(key),
    },
  });
});
afterEach(() => {
  mock.timers.reset();
  for (const name of ["location", "history", "sessionStorage"]) Reflect.deleteProperty(globalThis, name);
  shown.length = 0;
  stored.clear();
});

/** Let the timers run for as long as this takes. */
const during = async <T>(work: Promise<T>): Promise<T> => {
  let over = false;
  const done = work.finally(() => {
    over = true;
  });
  done.catch(() => {});
  while (!over) {
    await new Promise((next) => setImmediate(next));
    mock.timers.tick(2000);
  }
  return done;
};

const s256 = (verifier: string) => createHash("sha256").update(verifier).digest("base64url");

test("a QR code: the receiver shows the number and asks until it was typed", async () => {
  const { handover, sent } = fake("https://app.test/in/?a=1#handover=djb_ho_x", [200, { number: "012345" }], PENDING, PENDING, [200, null]);
  const numbers: string[] = [];
  const session = await during(handover.receive({ showNumber: (number) => void numbers.push(number) }));
  assert.equal(session?.status, "in");
  assert.deepEqual(numbers, ["012345"]);
  assert.deepEqual(shown, ["/in/?a=1"]); // the code is in no history
  assert.deepEqual(sent.map(([path]) => path), ["handover/begin/", ...Array(3).fill("handover/redeem/")]);
  const [begun, redeemed] = [sent[0]![1], sent[1]![1]];
  assert.equal(begun.code, "djb_ho_x");
  assert.equal(begun.code_challenge_method, "S256");
  assert.equal(begun.code_challenge, s256(redeemed.code_verifier!));
  assert.equal(stored.size, 0);
});

test("from site to site: the tab that has asked redeems at once, by the verifier that it kept", async () => {
  const { handover, sent } = fake("https://admin.test/", [200, { state: "S" }]);
  const url = new URL(await handover.ask("https://app.test/go-on/?x=1"));
  const asked = new URLSearchParams(url.hash.slice(1)).get("asked")!;
  assert.equal(url.origin + url.pathname + url.search, "https://app.test/go-on/?x=1");
  assert.equal(asked, `${sent[0]![1].code_challenge}.S`);
  const back = fake("https://admin.test/in/#handover=djb_ho_y", [200, null]);
  const session = await back.handover.receive({ showNumber: () => assert.fail("no number") });
  assert.equal(session?.status, "in");
  assert.deepEqual(back.sent.map(([path, body]) => [path, body.code]), [["handover/redeem/", "djb_ho_y"]]);
  assert.equal(s256(back.sent[0]![1].code_verifier!), sent[0]![1].code_challenge);
  assert.equal(stored.size, 0);
});

test("a QR code in a tab that has given up to ask: it begins with the code", async () => {
  await fake("https://admin.test/", [200, { state: "S" }]).handover.ask("https://app.test/go-on/");
  const { handover, sent } = fake("https://admin.test/in/#handover=x", OVER, [200, { number: "012345" }], PENDING, [200, null]);
  const numbers: string[] = [];
  await during(handover.receive({ showNumber: (number) => void numbers.push(number) }));
  assert.deepEqual(numbers, ["012345"]);
  assert.deepEqual(sent.map(([path]) => path.slice(9)), ["redeem/", "begin/", "redeem/", "redeem/"]);
  assert.notEqual(sent[2]![1].code_verifier, sent[0]![1].code_verifier);
  assert.equal(stored.size, 0);
});

test("an answer that is lost costs neither the code nor the verifier; a server that is away is an error", async () => {
  await fake("https://admin.test/", [200, { state: "S" }]).handover.ask("https://app.test/go-on/");
  const { handover, sent } = fake("https://admin.test/in/#handover=x", [0, null], [0, null], [200, null]);
  const session = await during(handover.receive({ showNumber: () => assert.fail("no number") }));
  assert.equal(session?.status, "in");
  assert.equal(new Set(sent.map(([, body]) => body.code_verifier)).size, 1);
  const away = fake("https://admin.test/in/#handover=x", [200, { number: "1" }], ...Array<Given>(40).fill([0, null]));
  await assert.rejects(during(away.handover.receive({ showNumber: () => {} })), { code: "unreachable" });
  assert.equal(away.sent.length, 32);
});

test("the verifier is 256 random bits in base64url", async () => {
  const { handover, sent } = fake("https://admin.test/", [200, { state: "S" }]);
  const random = mock.method(crypto, "getRandomValues", (bytes: Uint8Array) => bytes.fill(0xfb)); // has + and / in base64
  try {
    await handover.ask("https://app.test/go-on/");
  } finally {
    random.mock.restore();
  }
  const [verifier] = stored.values();
  assert.equal(verifier, Buffer.alloc(32, 0xfb).toString("base64url"));
  assert.equal(sent[0]![1].code_challenge, s256(verifier));
});

test("another refusal of what this tab asked for is an error, and no new receiver", async () => {
  await fake("https://admin.test/", [200, { state: "S" }]).handover.ask("https://app.test/go-on/");
  const { handover, sent } = fake("https://admin.test/in/#handover=x", [403, { code: "login_refused" }]);
  await assert.rejects(handover.receive({ showNumber: () => assert.fail("no number") }), { code: "login_refused" });
  assert.equal(sent.length, 1);
});

test("a refused offer says how long to wait", async () => {
  const { handover } = fake("https://app.test/", [429, { code: "throttled" }]);
  await assert.rejects(handover.offer("admin"), { code: "throttled", retryAfter: 7 });
});

test("no code: nothing is sent", async () => {
  const { handover, sent } = fake("https://app.test/in/#other=1");
  assert.equal(await handover.receive({ showNumber: () => assert.fail() }), null);
  assert.equal(handover.asked(), null);
  assert.deepEqual([sent, shown], [[], []]);
});

test("a code that is over, and a wait that the page ends, are errors", async () => {
  const over = fake("https://app.test/in/#handover=x", OVER);
  await assert.rejects(over.handover.receive({ showNumber: () => {} }), { code: "handover_refused", status: 401 });
  const stop = new AbortController();
  const { handover } = fake("https://app.test/in/#handover=x", [200, { number: "1" }], PENDING);
  const waits = handover.receive({ showNumber: () => stop.abort(), signal: stop.signal });
  await assert.rejects(during(waits), { name: "AbortError" });
});

test("the side that hands over: what was asked, the offer, the device, the number", async () => {
  const { handover, sent } = fake(
    "https://app.test/go-on/#asked=C.S",
    [201, { code: "x", url: "https://admin.test/in/#handover=x", expires_in: 60 }],
    PENDING,
    [200, { device: "Firefox on Linux", where: "192.0.2.0/24", client_id: "admin" }],
    [401, { code: "handover_number_refused" }],
    [204, null],
  );
  const asked = handover.asked();
  assert.deepEqual(asked, { challenge: "C", state: "S" });
  assert.deepEqual(shown, ["/go-on/"]);
  const offer = await handover.offer("admin", { password: "p", asked: asked! });
  assert.deepEqual([offer.url, offer.expiresIn], ["https://admin.test/in/#handover=x", 60]);
  assert.deepEqual(await during(offer.receiver()), { device: "Firefox on Linux", where: "192.0.2.0/24" });
  await assert.rejects(offer.approve("1"), { code: "handover_number_refused" });
  await offer.approve("2");
  assert.deepEqual(sent[0], ["handover/", { to: "admin", password: "p", code_challenge: "C", state: "S" }]);
  assert.deepEqual(sent.at(-1), ["handover/approve/", { code: "x", number: "2" }]);
});

test("an offer for a QR code, of a login without a password at hand", async () => {
  const { handover, sent } = fake("https://app.test/", [201, { code: "x", url: "u", expires_in: 60 }]);
  await handover.offer("phone");
  assert.deepEqual(sent, [["handover/", { to: "phone" }]]);
});
