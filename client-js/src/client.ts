/** A client: who is signed in, one refresh at a time, and a `fetch` that carries the token. */
import type { ErrorCode } from "./bearer_error.js";
import type { Heard, Status } from "./decisions.js";
import type { Grant } from "./tabs.js";
import type { Platform } from "./platform.js";
import { BearerError } from "./bearer_error.js";
import { NewRequest, browser, carrying, hasBody, isRedirect, only, own, parse, readText, stringify, urlOf } from "./platform.js";
import { ATTEMPTS, before, confirmsLogout, covers, judge, maySend, readBase } from "./decisions.js";
import { refusesLogin, renews, retryAfter } from "./decisions.js";
import { ahead, fresh, left } from "./lifetime.js";
import { lockOf } from "./lock.js";
import { tabsOf } from "./tabs.js";

/** Only the object's own properties count; what a prototype offers is nothing. */
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
  /** `unknown` until the server has been asked, which being offline may put off; and after a login without an answer. */
  readonly status: Status;
  readonly id: string | null;
  /**
   * This is not the session that the page was for: that one has ended, or another has begun, in another tab or on the
   * server. Calls throw `session_changed` until `accept`, a `login` or `logout` of this page, or a reload.
   */
  readonly changed: boolean;
  readonly scope: readonly string[];
  /** Seconds the access token has left, at the moment this was read; 0 without one. */
  readonly secondsLeft: number;
  /** How many tokens this tab has been given since it was loaded, by the server or by another tab. */
  readonly renewals: number;
}

