/** `@django-bearer/client/native`: a client for apps, whose refresh token lies in the secure storage of the platform. */
import type { ServerAnswer, Status } from "./decisions.js";
import type { Lifetime } from "./lifetime.js";
import type { Kept, SecureStore } from "./native_store.js";
import { BearerError } from "./bearer_error.js";
import { confirmsLogout, isWithinApi, nextStep, readBase, retryAfter, shouldRenew } from "./decisions.js";
import { codeOf, failure } from "./failures.js";
import { fresh } from "./lifetime.js";
import { keptStoreOf } from "./native_store.js";

export { BearerError } from "./bearer_error.js";
export type { ClientCode, ErrorCode } from "./bearer_error.js";
export type { ServerCode } from "./errors.js";
export type { SecureStore } from "./native_store.js";

/** What a native client is made with. */
export interface NativeOptions {
  /** Where the API lives. Calls below this URL carry the token, no others ever do. HTTPS, or a loopback host. */
  api: string | URL;
  /** The secure storage of the platform. */
  store: SecureStore;
  /** Where the server's `include("django_bearer.urls")` is mounted, relative to `api`. Default `"auth/"`. */
  auth?: string;
  /** The name of this app in the server's `CLIENTS`. Default `"first-party"`. */
  client?: string;
  /** The header that carries the token, where the server's `TOKEN_HEADER` names another. Default `"Authorization"`. */
  tokenHeader?: string;
  /** Milliseconds to wait for an answer of the authentication endpoints. Default 15,000. */
  timeout?: number;
  /** The platform's own HTTP client, where the app runs in a web view: its `fetch` would send `Origin`, as a page does. */
  fetch?: typeof fetch;
  /**
   * Asks the user for the code of the second factor: called by `login` where the account has one. A code that is refused
   * asks again, with the error. With null the login throws `login_incomplete`.
   */
  secondFactor?: (error: BearerError | null) => Promise<string | null>;
}

/** What a user logs in with: the name, under whatever the user model calls it, and the password. */
export interface NativeCredentials {
  /** The password. It is sent once and not kept. */
  password: string;
  /** Whether the session may last longer than `unremembered_lifetime` of the server's client says. */
  remember_me?: boolean;
  /** `username`, or whatever the user model calls it, or one of `LOGIN_FIELDS`. */
  [field: string]: string | boolean | undefined;
}

/** Who is signed in, as far as this app knows. The object is frozen. */
export interface NativeSession {
  /** `in`, `out`, or `unknown` until the storage and the server have been asked. */
  readonly status: Status;
  /** The id of the session, or null where nobody is signed in. */
  readonly id: string | null;
  /** The scopes of the access token. */
  readonly scope: readonly string[];
}

