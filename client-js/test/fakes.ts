/** Fakes for tests: a clock that moves when told, tabs that share a browser, and a server that fails on order. */
import { build } from "../src/client.ts";
import type { Client, ClientOptions } from "../src/types.ts";
import type { Channel, Platform, Wire, WireEvents } from "../src/platform.ts";

export const API = "https://api.test/";

interface Timer {
  at: number;
  work: () => void;
}

/** What the server does with its next refresh; `ok` when nothing is planned. */
export type Fault =
  | "ok"
  | "lost" // it rotates, and the answer never arrives
  | "down" // it cannot be reached
  | "hang" // it never answers
  | "cut" // it answers, and the connection breaks in the middle of the body
  | { status: number; code?: string; headers?: Record<string, string>; body?: unknown };

/** Lets everything that needs no clock happen. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 12; turn++) await new Promise((done) => setImmediate(done));
};

export class Fakes {
  now = 0;
  timers = new Map<number, Timer>();
  storage = new Map<string, string>();
  server = new Server();
  wires: FakeWire[] = [];
  private ids = 0;
  private channels = new Set<{ name: string; tab: Tab; hear: (said: unknown) => void }>();
  private held = new Set<string>();
  private queue: { name: string; go: () => void }[] = [];

  /** Moves the clock, firing what falls due on the way, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    await settle();
    for (;;) {
      const mustAsk = [...this.timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!mustAsk) break;
      this.timers.delete(mustAsk[0]);
      this.now = Math.max(this.now, mustAsk[1].at);
      mustAsk[1].work();
      await settle();
    }
    this.now = end;
    await settle();
  }

  tab(options: Partial<ClientOptions> = {}, lacking: Partial<Platform> = {}): Tab {
    return new Tab(this, options, lacking);
  }

  setTimer(work: () => void, ms: number): number {
    this.timers.set(++this.ids, { at: this.now + ms, work });
    return this.ids;
  }

  join(name: string, tab: Tab, hear: (said: unknown) => void): Channel {
    const member = { name, tab, hear };
    this.channels.add(member);
    return {
      post: (message) => {
        const copy = structuredClone(message);
        for (const other of this.channels)
          if (other !== member && other.name === name && !other.tab.frozen) setImmediate(() => other.hear(copy));
      },
      close: () => void this.channels.delete(member),
    };
  }

  locked = 0;
  readonly locks = {
    request: async (name: string, options: unknown, callback?: unknown): Promise<unknown> => {
      this.locked++;
      const work = (callback ?? options) as (lock: object | null) => Promise<unknown>;
      if (this.held.has(name)) {
        if ((options as { ifAvailable?: boolean }).ifAvailable) return work(null);
        await new Promise<void>((go) => this.queue.push({ name, go }));
      }
      this.held.add(name);
      try {
        return await work({});
      } finally {
        this.held.delete(name);
        const next = this.queue.findIndex((waiting) => waiting.name === name);
        if (next >= 0) {
          this.held.add(name);
          this.queue.splice(next, 1)[0]?.go();
        }
      }
    },
  } as unknown as Pick<LockManager, "request">;
}

/** A WebSocket that does what a test says. */
export class FakeWire implements Wire {
  sent: (string | ArrayBuffer)[] = [];
  closed = false;

  constructor(
    readonly url: string,
    readonly events: WireEvents,
  ) {}

  send(data: string | ArrayBuffer): void {
    this.sent.push(data);
  }

  close(): void {
    this.closed = true;
  }
}

/** One page of the browser. */
export class Tab {
  readonly client: Client;
  online = true;
  visible = true;
  frozen = false;
  chance = 0.5;
  wallOffset = 0;
  private listeners = new Map<string, Set<(event: Event) => void>>();

  constructor(
    readonly fakes: Fakes,
    options: Partial<ClientOptions>,
    lacking: Partial<Platform>,
  ) {
    let named = 0;
    const started = fakes.now;
    const storage = {
      getItem: (key: string) => fakes.storage.get(key) ?? null,
      setItem: (key: string, value: string) => void fakes.storage.set(key, value),
      removeItem: (key: string) => void fakes.storage.delete(key),
    };
    const platform: Platform = {
      fetch: (request) => fakes.server.answer(request),
      monotonic: () => fakes.now - started,
      wallClock: () => fakes.now + this.wallOffset + 1e12,
      setTimer: (work, ms) => fakes.setTimer(work, ms),
      clearTimer: (timer) => void fakes.timers.delete(timer as number),
      random: () => this.chance,
      randomId: () => (++named + 1000 * Math.floor(Math.random() * 1e9)).toString(16).padStart(32, "0"),
      online: () => this.online,
      visible: () => this.visible,
      locks: fakes.locks,
      storage,
      channel: (name, hear) => fakes.join(name, this, hear),
      socket: (url, events) => {
        const wire = new FakeWire(url, events);
        fakes.wires.push(wire);
        return wire;
      },
      on: (type, listener) => {
        const all = this.listeners.get(type) ?? new Set();
        this.listeners.set(type, all.add(listener));
        return () => void all.delete(listener);
      },
      ...lacking,
    };
    this.client = build({ api: API, ...options }, platform);
  }

