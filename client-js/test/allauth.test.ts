/** Passkeys and second factors at allauth, over a client and a browser that do what a test says. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Client, LoginStep, LoginStepAnswer } from "../src/index.ts";
import { AccountsError, canUsePasskeys, createAccounts } from "../src/allauth.ts";

const AT = "https://api.test/auth/";
type Sent = [method: string, path: string, body: unknown, token?: string | undefined];

/** A client that answers with these, one after the other, and notes what it was asked. */
const fake = (...answers: [status: number, body: unknown][]) => {
  const sent: Sent[] = [];
  const asked = { stepUps: 0, refreshes: 0, agrees: true };
  const next = (): LoginStepAnswer => {
    const [status, body] = answers.shift() ?? [500, {}];
    return { status, body };
  };
  const client = {
    async loginStep(url: string, step: LoginStep = {}) {
      sent.push([step.method ?? "POST", url.slice(AT.length), step.body, step.headers?.["X-Session-Token"]]);
      return next();
    },
    async fetch(url: string, init: RequestInit) {
      assert.equal((init.headers as Record<string, string>)["X-Bearer-Client"], "first-party");
      sent.push([String(init.method), url.slice(AT.length), init.body ? JSON.parse(String(init.body)) : undefined]);
      const { status, body } = next();
      return Response.json(body, { status });
    },
    async stepUp() {
      asked.stepUps++;
      return asked.agrees;
    },
    async refresh() {
      asked.refreshes++;
    },
    session: { status: "in" },
    ready: Promise.resolve({ status: "out" }),
  };
  return { accounts: createAccounts(client as unknown as Client, { at: AT }), sent, asked, client };
};

const PENDING: [number, unknown] = [401, { meta: { session_token: "flow" }, data: { flows: [] } }];
const OPTIONS = (kind: string): [number, unknown] => [
  200,
  { data: { [kind]: { publicKey: { challenge: "abc" } } }, meta: { session_token: "flow" } },
];
const WRONG: [number, unknown] = [400, { errors: [{ code: "incorrect_code", message: "Incorrect code." }] }];
const kept = { navigator: Object.getOwnPropertyDescriptor(globalThis, "navigator") };
const given: unknown[] = [];

beforeEach(() => {
  const credential = { toJSON: () => ({ id: "key" }) };
  const hand = async (options: unknown) => {
    given.push(options);
    return credential;
  };
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { credentials: { get: hand, create: hand } } });
  Object.assign(globalThis, {
    PublicKeyCredential: Object.assign(function PublicKeyCredential() {}, {
      parseRequestOptionsFromJSON: (options: unknown) => options,
      parseCreationOptionsFromJSON: (options: unknown) => options,
    }),
  });
});
afterEach(() => {
  if (kept.navigator) Object.defineProperty(globalThis, "navigator", kept.navigator);
  Reflect.deleteProperty(globalThis, "PublicKeyCredential");
  given.length = 0;
});

test("a passkey signs in", async () => {
  const { accounts, sent } = fake(OPTIONS("request_options"), [200, null]);
  assert.equal((await accounts.loginWithPasskey()).status, "in");
  const path = "v1/auth/webauthn/login";
  assert.deepEqual(sent, [
    ["GET", path, undefined, undefined],
    ["POST", path, { credential: { id: "key" } }, "flow"],
  ]);
  assert.deepEqual(given, [{ publicKey: { challenge: "abc" } }]);
});

test("a passkey that the server does not know is the caller's error", async () => {
  const { accounts } = fake(OPTIONS("request_options"), WRONG);
  await assert.rejects(accounts.loginWithPasskey(), (error) => {
    assert.ok(error instanceof AccountsError);
    assert.deepEqual([error.name, error.code, error.message, error.status], ["AccountsError", "incorrect_code", "Incorrect code.", 400]);
    return true;
  });
});

test("a refusal of our own keeps its code", async () => {
  const { accounts } = fake([429, { code: "throttled" }]);
  await assert.rejects(accounts.loginWithPasskey(), { name: "BearerError", code: "throttled", status: 429 });
});

