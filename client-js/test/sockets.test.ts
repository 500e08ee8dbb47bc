/** Sockets: a ticket for each opening, each new token on the open socket, and an end with the session. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BearerError } from "../src/bearer_error.ts";
import { afterClose, reconnectDelay } from "../src/decisions.ts";
import { Fakes, during, settle } from "./fakes.ts";

const opened = async (fakes: Fakes) => {
  const tab = fakes.tab();
  await during(fakes, 0, tab.client.refresh());
  const socket = tab.client.socket("/ws/chat/?room=1");
  const heard: unknown[] = [];
  const ends: (BearerError | null)[] = [];
  socket.onmessage = (data) => void heard.push(data);
  socket.onclose = (error) => void ends.push(error);
  await settle();
  return { tab, socket, heard, ends, wire: () => fakes.wires[fakes.wires.length - 1]! };
};

test("it is opened with a ticket, and what was sent before waits for it", async () => {
  const fakes = new Fakes();
  const { socket, heard, wire } = await opened(fakes);
  assert.equal(wire().url, "wss://api.test/ws/chat/?room=1&ticket=djb_tk_1");
  socket.send("early");
  assert.deepEqual([socket.state, wire().sent], ["connecting", []]);
  wire().events.open();
  socket.send("late");
  wire().events.message("hello");
  assert.deepEqual([socket.state, wire().sent, heard], ["open", ["early", "late"], ["hello"]]);
});

test("each new token goes to the server, and its answer to nobody", async () => {
  const fakes = new Fakes();
  const { tab, heard, wire } = await opened(fakes);
  wire().events.open();
  await during(fakes, 0, tab.client.refresh());
  assert.deepEqual(wire().sent, [JSON.stringify({ type: "bearer", token: fakes.server.token() })]);
  wire().events.message('{"type": "bearer", "expires_in": 300}');
  assert.deepEqual(heard, []);
  await fakes.advance(300_000); // an open socket keeps the session in use
  assert.equal(wire().sent.length, 2);
});

test("after a loss of the network it is opened again, with a new ticket", async () => {
  const fakes = new Fakes();
  const { tab, socket, ends, wire } = await opened(fakes);
  wire().events.open();
  tab.online = false;
  wire().events.close(1006);
  await fakes.advance(60_000);
  assert.deepEqual([socket.state, fakes.wires.length], ["connecting", 1]);
  tab.online = true;
  tab.fire("online");
  await settle();
  assert.equal(wire().url, "wss://api.test/ws/chat/?room=1&ticket=djb_tk_2");
  wire().events.open();
  for (const code of [4401, 1013, 1001]) {
    wire().events.close(code);
    await fakes.advance(31_000);
    wire().events.open();
  }
  assert.deepEqual([socket.state, fakes.wires.length, ends], ["open", 5, []]);
});

test("tries come less and less often, and at most every half a minute", () => {
  assert.deepEqual([1, 2, 3].map((failures) => reconnectDelay(failures, 1)), [500, 1000, 2000]);
  assert.equal(reconnectDelay(50, 1), 30_000);
  assert.equal(reconnectDelay(1, 0), 250);
});

test("what a close code means", () => {
  assert.deepEqual([1000, 4400, 4403, 4401, 1006, 1013].map(afterClose), [
    "ended",
    "refused",
    "refused",
    "again",
    "again",
    "again",
  ]);
});

test("it ends for good when the session ends, and when the server refuses it", async () => {
  const fakes = new Fakes();
  const one = await opened(fakes);
  one.wire().events.open();
  await during(fakes, 0, one.tab.client.logout());
  assert.deepEqual([one.socket.state, one.ends.map((error) => error?.code)], ["closed", ["session_changed"]]);
  assert.throws(() => one.socket.send("x"), { code: "closed" });
  const other = await opened(new Fakes());
  other.wire().events.close(4403);
  assert.deepEqual(other.ends.map((error) => error?.code), ["unexpected_answer"]);
  const done = await opened(new Fakes());
  done.wire().events.open();
  done.wire().events.close(1000);
  assert.deepEqual(done.ends, [null]);
});

test("nobody is signed in, and the client is closed", async () => {
  const fakes = new Fakes();
  fakes.server.signedIn = false;
  const { ends } = await opened(fakes);
  assert.deepEqual(ends.map((error) => error?.code), ["session_changed"]);
  const other = new Fakes();
  const { tab, ends: more, wire } = await opened(other);
  wire().events.open();
  tab.client.close();
  assert.deepEqual([more.map((error) => error?.code), wire().closed], [["closed"], true]);
  assert.throws(() => tab.client.socket("/ws/"), { code: "closed" });
});

test("a socket of another origin is not opened", async () => {
  const fakes = new Fakes();
  const tab = fakes.tab();
  const socket = tab.client.socket("wss://evil.test/");
  const ends: unknown[] = [];
  socket.onclose = (error) => void ends.push(error);
  await settle();
  assert.deepEqual([fakes.wires.length, socket.state, ends.length], [0, "closed", 1]);
});

test("so many messages wait, and no more", async () => {
  const { socket } = await opened(new Fakes());
  for (let sent = 0; sent < 100; sent++) socket.send("x");
  assert.throws(() => socket.send("x"), { code: "unreachable" });
});