export interface Client {
  /** Sign in. Throws `BearerError`: `invalid_credentials`, `throttled` (see `retryAfter`), `unreachable`, … */
  login(credentials: Credentials, options?: { signal?: AbortSignal }): Promise<Session>;
  /** Sign out, in every tab. Throws where it is not certain that the server was told: then ask again. */
  logout(options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * The platform's `fetch`. Carries the token to the API and renews it in time. A 401 that says `invalid_token` has
   * it renewed, too, and a request without a body sent once more. Throws `BearerError`: `session_changed` where the
   * page's session is not there any more, `redirected` for a redirect, `unreachable`, …
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** A new token now. Tabs that ask at the same time share one. */
  refresh(options?: { signal?: AbortSignal }): Promise<Session>;
  /** Who is signed in, once the server has been asked: silent sign-in after a reload. */
  readonly ready: Promise<Session>;
  /** Who is signed in, as far as is known now. */
  readonly session: Session;
  /** Hear of every sign-in, sign-out and renewal. Returns how to stop. */
  onChange(listener: (session: Session) => void): () => void;
  /**
   * From now on the page is for this session: nothing of the former one is on the screen or in a cache any more.
   * Returns whether it still is the current one; otherwise nothing changes, and `session` says which one is.
   */
  accept(session: Session): boolean;
  /** Stop everything: nothing is heard, renewed or kept. Whatever is asked afterwards throws `closed`. */
  close(): void;
}

/** Milliseconds for another tab's word to arrive. One that died said nothing, and the server is asked again. */
const NEWS = 250;

export const createClient = (options: ClientOptions): Client =>
  build(options, browser(own(options, "fetch") as typeof fetch | undefined));

/** The same over a given fakes, for tests. */
export function build(options: ClientOptions, platform: Platform): Client {
  const { api: base, auth: mount = "auth/", client = "first-party", timeout = 15_000 } = only(options);
  const here = typeof location === "object" ? location.href : undefined;
  const api = readBase(base, here);
  const auth = readBase(new URL(mount, api), here);
  if (auth.origin !== api.origin) throw new TypeError("The authentication endpoints belong to the API's origin.");
  const endpoints = auth.href;
  const reach = { origin: api.origin, pathname: api.pathname };
  const name = `django-bearer ${endpoints} ${client}`;
  const closing = new AbortController();
  const ensureOpen = () => closing.signal.throwIfAborted();
  const alone = lockOf(name, platform, ensureOpen);
  const listeners = new Set<(session: Session) => void>();

  // Everything secret lives in these variables and nowhere else.
  let held: Grant | null = null;
  let status: Status = "unknown";
  let page: string | null = null; // the session that the page is for: what is on its screen may be that user's
  let doubt = false; // a login got no certain answer, so only the server can say whose cookie this browser has
  let due = false; // the next renewal asks the server, whatever other tabs have told
  let changes = 0;
  let renewals = 0;
  let used = false; // a call was made since the last renewal
  let running: Promise<void> | null = null;
  let timer: unknown;
  let pause: { until: number; error: BearerError } | null = null;
  let retryKey: string | null = null;
  let wake = () => {}; // ends a wait for other tabs' news

  const now = () => [platform.steady(), platform.wall()] as const;
  const isFresh = (): boolean => held !== null && fresh(held.lifetime, ...now());
  const sessionNow = () => held?.session ?? null;
  const isChanged = () => status !== "unknown" && !maySend(page, page, sessionNow());
  const snapshot = (): Session =>
    Object.freeze({
      status,
      id: sessionNow(),
      changed: isChanged(),
      scope: Object.freeze(held?.scope ? held.scope.split(" ") : []),
      secondsLeft: held ? Math.max(0, Math.floor(left(held.lifetime, ...now()) / 1000)) : 0,
      renewals,
    });

  const tabs = tabsOf(name, platform, {
    // In doubt, what another tab knows may be older than this tab's login.
    granted: (grant) => doubt || adopt(grant),
    ended: (session) => {
      if (doubt) return;
      if (held === null || session === held.session) leave();
      else if (session === null) renew().catch(() => {}); // that tab knew no session: the server knows whether this one is over
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
    page ??= grant.session;
    status = "in";
    pause = null;
    used = false;
    renewals++;
    platform.never(timer);
    timer = platform.later(() => {
      // An idle or hidden tab lets its token lapse: an open page must not keep a session alive for ever.
      if (used && platform.visible()) renew().catch(() => {});
    }, ahead(grant.lifetime, platform.chance()));
    tell();
  };

  const leave = () => {
    platform.never(timer);
    held = null;
    if (status === "out") return;
    status = "out";
    tell();
  };

  /** A login without a certain answer: whose cookie this browser has now is asked for, not guessed. */
  const doubtIt = () => {
    platform.never(timer);
    held = null;
    status = "unknown";
    doubt = true;
    tell();
    renewAnyway();
  };

  const rest = (ms: number, error: BearerError) => {
    pause = { until: platform.steady() + ms, error };
    wake();
  };

  /**
   * POST to an authentication endpoint. The answer's text goes to `take` at once, so that no promise carries it.
   * Status 0 stands for no whole answer: a network that failed, a body that was cut off, the caller's abort.
   */
  const ask = async (
    path: string,
    body: object,
    take: (members: unknown) => void,
    signal?: AbortSignal,
  ): Promise<Heard> => {
    const stop = new AbortController();
    const late = platform.later(() => stop.abort(), timeout);
    const forward = () => stop.abort();
    for (const from of [signal, closing.signal]) from?.addEventListener("abort", forward);
    try {
      const response = await platform.fetch(
        new NewRequest(
          `${endpoints}${path}`,
          only<RequestInit>({
            method: "POST",
            headers: only({ "Content-Type": "application/json", "X-Bearer-Client": client }),
            body: stringify(only(body)),
            credentials: "include",
            cache: "no-store",
            redirect: "error",
            signal: stop.signal,
          }),
        ),
      );
      let members: unknown;
      try {
        // First of all: once it has been read, whoever wrapped a getter of Response can read it no more.
        await readText(response, (text) => {
          members = parse(text);
        });
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
      if (heard.tokens && !heard.refreshToken && !closing.signal.aborted) take(members);
      return heard;
    } catch {
      return { status: 0, code: undefined, retryAfter: null, tokens: false, refreshToken: false };
    } finally {
      platform.never(late);
      for (const from of [signal, closing.signal]) from?.removeEventListener("abort", forward);
    }
  };

  const grantOf = (members: unknown): Grant | null => {
    // One by one: taking an array apart would pass the token through an iterator that script may have replaced.
    const token = own(members, "access_token");
    const session = own(members, "session_id");
    const scope = own(members, "scope");
    const seconds = own(members, "expires_in");
    const type = own(members, "token_type");
    if (typeof token !== "string" || typeof session !== "string" || typeof seconds !== "number") return null;
    if (typeof type !== "string" || type.toLowerCase() !== "bearer" || !(seconds > 0)) return null;
    const [steady, wall] = now();
    const lifetime = { left: seconds * 1000, steady, wall };
    return { token, session, scope: typeof scope === "string" ? scope : "", lifetime };
  };

  const take = (members: unknown) => {
    const grant = grantOf(members);
    if (grant === null) return;
    doubt = false;
    adopt(grant);
    tabs.grant(grant);
  };

  /** The same for a login of this page: it is for the new session from now on. */
  const takeOwn = (members: unknown) => {
    page = null;
    take(members);
  };

  const end = () => {
    const session = sessionNow();
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
    due = false;
    for (let attempt = 1; ; attempt++) {
      const seen = changes;
      const heard = await ask("refresh/", { retry_key: recall() }, take);
      ensureOpen();
      const verdict = judge(heard, attempt, platform.online(), platform.chance());
      switch (verdict.do) {
        case "keep":
          return remember(null);
        case "end":
          remember(null);
          // Without Web Locks somebody may have signed in meanwhile: the answer was about the cookie before.
          if (changes !== seen && held !== null && attempt < ATTEMPTS) break;
          doubt = false;
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

  /** Ends early when the client is closed. */
  const sleep = async (ms: number) => {
    ensureOpen();
    let waiting: unknown;
    const over = new Promise<void>((done) => (waiting = platform.later(done, ms)));
    await orAborted(over, closing.signal).finally(() => platform.never(waiting));
  };

  /** A new token, unless another tab got one while this one waited. One at a time in this tab and over all tabs. */
  const renew = (): Promise<void> => {
    if (closing.signal.aborted) return Promise.reject(closing.signal.reason);
    if (pause && platform.steady() < pause.until) return Promise.reject(pause.error);
    running ??= renewAlone().finally(() => (running = null));
    return running;
  };

  const renewAnyway = () => {
    due = true;
    renew().catch(() => {});
  };

  const renewAlone = () => {
    const seen = changes;
    const work = alone(async (waited) => {
      ensureOpen();
      if (changes === seen && waited && !due) await news(seen);
      if (changes === seen || due) await refreshAlone();
    });
    return orAborted(work, closing.signal);
  };

  /** Whoever was before this tab has told what came of it, and the telling may take longer than the lock. */
  const news = async (seen: number) => {
    if (changes === seen && !pause) await Promise.race([new Promise<void>((done) => (wake = done)), sleep(NEWS)]);
    if (pause && platform.steady() < pause.until) throw pause.error;
  };

  const start = async (): Promise<void> => {
    if (status === "unknown") await renew();
  };

  /** The work of a caller, alone; whoever gives up while it waits for its turn has asked nothing. */
  const inTurn = (work: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> => {
    ensureOpen();
    signal?.throwIfAborted();
    const turn = alone(async () => {
      ensureOpen();
      signal?.throwIfAborted();
      await work();
    });
    return orAborted(orAborted(turn, closing.signal), signal);
  };

  const login: Client["login"] = async (credentials, options) => {
    const signal = signalOf(options);
    await inTurn(async () => {
      const mayReplace = status !== "out";
      const heard = await ask("login/", credentials, takeOwn, signal);
      ensureOpen();
      const verdict = judge(heard, 1, true, 0);
      if (verdict.do === "keep") {
        remember(null);
        // The server ends the session before once it sees the new cookie: a lost answer must end nobody's.
        if (mayReplace) renewAnyway();
        return;
      }
      if (!refusesLogin(heard)) doubtIt();
      throw failure(verdict.do === "stop" ? verdict.code : codeOf(heard), heard);
    }, signal);
    return snapshot();
  };

  const logout: Client["logout"] = async (options) => {
    const signal = signalOf(options);
    await inTurn(async () => {
      const heard = await ask("logout/", {}, () => {}, signal);
      ensureOpen();
      if (!confirmsLogout(heard)) throw failure(codeOf(heard), heard);
      remember(null);
      doubt = false;
      page = null;
      end();
    }, signal);
  };

  /** See to it that it is known who is signed in, and that there is a fresh token where somebody is. */
  const prepare = async (signal: AbortSignal): Promise<void> => {
    while (before(status, isFresh()) === "start") await orAborted(start(), signal);
    if (before(status, isFresh()) === "renew") await orAborted(renew(), signal);
  };

  const send: Client["fetch"] = async (input, init) => {
    ensureOpen();
    const request = new NewRequest(input, init);
    if (!covers(reach, urlOf(request))) return platform.fetch(request);
    if (request.mode === "no-cors") throw new TypeError("A no-cors request carries no token.");
    request.signal.throwIfAborted();
    const made = page;
    await prepare(request.signal);
    // From here to the sending nothing is waited for, so that nobody can sign in or out in between.
    ensureOpen();
    if (!maySend(made, page, sessionNow())) throw sessionChanged();
    used = true;
    if (held === null) return platform.fetch(request);
    const sent = held.session;
    const changesThen = changes;
    const isWhole = hasBody(request);
    const response = await once(request, held.token);
    const refused = { status: response.status, challenge: response.headers.get("www-authenticate") };
    if (!renews(refused, sent, sessionNow())) return response;
    try {
      if (changes === changesThen) await orAborted(renew(), request.signal);
    } catch (error) {
      if (request.signal.aborted) throw error;
      return response; // what the API said stands, until a new token can be had
    }
    // No body is sent twice: the caller knows whether that does harm, and a call made anew has the new token.
    if (isWhole || held === null || held.session !== sent) return response;
    return once(request, held.token);
  };

  /** The call with the token at hand. A redirect is an error: nobody can say where the token would go. */
  const once = async (request: Request, token: string): Promise<Response> => {
    const follows = request.redirect === "follow";
    const response = await platform.fetch(carrying(request, "Authorization", `Bearer ${token}`));
    if (follows && isRedirect(response))
      throw new BearerError("redirected", "The API answered with a redirect, and the token follows none.");
    return response;
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
    async refresh(options) {
      await orAborted(renew(), signalOf(options));
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
    accept({ status: seen, id }) {
      if (seen !== status || id !== sessionNow()) return false;
      page = id;
      return true;
    },
    close() {
      listeners.clear();
      for (const stop of stops) stop();
      tabs.close();
      platform.never(timer);
      held = null;
      status = "unknown";
      page = retryKey = null;
      closing.abort(new BearerError("closed", "The client was closed."));
    },
  } satisfies Client);
}

const sessionChanged = () =>
  new BearerError("session_changed", "The session that this page was for is not there any more: the call was not sent.");

/** Read as an own property: a prototype that somebody has filled offers no signal. */
const signalOf = (options: { signal?: AbortSignal } | undefined): AbortSignal | undefined =>
  own(options, "signal") as AbortSignal | undefined;

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