test("a sign-up confirms the address, asks again for a wrong code, and makes the passkey", async () => {
  const { accounts, sent } = fake(PENDING, WRONG, PENDING, OPTIONS("creation_options"), [200, null]);
  const errors: (string | null)[] = [];
  const code = async (error: AccountsError | null) => {
    errors.push(error?.code ?? null);
    return error ? "right" : "wrong";
  };
  const session = await accounts.signUpWithPasskey({ email: "a@b.c", name: "phone", code });
  assert.equal(session?.status, "in");
  assert.deepEqual(errors, [null, "incorrect_code"]);
  assert.deepEqual(sent, [
    ["POST", "v1/auth/webauthn/signup", { email: "a@b.c" }, undefined],
    ["POST", "v1/auth/email/verify", { key: "wrong" }, "flow"],
    ["POST", "v1/auth/email/verify", { key: "right" }, "flow"],
    ["GET", "v1/auth/webauthn/signup", undefined, "flow"],
    ["PUT", "v1/auth/webauthn/signup", { name: "phone", credential: { id: "key" } }, "flow"],
  ]);
});

test("whoever gives up at the code makes no passkey", async () => {
  const { accounts, sent } = fake(PENDING);
  assert.equal(await accounts.signUpWithPasskey({ email: "a@b.c", code: async () => null }), null);
  assert.equal(sent.length, 1);
});

test("a code that may be tried no more ends the sign-up", async () => {
  const { accounts } = fake(PENDING, [429, { code: "throttled" }]);
  await assert.rejects(accounts.signUpWithPasskey({ email: "a@b.c", code: async () => "x" }), { code: "throttled" });
});

const BACK = "https://app.test/back";
const FLOW = (id: string): [number, unknown] => [401, { meta: { session_token: "flow" }, data: { flows: [{ id: "login" }, { id, is_pending: true }] } }];
const QUERY = "?code=c&state=s&iss=https%3A%2F%2Fidp.test";
const SAID = { code: "c", state: "s", iss: "https://idp.test" };

test("a sign-in at another site begins with a URL and ends with what that site said", async () => {
  const { accounts, sent } = fake([200, { data: { url: "https://idp.test/authorize" } }], [200, null]);
  assert.equal(await accounts.beginAtProvider("company", BACK), "https://idp.test/authorize");
  assert.equal((await accounts.finishAtProvider({ query: QUERY }))?.status, "in");
  assert.deepEqual(sent, [
    ["POST", "v1/auth/provider/redirect", { provider: "company", process: "login", callback_url: BACK }, undefined],
    ["POST", "v1/auth/provider/callback", SAID, undefined],
  ]);
});

test("whoever is signed in connects the account there, after a step-up, and the page learns that its session ended", async () => {
  const wanted: [number, unknown] = [403, { code: "password_required" }];
  const { accounts, sent, asked, client } = fake(wanted, [200, { data: { url: "https://idp.test/" } }], [200, {}]);
  client.ready = Promise.resolve({ status: "in" });
  await accounts.beginAtProvider("company", BACK);
  assert.equal(asked.stepUps, 1);
  await accounts.finishAtProvider({ query: QUERY });
  assert.equal(asked.refreshes, 1);
  const begun = { provider: "company", process: "connect", callback_url: BACK };
  const paths = sent.map(([, path, body]) => [path, body]);
  const path = "v1/auth/provider/redirect";
  assert.deepEqual(paths, [[path, begun], [path, begun], ["v1/auth/provider/callback", SAID]]);
});