  /** How many listeners the window and the document have. */
  get listening(): number {
    return [...this.listeners.values()].reduce((sum, all) => sum + all.size, 0);
  }

  fire(type: string, more: object = {}): void {
    for (const listener of this.listeners.get(type) ?? []) listener(Object.assign(new Event(type), more));
  }
}

/** A server in memory: one cookie jar, refresh tokens that rotate as the real one's do. */
export class Server {
  faults: Fault[] = [];
  requests: Request[] = [];
  signedIn = true;
  session = "s1";
  lifetime = 300;
  tokens = 0;
  tickets = 0;
  revoked = new Set<string>();
  /** Tokens of a login that is recent enough for `/sensitive/`. */
  recent = new Set<string>();
  /** Whether the account has a second factor. */
  enrolled = false;
  retryKeys: string[] = [];
  gate: Promise<void> | null = null;
  slow: Promise<void> | null = null;

  get refreshes(): number {
    return this.requests.filter((request) => request.url.endsWith("/auth/refresh/")).length;
  }

  calls(path: string): number {
    return this.requests.filter((request) => new URL(request.url).pathname === path).length;
  }

  private async ticket(request: Request): Promise<Response> {
    const token = request.headers.get("authorization")?.slice(7);
    if (!token || this.revoked.has(token) || !this.signedIn)
      return Response.json({ error: "invalid_token", code: "invalid_token" }, { status: 401 });
    const sent = (await request.json()) as object;
    return Response.json({ ticket: `djb_tk_${++this.tickets}`, ...sent, expires_in: 30 }, { status: 201 });
  }

  token(): string {
    return `token-${this.tokens}`;
  }

