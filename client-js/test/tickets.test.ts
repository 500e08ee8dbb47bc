/** Tickets: asked for with a fresh token, for this origin and this session, and put into the URL. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { API, Fakes, during } from "./fakes.ts";

const code = (error: unknown) => (error as { code?: string }).code;

test("a URL of the API with a ticket for its path", async () => {
  const fakes = new Fakes();
  const { client } = fakes.tab();
  const url = await during(fakes, 0, client.ticketUrl("/invoices/7/?a=1", "download"));
  assert.equal(url, `${API}invoices/7/?a=1&ticket=djb_tk_1`);
  const asked = fakes.server.requests.find(({ url }) => url.endsWith("/auth/tickets/"));
  assert.equal(asked?.headers.get("authorization"), `Bearer ${fakes.server.token()}`);
  const socket = await during(fakes, 0, client.ticketUrl("wss://api.test/ws/chat/", "socket"));
  assert.equal(socket, "wss://api.test/ws/chat/?ticket=djb_tk_2");
});

test("no ticket for another origin, and none is asked for", async () => {
  const { client, fakes } = new Fakes().tab();
  for (const url of ["https://evil.test/", "http://api.test/", "ws://api.test/", "//evil.test/x"])
    await assert.rejects(client.ticketUrl(url, "download"), TypeError);
  assert.equal(fakes.server.requests.length, 0);
});

test("nobody is signed in, the server refuses, the client is closed", async () => {
  const out = new Fakes();
  out.server.signedIn = false;
  await during(out, 0, assert.rejects(out.tab().client.ticketUrl("/a/", "x"), (error) => code(error) === "session_changed"));
  const fakes = new Fakes();
  const { client } = fakes.tab();
  await during(fakes, 0, client.refresh());
  fakes.server.revoked.add(fakes.server.token());
  assert.match(await during(fakes, 0, client.ticketUrl("/a/", "x")), /ticket=/); // renewed once
  fakes.server.revoked.add(fakes.server.token());
  fakes.server.signedIn = false;
  await during(fakes, 0, assert.rejects(client.ticketUrl("/a/", "x"), (error) => code(error) === "session_changed"));
  client.close();
  await assert.rejects(client.ticketUrl("/a/", "x"), (error) => code(error) === "closed");
});
