/** A login with a second factor: the user is asked for the code, and the password is sent once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BearerError } from "../src/bearer_error.ts";
import { Fakes, during } from "./fakes.ts";

const ann = { username: "ann", password: "right" };

const asking = (codes: (string | null)[]) => {
  const fakes = new Fakes();
  fakes.server.signedIn = false;
  fakes.server.enrolled = true;
  const asked: (string | null)[] = [];
  const tab = fakes.tab({
    secondFactor: async (error) => {
      asked.push(error?.code ?? null);
      return codes.shift() ?? null;
    },
  });
  return { fakes, tab, asked };
};

test("the code completes the login", async () => {
  const { fakes, tab, asked } = asking(["123456"]);
  const session = await during(fakes, 0, tab.client.login(ann));
  assert.deepEqual([session.status, session.id, asked], ["in", "s9", [null]]);
  assert.equal(fakes.server.calls("/auth/login/"), 1);
});

test("a device is remembered where the server offers it and the user asks for it", async () => {
  const fakes = new Fakes();
  fakes.server.signedIn = false;
  fakes.server.enrolled = true;
  const offered: (number | null)[] = [];
  const codes = ["000000", { code: "123456", rememberDevice: true }];
  const tab = fakes.tab({
    secondFactor: async (_, rememberFor) => {
      offered.push(rememberFor);
      return codes.shift() ?? null;
    },
  });
  const sent = () => {
    const [request] = fakes.server.requests.filter((one) => one.url.endsWith("/second-factor/")).slice(-1);
    return request?.clone().json() as Promise<object>;
  };
  assert.equal((await during(fakes, 0, tab.client.login(ann))).id, "s9");
  assert.deepEqual(await sent(), { limited_token: "djb_lt_1", code: "123456", remember_device: true });
  assert.deepEqual(offered, [2592000, 2592000], "after a wrong code, too");
});

test("a wrong code is asked for again, and the password is not sent again", async () => {
  const { fakes, tab, asked } = asking(["000000", "123456"]);
  assert.equal((await during(fakes, 0, tab.client.login(ann))).status, "in");
  assert.deepEqual(asked, [null, "code_refused"]);
  assert.equal(fakes.server.calls("/auth/login/"), 1);
});

test("a user who gives up is signed out, and told that the login is incomplete", async () => {
  const { fakes, tab } = asking([null]);
  await during(fakes, 0, tab.client.ready);
  await assert.rejects(during(fakes, 0, tab.client.login(ann)), { code: "login_incomplete" });
  assert.equal(tab.client.session.status, "out");
});

test("without a callback the login is incomplete", async () => {
  const { fakes } = asking([]);
  const tab = fakes.tab();
  await during(fakes, 0, tab.client.ready);
  await assert.rejects(during(fakes, 0, tab.client.login(ann)), (error) => {
    assert.ok(error instanceof BearerError);
    assert.ok(!JSON.stringify(error).includes("djb_lt"));
    return error.code === "login_incomplete";
  });
});

test("a limit on codes is the caller's error", async () => {
  const { fakes, tab } = asking(["123456"]);
  await during(fakes, 0, tab.client.ready);
  fakes.server.faults.push("ok", { status: 429, code: "throttled", headers: { "Retry-After": "9" } });
  await assert.rejects(during(fakes, 0, tab.client.login(ann)), { code: "throttled", retryAfter: 9 });
});

test("the lock is free while the user looks for the code", async () => {
  const fakes = new Fakes();
  fakes.server.enrolled = true;
  let answer: (code: string) => void = () => {};
  const tab = fakes.tab({ secondFactor: () => new Promise((done) => (answer = done)) });
  await during(fakes, 0, tab.client.ready);
  const other = fakes.tab();
  const login = tab.client.login(ann);
  await fakes.advance(0);
  assert.equal((await during(fakes, 0, other.client.refresh())).status, "in");
  answer("123456");
  assert.equal((await during(fakes, 0, login)).id, "s9");
});
