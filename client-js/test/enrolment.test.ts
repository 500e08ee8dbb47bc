/** The first second factor at a login: a proof, what the factor shows, its first code, and the recovery codes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BearerError, Client, LoginStep } from "../src/index.ts";
import { createEnrolment } from "../src/enrolment.ts";
import { Fakes, during } from "./fakes.ts";

type Given = [status: number, body: unknown];
const SENT: Given = [200, { sent: true }];
const BEGUN: Given = [200, { secret: "S", limited_token: "two", step: "enrol" }];
const WRONG: Given = [401, { code: "code_refused" }];

/** Enrol against these answers with these codes; what was sent, asked and shown. */
const enrolling = (codes: (string | null)[], ...answers: Given[]) => {
  const sent: unknown[] = [];
  const asked: unknown[] = [];
  const client = {
    async loginStep(url: string, step: LoginStep) {
      sent.push([url, step.body]);
      const [status, body] = answers.shift() ?? [500, {}];
      return { status, body };
    },
  };
  const ask = async (what: unknown, error: BearerError | null) => {
    asked.push([what, error?.code ?? null]);
    return codes.shift() ?? null;
  };
  const questions = {
    code: ask,
    firstCode: (shown: Readonly<Record<string, unknown>>, error: BearerError | null) => ask(shown.secret, error),
    recoveryCodes: (found: readonly string[]) => void asked.push(found),
  };
  return { done: createEnrolment(client as unknown as Client, questions)("one"), sent, asked };
};

test("proof, factor, first code: each wrong code is asked for again, and recovery codes are shown", async () => {
  const codes = ["bad", "mailed", "000000", "123456"];
  const { done, sent, asked } = enrolling(codes, SENT, WRONG, BEGUN, WRONG, [200, ["r1", "r2"]]);
  assert.equal(await done, true);
  assert.deepEqual(asked, [[true, null], [true, "code_refused"], ["S", null], ["S", "code_refused"], ["r1", "r2"]]);
  assert.deepEqual(sent, [
    ["auth/login/enrol/code/", { limited_token: "one" }],
    ["auth/login/enrol/", { limited_token: "one", code: "bad" }],
    ["auth/login/enrol/", { limited_token: "one", code: "mailed" }],
    ["auth/login/enrol/factor/", { limited_token: "two", code: "000000" }],
    ["auth/login/enrol/factor/", { limited_token: "two", code: "123456" }],
  ]);
});

test("whoever gives up enrols nothing, at either code", async () => {
  const first = enrolling([null], [200, { sent: false }]);
  assert.deepEqual([await first.done, first.asked, first.sent.length], [false, [[false, null]], 1]);
  const second = enrolling(["mailed", null], SENT, BEGUN);
  assert.deepEqual([await second.done, second.sent.length], [false, 2]);
});

test("any other refusal is the caller's error, and recovery codes are shown all the same", async () => {
  await assert.rejects(enrolling([], [429, { code: "throttled" }]).done, { code: "throttled", status: 429 });
  await assert.rejects(enrolling(["x"], SENT, [401, { code: "limited_token_refused" }]).done, { code: "limited_token_refused" });
  const lacking: Given = [403, { code: "login_incomplete", step: "verify_email", recovery_codes: ["r1"] }];
  const { done, asked } = enrolling(["x", "y"], SENT, BEGUN, lacking);
  await assert.rejects(done, { code: "login_incomplete" });
  assert.deepEqual(asked.at(-1), ["r1"]);
});

/** A tab whose server wants a factor enrolled, and the answers to what is sent to `login/enrol/`. */
const requiring = (enrol?: (token: string) => Promise<boolean>) => {
  const fakes = new Fakes();
  fakes.server.signedIn = false;
  const real = fakes.server.answer.bind(fakes.server);
  fakes.server.answer = async (request) => {
    if (!request.url.includes("/login/")) return real(request);
    if (!request.url.endsWith("/factor/")) {
      const lacking = { code: "login_incomplete", step: "enrol", limited_token: "djb_lt_1" };
      return Response.json(lacking, { status: 403 });
    }
    fakes.server.signedIn = true; // it sets the cookie, too
    const granted = { access_token: "t", token_type: "Bearer", expires_in: 300, scope: "a", session_id: "s9" };
    return Response.json({ ...granted, recovery_codes: ["r1"] });
  };
  return { fakes, tab: fakes.tab(enrol ? { enrol } : {}) };
};

test("a login that has to enrol calls the option, and is complete once it is", async () => {
  const given: string[] = [];
  const { fakes, tab } = requiring(async (token) => {
    given.push(token);
    const answer = await tab.client.loginStep("auth/login/enrol/factor/", { body: { limited_token: token, code: "1" } });
    assert.deepEqual(answer, { status: 200, body: ["r1"] }, "what a factor shows once, and no token");
    return true;
  });
  const session = await during(fakes, 0, tab.client.login({ username: "ann", password: "right" }));
  assert.deepEqual([session.status, session.id, given], ["in", "s9", ["djb_lt_1"]]);
});

test("a login that has to enrol is incomplete without the option, and where the user gives up", async () => {
  for (const enrol of [undefined, async () => false]) {
    const { fakes, tab } = requiring(enrol);
    await during(fakes, 0, tab.client.ready);
    await assert.rejects(during(fakes, 0, tab.client.login({ username: "ann", password: "right" })), { code: "login_incomplete" });
    assert.equal(tab.client.session.status, "out");
  }
});
