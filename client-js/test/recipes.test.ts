/** The recipes of docs/guide/client.md with the real packages, over a server that this file fakes. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Window } from "happy-dom";
import type { QueryClient as Queries } from "@tanstack/react-query";
import type { Client } from "../src/index.js";
import { BearerError, createClient } from "../src/index.js";

const API = "https://api.example.com/";

/** A server that signs in whom it is told to, and counts what is asked. */
class Server {
  session: string | null = null;
  issued = 0;
  asked: { path: string; authorization: string | null; body: string }[] = [];
  refuse = 0;

  fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const path = new URL(request.url).pathname;
    const authorization = request.headers.get("authorization");
    const body = await request.text();
    this.asked.push({ path: new URL(request.url).origin === new URL(API).origin ? path : request.url, authorization, body });
    const json = (status: number, members: object, headers = {}) =>
      new Response(JSON.stringify(members), { status, headers: { "Content-Type": "application/json", ...headers } });
    if (path === "/auth/login/") this.session = (JSON.parse(body) as { username: string }).username;
    if (path === "/auth/logout/") {
      this.session = null;
      return new Response(null, { status: 204 });
    }
    if (path === "/auth/logout-everywhere/") {
      this.session = null;
      return new Response(null, { status: 204 });
    }
    if (path.startsWith("/auth/")) {
      if (this.session === null) return json(401, { code: "session_ended" });
      const token = `${this.session}-${++this.issued}`;
      return json(200, { access_token: token, token_type: "Bearer", expires_in: 300, session_id: this.session, scope: "" });
    }
    if (path === "/down/") return json(503, { code: "retry" });
    if (this.refuse-- > 0) return json(401, {}, { "WWW-Authenticate": 'Bearer error="invalid_token"' });
    return json(200, { owner: authorization?.replace(/^Bearer (.*)-\d+$/, "$1") ?? null, sent: body });
  };
}

const clients: Client[] = [];
after(() => clients.forEach((bearer) => bearer.close()));

const setup = (): { server: Server; bearer: Client } => {
  const server = new Server();
  const bearer = createClient({ api: API, fetch: server.fetch });
  clients.push(bearer);
  return { server, bearer };
};
const login = (bearer: Client, username = "ann") => bearer.login({ username, password: "correct horse" });

test("after a logout everywhere a refresh signs the page out", async () => {
  const { server, bearer } = setup();
  await login(bearer);
  const answer = await bearer.fetch(`${API}auth/logout-everywhere/`, { method: "POST" });
  assert.equal(answer.status, 204);
  assert.match(server.asked.at(-1)?.authorization ?? "", /^Bearer /);
  assert.equal((await bearer.refresh()).status, "out");
  assert.equal(bearer.session.status, "out");
});

// React and Vue look for the page when they are imported.
const page = new Window({ url: API });
Object.assign(globalThis, { window: page, document: page.document, IS_REACT_ACT_ENVIRONMENT: true });
Object.defineProperty(globalThis, "navigator", { value: { onLine: true, userAgent: "tests" }, configurable: true });
for (const name of ["Element", "HTMLElement", "SVGElement", "Node", "Comment", "Text"] as const)
  Object.assign(globalThis, { [name]: (page as unknown as Record<string, unknown>)[name] });
after(() => page.happyDOM.close());

test("axios", async () => {
  const { default: axios } = await import("axios");
  const { server, bearer } = setup();
  await login(bearer);
  const http = axios.create({ baseURL: API, adapter: "fetch", env: { fetch: bearer.fetch } });
  assert.equal((await http.get("notes/")).data.owner, "ann");
  assert.deepEqual((await http.post("notes/", { text: "ä" })).data, { owner: "ann", sent: '{"text":"ä"}' });
  server.refuse = 1;
  assert.equal((await http.get("notes/")).data.owner, "ann", "a refused token is renewed");
  server.refuse = 9;
  await assert.rejects(http.get("notes/"), (error: unknown) => axios.isAxiosError(error) && error.response?.status === 401);
  server.refuse = 0;
  await http.get("https://elsewhere.example/");
  assert.deepEqual(server.asked.at(-1)?.authorization, null);
  const stop = new AbortController();
  stop.abort();
  await assert.rejects(http.get("notes/", { signal: stop.signal }), axios.isCancel);
  bearer.close();
});

