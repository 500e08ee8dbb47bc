/** Step-up: the user is asked once, the session goes on with a fresh token, and the refused call is sent again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepUpChallenge, StepUpProof } from "../src/types.ts";
import { asksForStepUp } from "../src/challenge.ts";
import { API, Fakes, during, settle } from "./fakes.ts";

const asking = (fakes: Fakes, answers: (StepUpProof | null)[]) => {
  const asked: StepUpChallenge[] = [];
  const tab = fakes.tab({
    stepUp: async (challenge) => {
      asked.push(challenge);
      return answers.shift() ?? null;
    },
  });
  return { tab, asked };
};

test("a refused call is sent again with its body, once the user has proved who they are", async () => {
  const fakes = new Fakes();
  const { tab, asked } = asking(fakes, [{ password: "right" }]);
  const response = await during(fakes, 0, tab.client.fetch(`${API}sensitive/`, { method: "POST", body: "pay" }));
  assert.deepEqual(await response.json(), { token: fakes.server.token(), sent: "pay" });
  assert.deepEqual(asked, [{ maxAge: 300, acrValues: ["urn:a", "urn:b"], error: null, needsCode: false }]);
  assert.equal(fakes.server.calls("/sensitive/"), 2);
  assert.equal(fakes.server.calls("/auth/step-up/"), 1);
  assert.equal(tab.client.session.id, "s1");
});

test("a wrong password is asked for again, with what was wrong", async () => {
  const fakes = new Fakes();
  const { tab, asked } = asking(fakes, [{ password: "wrong" }, { password: "right" }]);
  const response = await during(fakes, 0, tab.client.fetch(`${API}sensitive/`));
  assert.equal(response.status, 200);
  assert.deepEqual(
    asked.map(({ error }) => error?.code ?? null),
    [null, "password_required"],
  );
});

test("once the password was right the callback learns that the user has a second factor, and what was wrong with its code", async () => {
  const fakes = new Fakes();
  fakes.server.enrolled = true;
  const { tab, asked } = asking(fakes, [
    { password: "wrong" },
    { password: "right" },
    { password: "right", code: "000000" },
    { password: "wrong", code: "123456" },
    { password: "right", code: "123456" },
  ]);
  const response = await during(fakes, 0, tab.client.fetch(`${API}sensitive/`, { method: "POST", body: "pay" }));
  assert.equal(response.status, 200);
  assert.deepEqual(
    asked.map(({ error, needsCode }) => [error?.code ?? null, needsCode]),
    [
      [null, false],
      ["password_required", false],
      ["login_refused", true],
      ["code_refused", true],
      ["password_required", true],
    ],
  );
});

test("a code that does not count in this session is not asked for again", async () => {
  const fakes = new Fakes();
  fakes.server.enrolled = true;
  const { tab, asked } = asking(fakes, [{ password: "right", code: "not of this session" }, { password: "right" }]);
  await assert.rejects(during(fakes, 0, tab.client.fetch(`${API}sensitive/`)), { code: "login_refused" });
  assert.equal(asked.length, 1);
});

test("another refusal after the code was asked for is the caller's", async () => {
  const fakes = new Fakes();
  fakes.server.enrolled = true;
  const { tab, asked } = asking(fakes, [{ password: "right" }, { password: "right", code: "123456" }]);
  await during(fakes, 0, tab.client.ready);
  fakes.server.faults.push("ok", { status: 403, code: "login_refused" });
  await assert.rejects(during(fakes, 0, tab.client.fetch(`${API}sensitive/`)), { code: "login_refused" });
  assert.equal(asked.length, 2);
});

test("a user who gives up leaves the answer of the API", async () => {
  const fakes = new Fakes();
  const { tab } = asking(fakes, [null]);
  const response = await during(fakes, 0, tab.client.fetch(`${API}sensitive/`));
  assert.equal(response.status, 401);
  assert.equal(fakes.server.calls("/auth/step-up/"), 0);
});

test("without a callback the answer is the caller's", async () => {
  const fakes = new Fakes();
  const response = await during(fakes, 0, fakes.tab().client.fetch(`${API}sensitive/`, { method: "POST", body: "x" }));
  assert.equal(response.status, 401);
  assert.equal(fakes.server.calls("/sensitive/"), 1);
  assert.equal(fakes.server.refreshes, 1); // no renewal helps
});

test("calls that are refused at the same time ask once", async () => {
  const fakes = new Fakes();
  const { tab, asked } = asking(fakes, [{ password: "right" }]);
  const calls = [1, 2, 3].map((one) => tab.client.fetch(`${API}sensitive/`, { method: "POST", body: `${one}` }));
  const answers = await during(fakes, 0, Promise.all(calls));
  assert.deepEqual(
    await Promise.all(answers.map(async (one) => ((await one.json()) as { sent: string }).sent)),
    ["1", "2", "3"],
  );
  assert.equal(asked.length, 1);
});

test("the other tabs go on with the new token", async () => {
  const fakes = new Fakes();
  const other = fakes.tab();
  await during(fakes, 0, other.client.ready);
  const { tab } = asking(fakes, [{ password: "right" }]);
  await during(fakes, 0, tab.client.fetch(`${API}sensitive/`));
  await settle();
  const response = await during(fakes, 0, other.client.fetch(`${API}sensitive/`));
  assert.equal(response.status, 200);
});

test("another failure is the caller's error, and the session is asked for", async () => {
  const fakes = new Fakes();
  const { tab } = asking(fakes, [{ password: "right" }]);
  await during(fakes, 0, tab.client.ready);
  fakes.server.faults.push("down");
  await assert.rejects(during(fakes, 0, tab.client.fetch(`${API}sensitive/`)), { code: "unreachable" });
  assert.equal(fakes.server.refreshes, 2);
  fakes.server.faults.push({ status: 429, code: "throttled", headers: { "Retry-After": "9" } });
  const { tab: second } = asking(fakes, [{ password: "right" }]);
  await during(fakes, 0, second.client.ready).catch(() => {});
});

test("a token that ran out while the user typed is renewed first", async () => {
  const fakes = new Fakes();
  let answer: (proof: StepUpProof) => void = () => {};
  const tab = fakes.tab({ stepUp: () => new Promise((done) => (answer = done)) });
  const call = tab.client.fetch(`${API}sensitive/`);
  await fakes.advance(400_000);
  answer({ password: "right" });
  assert.equal((await during(fakes, 0, call)).status, 200);
});

test("a session that has changed meanwhile is not stepped up", async () => {
  const fakes = new Fakes();
  let answer: (proof: StepUpProof) => void = () => {};
  const tab = fakes.tab({ stepUp: () => new Promise((done) => (answer = done)) });
  const call = tab.client.fetch(`${API}sensitive/`);
  await fakes.advance(0);
  const other = fakes.tab();
  await during(fakes, 0, other.client.login({ username: "bob", password: "right" }));
  answer({ password: "right" });
  await assert.rejects(during(fakes, 0, call), { code: "session_changed" });
  assert.equal(fakes.server.calls("/auth/step-up/"), 0);
});

test("the challenge is read as RFC 9470 writes it, and nothing else is one", () => {
  const right = 'Bearer error="insufficient_user_authentication", max_age="5"';
  assert.deepEqual(asksForStepUp(right), { maxAge: 5, acrValues: [] });
  assert.deepEqual(asksForStepUp(`Basic realm="x", ${right}, acr_values="b a"`), { maxAge: 5, acrValues: ["b", "a"] });
  for (const other of [
    null,
    "",
    "Bearer",
    'Bearer error="invalid_token"',
    'Basic error="insufficient_user_authentication"',
    'Bearer realm="error=insufficient_user_authentication"',
  ])
    assert.equal(asksForStepUp(other), null);
  assert.deepEqual(asksForStepUp('Bearer error=insufficient_user_authentication, max_age="-1"'), {
    maxAge: null,
    acrValues: [],
  });
});