test("after another site the second factor of this one is asked for, again where it was wrong", async () => {
  const { accounts, sent } = fake(FLOW("verify_email"), FLOW("mfa_authenticate"), WRONG, [401, { code: "code_refused" }], [200, null]);
  const asked: unknown[] = [];
  const code = async (step: string, error: { code: string } | null) => {
    asked.push([step, error?.code ?? null]);
    return `${asked.length}`;
  };
  assert.equal((await accounts.finishAtProvider({ query: QUERY, code }))?.status, "in");
  assert.deepEqual(asked, [
    ["verify_email", null],
    ["mfa_authenticate", null],
    ["mfa_authenticate", "incorrect_code"],
    ["mfa_authenticate", "code_refused"],
  ]);
  assert.deepEqual(sent.slice(1), [
    ["POST", "v1/auth/email/verify", { key: "1" }, "flow"],
    ["POST", "v1/auth/2fa/authenticate", { code: "2" }, "flow"],
    ["POST", "v1/auth/2fa/authenticate", { code: "3" }, "flow"],
    ["POST", "v1/auth/2fa/authenticate", { code: "4" }, "flow"],
  ]);
});

/** A flow whose second factor is one of these, and what the callback is asked with these answers. */
const asking = (types: string[], choices: (string | { passkey: true } | null)[], ...answers: [number, unknown][]) => {
  const [status, body] = FLOW("mfa_authenticate") as [number, { data: { flows: object[] } }];
  Object.assign(body.data.flows.at(-1)!, { types });
  const { accounts, sent } = fake([status, body], ...answers);
  const asked: unknown[] = [];
  const code = async (step: string, error: Error | null, found: readonly string[]) => {
    asked.push([step, error?.name ?? null, found]);
    return choices.shift() ?? null;
  };
  return { done: accounts.finishAtProvider({ query: QUERY, code }), sent, asked };
};
const PASSKEY = { passkey: true } as const;
const SECOND = "v1/auth/webauthn/authenticate";

test("after another site a passkey is the second factor, or a recovery code", async () => {
  const types = ["webauthn", "recovery_codes"];
  const { done, sent, asked } = asking(types, [PASSKEY, "spare"], OPTIONS("request_options"), WRONG, [200, null]);
  assert.equal((await done)?.status, "in");
  assert.deepEqual(asked, [["mfa_authenticate", null, types], ["mfa_authenticate", "AccountsError", types]]);
  assert.deepEqual(sent.slice(1), [
    ["GET", SECOND, undefined, "flow"],
    ["POST", SECOND, { credential: { id: "key" } }, "flow"],
    ["POST", "v1/auth/2fa/authenticate", { code: "spare" }, "flow"],
  ]);
});

test("a passkey that the browser does not use asks again, and a refusal to give its challenge is an error", async () => {
  const gaveUp = async () => {
    throw new DOMException("", "NotAllowedError");
  };
  Object.assign(navigator.credentials, { get: gaveUp });
  const first = asking(["webauthn"], [PASSKEY], OPTIONS("request_options"));
  assert.deepEqual([await first.done, first.asked.at(-1)], [null, ["mfa_authenticate", "NotAllowedError", ["webauthn"]]]);
  await assert.rejects(asking(["webauthn"], [PASSKEY], [429, { code: "throttled" }]).done, { code: "throttled" });
  Reflect.deleteProperty(globalThis, "PublicKeyCredential");
  await assert.rejects(asking(["webauthn"], [PASSKEY], OPTIONS("request_options")).done, ReferenceError);
});

test("a sign-in at another site that does not end in a session says why", async () => {
  const finish = (query: string, ...answers: [number, unknown][]) => fake(...answers).accounts.finishAtProvider({ query });
  await assert.rejects(finish("?error=access_denied&state=s"), { code: "login_refused", message: /access_denied/ });
  await assert.rejects(finish(QUERY, [400, { code: "invalid_request" }]), { code: "invalid_request" });
  await assert.rejects(finish(QUERY, FLOW("mfa_authenticate")), { code: "login_incomplete" });
  await assert.rejects(finish(QUERY, FLOW("provider_signup")), { code: "login_incomplete" });
  const { accounts } = fake(FLOW("mfa_authenticate"));
  assert.equal(await accounts.finishAtProvider({ query: QUERY, code: async () => null }), null, "the user gave up");
});

