/** A client: who is signed in, one refresh at a time, and a `fetch` that carries the token. */
import type { ErrorCode } from "./failure.js";
import type { Heard, Status } from "./decisions.js";
import type { Grant } from "./tabs.js";
import type { Platform } from "./platform.js";
import { BearerError } from "./failure.js";
import { NewRequest, browser, carrying, own, parse, stringify, textOf } from "./platform.js";
import { before, covers, judge, readBase, repeat, retryAfter } from "./decisions.js";
import { ahead, fresh, left } from "./life.js";
import { lockOf } from "./lock.js";
import { tabsOf } from "./tabs.js";

export interface ClientOptions {
  /** Where the API lives. Calls below this URL carry the token, no others ever do. HTTPS, or a loopback host. */
  api: string | URL;
  /** Where the server's `include("django_bearer.urls")` is mounted, relative to `api`. Default `"auth/"`. */
  auth?: string;
  /** The name of this front end in the server's `CLIENTS`. Default `"first-party"`. */
  client?: string;
  /** Milliseconds to wait for an answer of the authentication endpoints. Default 15,000. */
  timeout?: number;
  /** Used in place of the browser's own `fetch`. It sees the token. */
  fetch?: typeof fetch;
}

export interface Credentials {
  password: string;
  /** Ask for less than the client is allowed, separated by spaces. */
  scope?: string;
  /** `username`, or whatever the user model calls it. */
  [field: string]: string | undefined;
}

export interface Session {
  /** `unknown` until the server has been asked, which being offline may put off. */
  readonly status: Status;
  readonly id: string | null;
  readonly scope: readonly string[];
  /** Seconds the access token has left, at the moment this was read; 0 without one. */
  readonly secondsLeft: number;
  /** How many tokens this tab has been given since it was loaded, by the server or by another tab. */
  readonly renewals: number;
}

export interface Client {
  /** Sign in. Throws `BearerError`: `invalid_credentials`, `throttled` (see `retryAfter`), `unreachable`, … */
  login(credentials: Credentials, options?: { signal?: AbortSignal }): Promise<Session>;
  /** Sign out, in every tab. Throws when the server could not be told: then nobody is signed out. */
  logout(options?: { signal?: AbortSignal }): Promise<void>;
  /** The platform's `fetch`. Carries the token to the API, renews it in time and, after a 401, once more. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** A new token now. Tabs that ask at the same time share one. */
  refresh(options?: { signal?: AbortSignal }): Promise<Session>;
  /** Who is signed in, once the server has been asked: silent sign-in after a reload. */
  readonly ready: Promise<Session>;
  /** Who is signed in, as far as is known now. */
  readonly session: Session;
  /** Hear of every sign-in, sign-out and renewal. Returns how to stop. */
  onChange(listener: (session: Session) => void): () => void;
  /** Stop listening and renewing; a page that lives as long as its client needs no such thing. */
  close(): void;
}

/** Milliseconds for another tab's word to arrive. One that died said nothing, and the server is asked again. */
const NEWS = 250;

export const createClient = (options: ClientOptions): Client => build(options, browser(options.fetch));