/** A client: it keeps an app signed in. Make one with `createNativeClient`. */
export interface NativeClient {
  /**
   * Sign in.
   *
   * @param credentials The name and the password, as the server's `login/` takes them.
   * @returns Who is signed in now.
   * @throws BearerError `invalid_credentials`, `throttled` (with `retryAfter`), `login_refused`, `unreachable`,
   * `storage_failed`, `unexpected_answer`, `closed`, or another code of the server.
   */
  login(credentials: NativeCredentials): Promise<NativeSession>;
  /**
   * Sign out.
   *
   * @throws BearerError `unreachable`, `storage_failed`, `closed`, or another code of the server, where it is not certain
   * that the session has ended. The app then stays signed in: ask again.
   * @see RFC 7009 section 2
   */
  logout(): Promise<void>;
  /**
   * Sign out on every device: all sessions and API tokens of the user end.
   *
   * @throws BearerError `login_too_old` where the login is not recent: sign in again, and ask again. `session_changed`,
   * `unreachable`, `storage_failed`, `closed`, or another code of the server, where it is not certain that everything has
   * ended. The app then stays signed in.
   * @throws TypeError The network failed.
   * @see RFC 9470 section 3
   */
  logoutEverywhere(): Promise<void>;
  /**
   * The platform's `fetch`. It carries the token to the API and renews it in time. After a 401 that says `invalid_token`
   * the token is renewed, too, and a call without a body is sent once more.
   *
   * @param url The URL.
   * @param init The options of the platform's `fetch`.
   * @returns The answer of the API, whatever its status is.
   * @throws BearerError `session_changed` where the session of the call ended meanwhile, `redirected` for a redirect, `unreachable`,
   * `storage_failed`, `unexpected_answer` or a code of the server where no token could be had, `closed`.
   * @throws TypeError The network failed, or the URL holds encoded dot segments.
   * @see RFC 6750 sections 2.1 and 3.1
   */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>;
  /** Who is signed in, once storage and server have been asked. It rejects where that was not possible. */
  readonly ready: Promise<NativeSession>;
  /** Who is signed in, as far as is known now. */
  readonly session: NativeSession;
  /**
   * Hear of every sign-in, sign-out and renewal.
   *
   * @param listener Called with who is signed in now.
   * @returns A function that stops it.
   */
  onChange(listener: (session: NativeSession) => void): () => void;
  /** Stop everything. Whatever is asked afterwards throws `closed`. What is stored stays. */
  close(): void;
}

interface Grant {
  readonly token: string;
  readonly session: string;
  readonly scope: string;
  readonly refreshToken: string;
  readonly knownDeviceToken: string;
  readonly lifetime: Lifetime;
}

interface Told extends ServerAnswer {
  readonly grant: Grant | null;
}

/** Milliseconds of a clock that never runs backwards, where the platform has one. */
const monotonic = () => (typeof performance === "object" ? performance.now() : Date.now());

const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * Make a client for an app. It sends nothing until it is used.
 *
 * @param options Where the API is, where the refresh token is kept, and what else differs from the defaults.
 * @returns The client.
 * @throws TypeError A URL is not HTTPS and not loopback, carries a password, the endpoints are of another origin, or the
 * platform has no source of random numbers.
 */
