/** Signing out on every device: the server ends all, and every tab of this browser learns of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BearerError as Published, createClient } from "../src/index.ts";
import { logoutEverywhere } from "../src/everywhere.ts";
import { API, Fakes, during, settle } from "./fakes.ts";

const URL_OF_ALL = `${API}auth/logout-everywhere/`;

test("the user proves who they are, everything ends, and all tabs are signed out", async () => {
  const fakes = new Fakes();
  const other = fakes.tab();
  await during(fakes, 0, other.client.ready);
  const { client } = fakes.tab({ stepUp: async () => ({ password: "right" }) });
  await during(fakes, 0, logoutEverywhere(client, URL_OF_ALL));
  await settle();
  assert.equal(client.session.status, "out");
  assert.equal(other.client.session.status, "out");
  assert.equal(fakes.server.signedIn, false);
  assert.equal(fakes.server.calls("/auth/logout-everywhere/"), 2);
  assert.equal(fakes.server.calls("/auth/logout/"), 1);
});

test("without a proof nothing ends, and the error says what is missing", async () => {
  for (const options of [{}, { stepUp: async () => null }]) {
    const fakes = new Fakes();
    const { client } = fakes.tab(options);
    await assert.rejects(during(fakes, 0, logoutEverywhere(client, URL_OF_ALL)), { code: "login_too_old", status: 401 });
    assert.equal(client.session.status, "in");
    assert.equal(fakes.server.calls("/auth/logout/"), 0);
  }
});

test("whoever is not signed in ends nothing", async () => {
  const fakes = new Fakes();
  fakes.server.signedIn = false;
  await assert.rejects(during(fakes, 0, logoutEverywhere(fakes.tab().client, URL_OF_ALL)), { code: "not_authenticated" });
});

test("an answer that is not the server's own is no success", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await during(fakes, 0, client.ready);
  for (const [fault, expected] of [
    [{ status: 200, code: "", body: "<p>ok</p>" }, { code: "unexpected_answer" }],
    [{ status: 429, code: "throttled", headers: { "Retry-After": "9" } }, { code: "throttled", retryAfter: 9 }],
    [{ status: 503, code: "", body: "null" }, { code: "unexpected_answer", retryAfter: null }],
  ] as const) {
    fakes.server.faults.push(fault);
    await assert.rejects(during(fakes, 0, logoutEverywhere(client, URL_OF_ALL)), expected);
    assert.equal(client.session.status, "in");
  }
});

test("a request that is aborted or lost ends nothing here", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await during(fakes, 0, client.ready);
  await assert.rejects(logoutEverywhere(client, URL_OF_ALL, { signal: AbortSignal.abort() }), { name: "AbortError" });
  fakes.server.faults.push("down");
  await assert.rejects(during(fakes, 0, logoutEverywhere(client, URL_OF_ALL)), TypeError);
  assert.equal(client.session.status, "in");
  assert.ok(createClient && Published);
});

test("a URL that is not the API's gets no token", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await during(fakes, 0, client.ready);
  await during(fakes, 0, logoutEverywhere(client, "https://elsewhere.example/logout-everywhere/")).catch(() => {});
  for (const request of fakes.server.requests.filter((one) => one.url.startsWith("https://elsewhere")))
    assert.equal(request.headers.get("authorization"), null);
});