/** The same over a given world, for tests. */
export function build(options: ClientOptions, platform: Platform): Client {
  const page = typeof location === "object" ? location.href : undefined;
  const api = readBase(options.api, page);
  const auth = readBase(new URL(options.auth ?? "auth/", api), page);
  if (auth.origin !== api.origin) throw new TypeError("The authentication endpoints belong to the API's origin.");
  const name = `django-bearer ${auth.href} ${options.client ?? "first-party"}`;
  const alone = lockOf(name, platform);
  const listeners = new Set<(session: Session) => void>();

  // Everything secret lives in these variables and nowhere else.
  let held: Grant | null = null;
  let status: Status = "unknown";
  let changes = 0;
  let renewals = 0;
  let used = false; // a call was made since the last renewal
  let running: Promise<void> | null = null;
  let timer: unknown;
  let pause: { until: number; error: BearerError } | null = null;
  let retryKey: string | null = null;
  let wake = () => {}; // ends a wait for other tabs' news

  const now = () => [platform.steady(), platform.wall()] as const;
  const isFresh = () => held !== null && fresh(held.life, ...now());
  const snapshot = (): Session =>
    Object.freeze({
      status,
      id: held?.session ?? null,
      scope: Object.freeze(held?.scope ? held.scope.split(" ") : []),
      secondsLeft: held ? Math.max(0, Math.floor(left(held.life, ...now()) / 1000)) : 0,
      renewals,
    });

  const tabs = tabsOf(name, platform, {
    granted: (grant) => adopt(grant),
    ended: (session) => {
      if (held === null || session === null || session === held.session) leave();
    },
    paused: (ms, code) => rest(ms, new BearerError(code as ErrorCode, "Another tab was told to wait.", 0, ms / 1000)),
  });

  const tell = () => {
    changes++;
    wake();
    const session = snapshot();
    for (const listener of [...listeners]) {
      try {
        listener(session);
      } catch (error) {
        platform.later(() => {
          throw error; // the listener's own affair: it reaches the page's error handler, and no other listener
        }, 0);
      }
    }
  };

  const adopt = (grant: Grant) => {
    held = grant;
    status = "in";
    pause = null;
    used = false;
    renewals++;
    platform.never(timer);
    timer = platform.later(() => {
      // An idle or hidden tab lets its token lapse: an open page must not keep a session alive for ever.
      if (used && platform.visible()) renew().catch(() => {});
    }, ahead(grant.life, platform.chance()));
    tell();
  };

  const leave = () => {
    platform.never(timer);
    held = null;
    if (status === "out") return;
    status = "out";
    tell();
  };

  const rest = (ms: number, error: BearerError) => {
    pause = { until: platform.steady() + ms, error };
    wake();
  };

  /** POST to an authentication endpoint. The answer's text goes to `take` at once, so that no promise carries it. */
  const ask = async (
    path: string,
    body: object,
    take: (members: unknown) => void,
    signal?: AbortSignal,
  ): Promise<Heard> => {
    const stop = new AbortController();
    const late = platform.later(() => stop.abort(), options.timeout ?? 15_000);
    const forward = () => stop.abort();
    signal?.addEventListener("abort", forward);
    try {
      const response = await platform.fetch(
        new NewRequest(new URL(path, auth), {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-Bearer-Client": options.client ?? "first-party" },
          body: stringify(body),
          credentials: "include",
          cache: "no-store",
          redirect: "error",
          signal: stop.signal,
        }),
      );
      let members: unknown;
      try {
        // First of all: once it has been read, whoever wrapped a getter of Response can read it no more.
        members = parse(await textOf(response));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
      const code = own(members, "code");
      const heard: Heard = {
        status: response.status,
        code: typeof code === "string" ? code : undefined,
        retryAfter: retryAfter(response.headers.get("retry-after"), response.headers.get("date")),
        tokens: grantOf(members) !== null,
        refreshToken: own(members, "refresh_token") !== undefined,
      };
      if (heard.tokens && !heard.refreshToken) take(members);
      return heard;
    } catch {
      if (signal?.aborted) throw signal.reason;
      return { status: 0, code: undefined, retryAfter: null, tokens: false, refreshToken: false };
    } finally {
      platform.never(late);
      signal?.removeEventListener("abort", forward);
    }
  };

  const grantOf = (members: unknown): Grant | null => {
    const [token, session] = [own(members, "access_token"), own(members, "session_id")];
    const [scope, seconds] = [own(members, "scope"), own(members, "expires_in")];
    const type = own(members, "token_type");
    if (typeof token !== "string" || typeof session !== "string" || typeof seconds !== "number") return null;
    if (typeof type !== "string" || type.toLowerCase() !== "bearer" || !(seconds > 0)) return null;
    const [steady, wall] = now();
    const life = { left: seconds * 1000, steady, wall };
    return { token, session, scope: typeof scope === "string" ? scope : "", life };
  };

  const take = (members: unknown) => {
    const grant = grantOf(members);
    if (grant === null) return;
    adopt(grant);
    tabs.grant(grant);
  };

  const end = () => {
    const session = held?.session ?? null;
    leave();
    tabs.end(session);
  };

  /** The retry key: random, stored before it is sent, dropped once an answer is certain. Opens nothing by itself. */
  const key = `${name}:retry`;
  const remember = (value: string | null) => {
    retryKey = value;
    try {
      if (value === null) platform.storage?.removeItem(key);
      else platform.storage?.setItem(key, value);
    } catch {
      // A full or forbidden storage: the key then lasts as long as the page.
    }
  };
  const recall = (): string => {
    let stored: string | null = null;
    try {
      stored = platform.storage?.getItem(key) ?? null;
    } catch {
      // as above
    }
    const value = stored && /^[0-9a-f]{32}$/.test(stored) ? stored : (retryKey ?? platform.unguessable());
    remember(value);
    return value;
  };

  const refreshAlone = async () => {
    for (let attempt = 1; ; attempt++) {
      const heard = await ask("refresh/", { retry_key: recall() }, take);
      const verdict = judge(heard, attempt, platform.online(), platform.chance());
      switch (verdict.do) {
        case "keep":
          return remember(null);
        case "end":
          remember(null);
          return end();
        case "again":
          await sleep(verdict.after);
          break;
        case "stop": {
          const error = failure(verdict.code, heard, verdict.wait);
          rest(verdict.wait, error);
          tabs.pause(verdict.wait, verdict.code);
          throw error;
        }
      }
    }
  };

  const sleep = (ms: number) => new Promise<void>((done) => platform.later(done, ms));

  /** A new token, unless another tab got one while this one waited. One at a time in this tab and over all tabs. */
  const renew = (): Promise<void> => {
    if (pause && platform.steady() < pause.until) return Promise.reject(pause.error);
    running ??= renewAlone().finally(() => (running = null));
    return running;
  };

  const renewAlone = () => {
    const seen = changes;
    return alone(async (waited) => {
      if (changes === seen && waited) await news(seen);
      if (changes === seen) await refreshAlone();
    });
  };

  /** Whoever was before this tab has told what came of it, and the telling may take longer than the lock. */
  const news = async (seen: number) => {
    if (changes === seen && !pause) await Promise.race([new Promise<void>((done) => (wake = done)), sleep(NEWS)]);
    if (pause && platform.steady() < pause.until) throw pause.error;
  };

  const start = async (): Promise<void> => {
    if (status === "unknown") await renew();
  };

  const login: Client["login"] = async (credentials, { signal } = {}) => {
    signal?.throwIfAborted();
    await alone(async () => {
      const heard = await ask("login/", credentials, take, signal);
      const verdict = judge(heard, 1, true, 0);
      if (verdict.do === "keep") return remember(null);
      throw failure(verdict.do === "stop" ? verdict.code : codeOf(heard), heard);
    });
    return snapshot();
  };

  const logout: Client["logout"] = async ({ signal } = {}) => {
    signal?.throwIfAborted();
    await alone(async () => {
      const heard = await ask("logout/", {}, () => {}, signal);
      if (heard.status !== 204 && heard.status !== 200 && heard.status !== 401) throw failure(codeOf(heard), heard);
      remember(null);
      end();
    });
  };

  /** See to it that there is a fresh token, where somebody is signed in. */
  const prepare = async (signal: AbortSignal): Promise<void> => {
    const session = held?.session;
    const step = before(status, isFresh());
    if (step === "start") await orAborted(start(), signal);
    if (step === "renew") await orAborted(renew(), signal);
    if (session !== undefined && held !== null && held.session !== session)
      throw new BearerError("session_changed", "Somebody else has signed in meanwhile.");
  };

  const send: Client["fetch"] = async (input, init) => {
    const request = new NewRequest(input, init);
    if (!covers(api, request.url)) return platform.fetch(request);
    request.signal.throwIfAborted();
    await prepare(request.signal);
    used = true;
    const sent = { token: held !== null, session: held?.session ?? null };
    const changesThen = changes;
    const spare = sent.token ? request.clone() : null;
    const authorized = (found: Request) => (held ? carrying(found, "Authorization", `Bearer ${held.token}`) : found);
    const response = await platform.fetch(authorized(request));
    const challenge = response.headers.get("www-authenticate");
    const refused = { status: response.status, challenge };
    if (spare === null || !repeat(refused, sent, { session: held?.session ?? null })) return response;
    try {
      if (changes === changesThen) await orAborted(renew(), request.signal);
    } catch (error) {
      if (request.signal.aborted) throw error;
      return response; // what the API said stands, until a new token can be had
    }
    if (held === null || !repeat(refused, sent, { session: held.session })) return response;
    return platform.fetch(authorized(spare));
  };

  // Back from the back/forward cache or from sleep: what this page knows may be long out of date.
  const stops = [
    platform.on("pageshow", (event) => {
      if ((event as PageTransitionEvent).persisted && status !== "unknown") renew().catch(() => {});
    }),
    platform.on("visibilitychange", () => {
      if (platform.visible() && status === "in" && !isFresh()) renew().catch(() => {});
    }),
    platform.on("online", () => {
      pause = null;
      if (running === null && status !== "out" && !isFresh()) renew().catch(() => {});
    }),
  ];

  return Object.freeze({
    login,
    logout,
    fetch: send,
    async refresh({ signal } = {}) {
      await orAborted(renew(), signal);
      return snapshot();
    },
    get ready() {
      return start().then(snapshot);
    },
    get session() {
      return snapshot();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      platform.never(timer);
      listeners.clear();
      for (const stop of stops) stop();
    },
  } satisfies Client);
}

const codeOf = (heard: Heard): ErrorCode =>
  heard.status === 0 ? "unreachable" : ((heard.code ?? "unexpected_answer") as ErrorCode);

const failure = (code: ErrorCode, heard: Heard, wait = 0): BearerError =>
  new BearerError(
    code,
    heard.status === 0
      ? "The server could not be reached."
      : code === "not_a_browser"
        ? "The server took this page for a native app: a proxy in between drops Origin or Sec-Fetch-Site."
        : `The server answered ${heard.status}${heard.code ? ` (${heard.code})` : ""}.`,
    heard.status,
    heard.retryAfter ?? (wait ? wait / 1000 : null),
  );

/** Wait for shared work; whoever gives up stops waiting, and the work goes on for the others. */
const orAborted = (work: Promise<void>, signal: AbortSignal | undefined): Promise<void> => {
  if (!signal) return work;
  signal.throwIfAborted();
  return new Promise((done, fail) => {
    const abort = () => fail(signal.reason);
    signal.addEventListener("abort", abort);
    work.then(done, fail).finally(() => signal.removeEventListener("abort", abort));
  });
};