export function createNativeClient(options: NativeOptions): NativeClient {
  const { api: base, auth: mount = "auth/", client = "first-party", timeout = 15_000, tokenHeader = "Authorization", secondFactor } = options;
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));
  const api = readBase(base, undefined);
  const auth = readBase(new URL(mount, api), undefined);
  if (auth.origin !== api.origin) throw new TypeError("The endpoints belong to the API's origin.");
  if (typeof crypto !== "object") throw new TypeError("There is no crypto.getRandomValues: install one for this platform.");
  const reach = { origin: api.origin, pathname: api.pathname };
  const endpoints = auth.href;
  const store = keptStoreOf(options.store, endpoints, client);
  const closing = new AbortController();
  const ensureOpen = () => closing.signal.throwIfAborted();
  const listeners = new Set<(session: NativeSession) => void>();
  let grant: Grant | null = null;
  let status: Status = "unknown";
  let running: Promise<void> | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let pause: { until: number; error: BearerError } | null = null;

  const snapshot = (): NativeSession =>
    Object.freeze({ status, id: grant?.session ?? null, scope: Object.freeze((grant?.scope ?? "").split(" ").filter(Boolean)) });
  const become = (next: Grant | null) => {
    grant = next;
    status = next === null ? "out" : "in";
    for (const listener of [...listeners]) listener(snapshot());
  };

  /** One at a time: login, refresh and logout each read the storage, ask the server and write the storage. */
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(() => {
      ensureOpen();
      return work();
    });
    turn = mine.catch(() => {});
    return mine;
  };

  const ask = async (path: string, body: object): Promise<Told> => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), timeout);
    const forward = () => stop.abort();
    closing.signal.addEventListener("abort", forward);
    try {
      const response = await send(`${endpoints}${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...body, client_id: client }),
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        signal: stop.signal,
      });
      const members = membersOf(await response.text());
      const found = grantOf(members);
      return {
        status: response.status,
        code: textOf(members, "code") || undefined,
        retryAfter: retryAfter(response.headers.get("retry-after"), response.headers.get("date")),
        tokens: found !== null,
        refreshToken: false,
        limitedToken: textOf(members, "step") === "second_factor" ? textOf(members, "limited_token") || undefined : undefined,
        grant: found,
      };
    } catch {
      return { status: 0, code: undefined, retryAfter: null, tokens: false, refreshToken: false, grant: null };
    } finally {
      clearTimeout(timer);
      closing.signal.removeEventListener("abort", forward);
    }
  };

  /** Store first: what was not stored is not used, and can be asked for again. */
  const accept = async (found: Grant, kept: Kept) => {
    await store.save({
      api: endpoints,
      refreshToken: found.refreshToken || kept.refreshToken,
      retryKey: found.refreshToken ? "" : kept.retryKey,
      knownDeviceToken: found.knownDeviceToken || kept.knownDeviceToken,
    });
    pause = null;
    become(found);
  };

  const forget = async (kept: Kept) => {
    await store.save({ ...kept, refreshToken: "", retryKey: "" });
    become(null);
  };

  const refresh = async (): Promise<void> => {
    let kept = await store.load();
    if (!kept.refreshToken) return become(null);
    if (!kept.retryKey) {
      kept = { ...kept, retryKey: randomKey() };
      await store.save(kept);
    }
    for (let attempt = 1; ; attempt++) {
      const answer = await ask("refresh/", { refresh_token: kept.refreshToken, retry_key: kept.retryKey });
      ensureOpen();
      const step = nextStep(answer, attempt, true, Math.random());
      switch (step.action) {
        case "done":
          return accept(answer.grant as Grant, kept);
        case "end":
          return forget(kept);
        case "retry":
          await new Promise((done) => setTimeout(done, step.after));
          ensureOpen();
          break;
        case "fail": {
          const error = failure(step.code, answer, step.wait);
          pause = { until: monotonic() + step.wait, error };
          throw error;
        }
      }
    }
  };

  const renew = (): Promise<void> => {
    if (closing.signal.aborted) return Promise.reject(closing.signal.reason);
    if (pause && monotonic() < pause.until) return Promise.reject(pause.error);
    running ??= exclusively(refresh).finally(() => (running = null));
    return running;
  };

  const isFresh = () => grant !== null && fresh(grant.lifetime, monotonic(), Date.now());

  const once = async (url: string, init: RequestInit | undefined, token: string): Promise<Response> => {
    const headers = new Headers(init?.headers);
    headers.set(tokenHeader, `Bearer ${token}`);
    const response = await send(url, { ...init, headers, redirect: "manual" });
    if (response.redirected || response.type === "opaqueredirect" || (response.status >= 301 && response.status <= 308 && response.status !== 304))
      throw new BearerError("redirected", "The API answered with a redirect, and the token follows none.");
    return response;
  };

  /** One request of a login. An answer with tokens signs in, in the place of the session before. */
  const loginStep = (path: string, body: object): Promise<Told> =>
    exclusively(async () => {
      const kept = await store.load();
      const known = kept.knownDeviceToken ? { known_device_token: kept.knownDeviceToken } : {};
      const answer = await ask(path, { ...known, ...body });
      ensureOpen();
      if (answer.status === 200 && answer.grant?.refreshToken)
        await accept(answer.grant, { ...kept, refreshToken: "", retryKey: "" });
      return answer;
    });

  const call = async (input: string | URL, init?: RequestInit): Promise<Response> => {
    ensureOpen();
    const url = new URL(input, api).href;
    if (!isWithinApi(reach, url)) return send(url, init);
    const made = grant?.session ?? null;
    if (status === "unknown" || (status === "in" && !isFresh())) await renew();
    ensureOpen();
    if (made !== null && (grant as Grant | null)?.session !== made)
      throw new BearerError("session_changed", "The session of this call has ended: it was not sent.");
    if (grant === null) return send(url, init);
    const sent = grant;
    const response = await once(url, init, sent.token);
    const refused = { status: response.status, challenge: response.headers.get("www-authenticate") };
    if (!shouldRenew(refused, sent.session, (grant as Grant | null)?.session ?? null)) return response;
    if (grant === sent) await renew();
    const now = grant as Grant | null;
    // No body is sent twice: the caller knows whether that does harm.
    if (now === null || now.session !== sent.session || (init?.body ?? null) !== null) return response;
    return once(url, init, now.token);
  };

  return Object.freeze({
    async login(credentials) {
      let answer = await loginStep("login/", credentials);
      // Others may refresh while the user looks for the code.
      for (let limited = answer.limitedToken; limited && secondFactor && answer.grant === null; ) {
        const code = await secondFactor(answer.code === "code_refused" ? failure("code_refused", answer) : null);
        if (code === null) throw failure("login_incomplete", answer);
        answer = await loginStep("login/second-factor/", { limited_token: limited, code });
        if (answer.grant === null && answer.code !== "code_refused") break;
        limited = answer.limitedToken ?? limited;
      }
      if (answer.status === 200 && answer.grant?.refreshToken) return snapshot();
      throw failure(answer.status === 200 ? "unexpected_answer" : codeOf(answer), answer);
    },
    logout: () =>
      exclusively(async () => {
        const kept = await store.load();
        if (kept.refreshToken) {
          const answer = await ask("logout/", { refresh_token: kept.refreshToken });
          ensureOpen();
          if (!confirmsLogout(answer)) throw failure(codeOf(answer), answer);
        }
        await forget(kept);
      }),
    async logoutEverywhere() {
      ensureOpen();
      if (!isFresh()) await renew();
      const ended = grant?.session;
      const response = await call(`${endpoints}logout-everywhere/`, { method: "POST" });
      if (response.status !== 204) {
        const code = textOf(membersOf(await response.text()), "code") || undefined;
        const wait = retryAfter(response.headers.get("retry-after"), response.headers.get("date"));
        const answer = { status: response.status, code, retryAfter: wait, tokens: false, refreshToken: false };
        throw failure(codeOf(answer), answer);
      }
      // A login of meanwhile is not touched, neither there nor here.
      await exclusively(async () => {
        if (grant?.session === ended) await forget(await store.load());
      });
    },
    fetch: call,
    get ready() {
      return (status === "unknown" ? renew() : Promise.resolve()).then(snapshot);
    },
    get session() {
      return snapshot();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      closing.abort(new BearerError("closed", "The client was closed."));
      listeners.clear();
      grant = null;
    },
  } satisfies NativeClient);
}

const membersOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const textOf = (members: unknown, name: string): string => {
  const found = typeof members === "object" && members !== null ? (members as Record<string, unknown>)[name] : "";
  return typeof found === "string" ? found : "";
};

/** The tokens of an answer, or null where it is none of a login or refresh. */
const grantOf = (members: unknown): Grant | null => {
  const [token, session] = [textOf(members, "access_token"), textOf(members, "session_id")];
  const seconds = typeof members === "object" && members !== null ? (members as Record<string, unknown>)["expires_in"] : 0;
  if (!token || !session || textOf(members, "token_type").toLowerCase() !== "bearer") return null;
  if (typeof seconds !== "number" || !(seconds > 0)) return null;
  const lifetime = { left: seconds * 1000, monotonic: monotonic(), wallClock: Date.now() };
  const more = { refreshToken: textOf(members, "refresh_token"), knownDeviceToken: textOf(members, "known_device_token") };
  return { token, session, scope: textOf(members, "scope"), lifetime, ...more };
};