test("a first second factor is enrolled after another site, too", async () => {
  const lacking: [number, unknown] = [403, { code: "login_incomplete", step: "enrol", limited_token: "t" }];
  for (const [enrolled, status] of [[true, "in"], [false, undefined]] as const) {
    const given: string[] = [];
    const enrol = async (token: string) => (given.push(token), enrolled);
    assert.equal((await fake(lacking).accounts.finishAtProvider({ query: QUERY, enrol }))?.status, status);
    assert.deepEqual(given, ["t"]);
  }
  await assert.rejects(fake(lacking).accounts.finishAtProvider({ query: QUERY }), { code: "login_incomplete" });
});

test("the proof of a passkey is for the endpoint that takes it", async () => {
  const { accounts } = fake(OPTIONS("request_options"));
  const url = `${AT}v1/auth/webauthn/step-up`;
  assert.deepEqual(await accounts.passkeyProof(), { url, body: { credential: { id: "key" } } });
});

test("a change of factors steps up where the server asks for it, once, and the page learns that its session ended", async () => {
  const { accounts, sent, asked } = fake([403, { code: "password_required" }], OPTIONS("creation_options"), [200, {}]);
  assert.deepEqual(await accounts.addPasskey("phone"), []);
  assert.deepEqual([asked.stepUps, asked.refreshes], [1, 1]);
  assert.deepEqual(sent.at(-1), ["POST", "v1/account/authenticators/webauthn", { name: "phone", credential: { id: "key" } }]);
});

test("a user who does not step up changes nothing", async () => {
  const { accounts, sent, asked } = fake([403, { code: "password_required" }]);
  asked.agrees = false;
  await assert.rejects(accounts.beginTotp(), { name: "BearerError", code: "password_required" });
  assert.equal(sent.length, 1);
});

const CODES = { recovery_codes: ["a", "b"] };

test("an app for codes: the secret, then its first code", async () => {
  const { accounts, sent } = fake([404, { meta: { secret: "ABC", totp_url: "otpauth://totp/x" } }], WRONG, [200, { meta: CODES }]);
  assert.deepEqual(await accounts.beginTotp(), { secret: "ABC", url: "otpauth://totp/x" });
  await assert.rejects(accounts.completeTotp("000000"), { code: "incorrect_code" });
  assert.deepEqual(await accounts.completeTotp("123456"), ["a", "b"], "shown with the first factor");
  assert.deepEqual(sent.at(-1), ["POST", "v1/account/authenticators/totp", { code: "123456" }]);
});

test("recovery codes are listed and made anew; a user without has none", async () => {
  const codes: [number, unknown] = [200, { data: { unused_codes: ["a", "b"] } }];
  const { accounts, sent, asked } = fake([404, {}], codes, codes);
  assert.deepEqual(await accounts.recoveryCodes(), []);
  assert.deepEqual(await accounts.recoveryCodes(), ["a", "b"]);
  assert.deepEqual(await accounts.newRecoveryCodes(), ["a", "b"]);
  assert.equal(asked.refreshes, 1);
  assert.deepEqual(sent.at(-1), ["POST", "v1/account/authenticators/recovery-codes", {}]);
});

test("factors are listed, and each is removed in its way", async () => {
  const list = [
    { type: "webauthn" as const, id: "3", name: "phone", created_at: 1, last_used_at: null },
    { type: "totp" as const, created_at: 2, last_used_at: 3 },
  ];
  const { accounts, sent } = fake([200, { data: list.map((one) => ("id" in one ? { ...one, id: 3 } : one)) }], [200, {}], [200, {}]);
  const found = await accounts.factors();
  assert.deepEqual(found, list);
  for (const one of found) await accounts.removeFactor(one);
  assert.deepEqual(sent.slice(1), [
    ["DELETE", "v1/account/authenticators/webauthn", { authenticators: ["3"] }],
    ["DELETE", "v1/account/authenticators/totp", {}],
  ]);
});

test("whether passkeys are to be had", () => {
  assert.equal(canUsePasskeys(), true);
  Reflect.deleteProperty(globalThis, "PublicKeyCredential");
  assert.equal(canUsePasskeys(), false);
});