test("React: a component shows who is signed in, and hears of every change", async () => {
  const { act, createElement, useSyncExternalStore } = await import("react");
  const { createRoot } = await import("react-dom/client");
  const { bearer } = setup();
  let renders = 0;

  let session = bearer.session;
  bearer.onChange((next) => {
    session = next;
  });
  const useSession = () => useSyncExternalStore(bearer.onChange, () => session);

  const Who = () => {
    renders++;
    const { status, id } = useSession();
    return createElement("p", null, `${status} ${id ?? "nobody"}`);
  };
  const place = page.document.createElement("div");
  const root = createRoot(place as unknown as Element);
  await act(async () => root.render(createElement(Who)));
  assert.equal(place.textContent, "unknown nobody");
  await act(async () => void (await login(bearer)));
  assert.equal(place.textContent, "in ann");
  await act(async () => bearer.logout());
  assert.equal(place.textContent, "out nobody");
  assert.ok(renders < 10, `${renders} renders`);
  await act(async () => root.unmount());
  const before = renders;
  await login(bearer);
  assert.equal(renders, before);
  bearer.close();
});

test("Vue: a component shows who is signed in, and hears of every change", async () => {
  const { createApp, h, nextTick, shallowRef } = await import("vue");
  const { bearer } = setup();

  const session = shallowRef(bearer.session);
  bearer.onChange((next) => {
    session.value = next;
  });

  const place = page.document.createElement("div");
  const app = createApp({ render: () => h("p", `${session.value.status} ${session.value.id ?? "nobody"}`) });
  app.mount(place as unknown as Element);
  assert.equal(place.textContent, "unknown nobody");
  await login(bearer);
  await nextTick();
  assert.equal(place.textContent, "in ann");
  await bearer.logout();
  await nextTick();
  assert.equal(place.textContent, "out nobody");
  app.unmount();
  bearer.close();
});

test("TanStack Query: nobody sees what was fetched for another, and refusals of the client are not retried", async () => {
  const { act, createElement } = await import("react");
  const { createRoot } = await import("react-dom/client");
  const { QueryClient, QueryClientProvider, useQuery } = await import("@tanstack/react-query");
  const { server, bearer } = setup();
  const queryClient: Queries = new QueryClient({ defaultOptions: { queries: { gcTime: Infinity } } });
  const Notes = () => {
    const { data, error } = useQuery({
      queryKey: ["notes", bearer.session.id],
      queryFn: async ({ signal }) => (await bearer.fetch(`${API}notes/`, { signal })).json(),
      retry: (count, error) => count < 3 && !(error instanceof BearerError),
    });
    return createElement("p", null, error === null ? JSON.stringify(data ?? null) : `error ${(error as BearerError).code}`);
  };
  bearer.onChange((session) => {
    if (session.status !== "in" || session.changed) queryClient.clear();
    if (session.changed) bearer.accept(session);
  });

  await login(bearer);
  const place = page.document.createElement("div");
  const root = createRoot(place as unknown as Element);
  const show = async (owner: string) => {
    await act(async () => root.render(createElement(QueryClientProvider, { client: queryClient }, createElement(Notes))));
    for (let turn = 0; turn < 500 && !place.textContent.includes(owner); turn++)
      await act(async () => void (await new Promise((done) => setTimeout(done))));
  };
  await show("ann");
  assert.match(place.textContent, /"owner":"ann"/);
  assert.equal(queryClient.getQueryCache().getAll().length, 1);
  server.session = "bob"; // he signed in elsewhere in this browser
  await act(async () => void (await bearer.refresh()));
  assert.equal(bearer.session.id, "bob");
  assert.equal(queryClient.getQueryData(["notes", "ann"]), undefined);
  await show("bob");
  assert.match(place.textContent, /"owner":"bob"/);
  await act(async () => bearer.logout());
  assert.equal(queryClient.getQueryData(["notes", "bob"]), undefined);
  await act(async () => root.unmount());
  const before = server.asked.length;
  bearer.close();
  const closed = queryClient.fetchQuery({
    queryKey: ["notes", "closed"],
    queryFn: async () => (await bearer.fetch(`${API}notes/`)).json(),
    retry: (count, error) => count < 3 && !(error instanceof BearerError),
  });
  await assert.rejects(closed, (error: unknown) => error instanceof BearerError && error.code === "closed");
  assert.equal(server.asked.length, before);
  queryClient.clear();
});
