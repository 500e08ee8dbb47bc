/** Logins by other endpoints than ours: an answer with tokens signs in, any other is the caller's to read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepUpProof } from "../src/types.ts";
import { API, Fakes, during } from "./fakes.ts";

const STEP = `${API}other/v1/login`;
const granted = ({ server }: Fakes) => {
  server.signedIn = true; // it sets the cookie, too
  server.session = "s7";
  const token = `token-${++server.tokens}`;
  return { meta: { access_token: token, token_type: "Bearer", expires_in: 300, scope: "a", session_id: "s7" } };
};

/** A tab whose server answers the other login with these, one after the other. */
const answering = (...answers: ((fakes: Fakes) => Response)[]) => {
  const fakes = new Fakes();
  fakes.server.signedIn = false;
  const real = fakes.server.answer.bind(fakes.server);
  fakes.server.answer = async (request) => {
    if (!request.url.startsWith(`${API}other/`)) return real(request);
    fakes.server.requests.push(request);
    return (answers.shift() ?? (() => new Response(null, { status: 500 })))(fakes);
  };
  return { fakes, tab: fakes.tab() };
};

test("the tokens of a step sign in, at the top of the answer or in its meta", async () => {
  for (const shape of ["top", "meta"]) {
    const { fakes, tab } = answering((all) => Response.json(shape === "top" ? granted(all).meta : granted(all)));
    const answer = await during(fakes, 0, tab.client.loginStep(STEP, { body: { key: 1 } }));
    assert.deepEqual(answer, { status: 200, body: null }, "no token is handed out");
    assert.deepEqual([tab.client.session.status, tab.client.session.id], ["in", "s7"]);
    const [sent] = fakes.server.requests;
    assert.equal(sent?.headers.get("x-bearer-client"), "first-party");
    assert.deepEqual(await sent?.json(), { key: 1 });
  }
});

test("a step that is not the last is read by the caller, who sends its header along", async () => {
  const { fakes, tab } = answering(
    () => Response.json({ meta: { session_token: "flow" }, data: { flows: [] } }, { status: 401 }),
    () => Response.json({ errors: [{ code: "incorrect_code" }] }, { status: 400 }),
  );
  const first = await during(fakes, 0, tab.client.loginStep(STEP, { method: "GET" }));
  assert.deepEqual(first, { status: 401, body: { meta: { session_token: "flow" }, data: { flows: [] } } });
  const headers = { "X-Session-Token": "flow" };
  const second = await during(fakes, 0, tab.client.loginStep("other/v1/login", { headers, body: {} }));
  assert.equal(second.status, 400);
  assert.deepEqual(
    fakes.server.requests.map((one) => [one.method, one.headers.get("x-session-token")]),
    [
      ["GET", null],
      ["POST", "flow"],
    ],
  );
  assert.equal(tab.client.session.status, "unknown");
});

test("headers of the caller replace none of the client's", async () => {
  const { fakes, tab } = answering(() => Response.json({}, { status: 400 }));
  await during(fakes, 0, tab.client.loginStep(STEP, { headers: { "X-Bearer-Client": "other" }, body: {} }));
  assert.equal(fakes.server.requests[0]?.headers.get("x-bearer-client"), "first-party");
});

test("a step without an answer leaves unknown who is signed in, and the server is asked", async () => {
  const { fakes, tab } = answering(() => {
    throw new TypeError("fetch failed");
  });
  await during(fakes, 0, tab.client.ready);
  await assert.rejects(during(fakes, 0, tab.client.loginStep(STEP, { body: {} })), { code: "unreachable" });
  assert.equal(fakes.server.refreshes, 2);
});

test("an answer with a refresh token is none for a page", async () => {
  const { fakes, tab } = answering((all) => {
    const { meta } = granted(all);
    return Response.json({ meta: { ...meta, refresh_token: "djb_rt" } });
  });
  await assert.rejects(during(fakes, 0, tab.client.loginStep(STEP, { body: {} })), { code: "not_a_browser" });
  assert.notEqual(tab.client.session.id, "s7");
});

test("nor is one whose tokens are not whole: nothing of it reaches the caller", async () => {
  const { fakes, tab } = answering(() => Response.json({ meta: { access_token: "x", refresh_token: "djb_rt" } }));
  await assert.rejects(during(fakes, 0, tab.client.loginStep(STEP, { body: {} })), { code: "not_a_browser" });
});

test("no step is sent to another origin", async () => {
  const { fakes, tab } = answering();
  await assert.rejects(during(fakes, 0, tab.client.loginStep("https://evil.test/", { body: {} })), TypeError);
  assert.equal(fakes.server.requests.length, 0);
});

test("a page steps up before a call that needs it", async () => {
  const fakes = new Fakes();
  const proofs: (StepUpProof | null)[] = [{ password: "wrong" }, { password: "right" }, null];
  const tab = fakes.tab({ stepUp: async () => proofs.shift() ?? null });
  assert.equal(await during(fakes, 0, tab.client.stepUp()), true);
  assert.equal(fakes.server.calls("/auth/step-up/"), 2);
  assert.equal(await during(fakes, 0, tab.client.stepUp()), false, "the user gave up");
  assert.equal(await during(fakes, 0, fakes.tab().client.stepUp()), false, "nobody asks");
  fakes.server.signedIn = false;
  const out = fakes.tab({ stepUp: async () => ({ password: "right" }) });
  await during(fakes, 0, out.client.refresh());
  assert.equal(await during(fakes, 0, out.client.stepUp()), false, "nobody is signed in");
});

test("a proof for another endpoint is sent there, with the token, and nowhere else", async () => {
  const { fakes } = answering((all) => Response.json(granted(all).meta));
  fakes.server.signedIn = true;
  const proof = { url: `${API}other/step-up`, body: { credential: {} } };
  const tab = fakes.tab({ stepUp: async () => proof });
  assert.equal(await during(fakes, 0, tab.client.stepUp()), true);
  const sent = fakes.server.requests.at(-1);
  assert.equal(sent?.url, proof.url);
  assert.deepEqual(await sent?.json(), proof.body);
  assert.match(sent?.headers.get("authorization") ?? "", /^Bearer token-/);
  proof.url = "https://evil.test/step-up";
  const before = fakes.server.requests.length;
  await assert.rejects(during(fakes, 0, tab.client.stepUp()), TypeError);
  assert.equal(fakes.server.requests.length, before);
});