  async answer(request: Request): Promise<Response> {
    this.requests.push(request);
    const path = new URL(request.url).pathname;
    if (path === "/auth/refresh/") return this.refresh(request);
    if (path === "/auth/login/") return this.login(request);
    if (path === "/auth/logout/") return this.logout(request);
    if (path === "/auth/logout-everywhere/") return this.logoutEverywhere(request);
    if (path === "/auth/login/second-factor/") return this.secondFactor(request);
    if (path === "/auth/step-up/") return this.stepUp(request);
    if (path === "/auth/tickets/") return this.ticket(request);
    const token = request.headers.get("authorization")?.slice(7);
    const sent = await request.text(); // a body is read once
    if (this.slow) await this.slow;
    if (path === "/open/") return Response.json({ open: true });
    if (path === "/moved/") return redirected(request, this);
    if (path === "/unreadable-401/") return new Response(null, { status: 401 });
    if (path === "/own-401/") return new Response(null, { status: 401, headers: { "WWW-Authenticate": "Basic" } });
    if (!token || this.revoked.has(token) || !this.signedIn)
      return new Response(null, { status: 401, headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } });
    if (path === "/sensitive/" && !this.recent.has(token)) return new Response(null, { status: 401, headers: STALE });
    return Response.json({ token, sent });
  }

  private async refresh(request: Request): Promise<Response> {
    this.retryKeys.push(((await request.clone().json()) as { retry_key: string }).retry_key);
    const fault = this.faults.shift() ?? "ok";
    if (this.gate) await this.gate;
    return this.fail(fault, request) ?? (this.signedIn ? this.grant() : ended());
  }

  private async login(request: Request): Promise<Response> {
    const asked = (await request.clone().json()) as { password: string };
    const fault = this.faults.shift() ?? "ok";
    if (this.gate) await this.gate;
    const cut = fault === "cut" || fault === "lost"; // it happened, and the page does not learn of it
    if (!cut) {
      const failed = this.fail(fault, request);
      if (failed) return failed;
    }
    if (asked.password !== "right") return refusal(401, "invalid_credentials");
    if (this.enrolled)
      return Response.json(
        { error: "interaction_required", code: "login_incomplete", step: "second_factor", limited_token: "djb_lt_1", remember_device_for: 2592000 },
        { status: 403 },
      );
    this.signedIn = true;
    this.session = `s${Number(this.session.slice(1)) + 1}`;
    return cut ? (this.fail(fault, request) as Response) : this.grant();
  }

  /** The code after the password, by the limited token of that login. */
  private async secondFactor(request: Request): Promise<Response> {
    const failed = this.fail(this.faults.shift() ?? "ok", request);
    if (failed) return failed;
    const asked = (await request.clone().json()) as { limited_token: string; code: string };
    if (asked.limited_token !== "djb_lt_1") return refusal(401, "limited_token_refused");
    if (asked.code !== "123456") return refusal(401, "code_refused");
    this.signedIn = true;
    this.session = "s9";
    return this.grant();
  }

  /** The password again, with the token that is good now: a new one, and no token of before is good any more. */
  private async stepUp(request: Request): Promise<Response> {
    const failed = this.fail(this.faults.shift() ?? "ok", request);
    if (failed) return failed;
    const asked = (await request.clone().json()) as { password: string; code?: string };
    if (request.headers.get("authorization") !== `Bearer ${this.token()}`) return refusal(401, "invalid_token");
    if (asked.password !== "right") return refusal(403, "password_required");
    if (this.enrolled && asked.code !== "123456") {
      if (asked.code && asked.code !== "not of this session") return refusal(401, "code_refused");
      return Response.json({ code: "login_refused", reason: "second_factor_required" }, { status: 403 });
    }
    this.revoked.add(this.token());
    this.recent.add(`token-${this.tokens + 1}`);
    return this.grant();
  }

  private async logout(request: Request): Promise<Response> {
    const failed = this.fail(this.faults.shift() ?? "ok", request);
    if (failed) return failed;
    this.signedIn = false;
    return new Response(null, { status: 204 });
  }

  /** With the token of a recent login, whatever cookie there is. */
  private async logoutEverywhere(request: Request): Promise<Response> {
    const failed = this.fail(this.faults.shift() ?? "ok", request);
    if (failed) return failed;
    const token = request.headers.get("authorization")?.slice(7);
    if (!token || this.revoked.has(token) || !this.signedIn)
      return Response.json({ code: "not_authenticated" }, { status: 401, headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } });
    if (!this.recent.has(token)) return Response.json({ code: "login_too_old" }, { status: 401, headers: STALE });
    this.revoked.add(token);
    this.signedIn = false;
    return new Response(null, { status: 204 });
  }

  private grant(): Response {
    this.tokens++;
    return Response.json({
      access_token: this.token(),
      token_type: "Bearer",
      expires_in: this.lifetime,
      scope: "a b",
      session_id: this.session,
    });
  }

  private fail(fault: Fault, request: Request): Response | Promise<Response> | null {
    if (fault === "ok") return null;
    if (fault === "lost") this.tokens++;
    if (fault === "lost" || fault === "down") throw new TypeError("fetch failed");
    if (fault === "cut") return new Response(broken(), { status: 200 });
    if (fault === "hang")
      return new Promise((_, fail) => request.signal.addEventListener("abort", () => fail(request.signal.reason)));
    const body = fault.body ?? { error: "x", error_description: "x", code: fault.code };
    const init = { status: fault.status, headers: fault.headers ?? {} };
    return typeof body === "string" ? new Response(body, init) : Response.json(body, init);
  }
}

export const refusal = (status: number, code: string): Response =>
  Response.json({ error: "invalid_grant", error_description: "No.", code }, { status });
const STALE = {
  "WWW-Authenticate":
    'Bearer realm="api", error="insufficient_user_authentication", max_age="300", acr_values="urn:a urn:b"',
};
/** A body that breaks off. */
const broken = () =>
  new ReadableStream({
    start: (body) => body.enqueue(new TextEncoder().encode('{"access_tok')),
    pull: (body) => body.error(new TypeError("network error")),
  });

/** What a browser does with a redirect to elsewhere in the origin: it follows with every header, or shows nothing. */
const redirected = (request: Request, server: Server): Promise<Response> | Response => {
  if (request.redirect === "error") throw new TypeError("Failed to fetch");
  if (request.redirect === "manual") return new Response(null, { status: 302, headers: { Location: "/elsewhere/" } });
  return server.answer(new Request(`${API}elsewhere/`, { headers: request.headers }));
};

const ended = (): Response => refusal(401, "session_ended");

/** The outcome of work that the clock has to move for. */
export async function during<T>(fakes: Fakes, ms: number, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await fakes.advance(ms);
  return work;
}
