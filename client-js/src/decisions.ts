/** The decisions of a refresh, as pure functions. The first match wins; every row has a test. */
import type { ErrorCode } from "./bearer_error.js";
import { saysInvalidToken } from "./challenge.js";
import { partsOf, startsWith } from "./platform.js";

/** An answer of the server, or the lack of one, without what it carried. */
export interface ServerAnswer {
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly code: string | undefined;
  /** Seconds, from Retry-After. */
  readonly retryAfter: number | null;
  /** The body is a token answer: text and numbers where they are meant. */
  readonly tokens: boolean;
  /** The body holds a refresh token, which is never for a page. */
  readonly refreshToken: boolean;
  /** A ticket that was asked for. */
  readonly ticket?: string | undefined;
  /** Why it was refused, in the server's or its policy's own words. */
  readonly reason?: unknown;
  /** What a login lacks. */
  readonly step?: string | undefined;
  /** The limited token of such a login. */
  readonly limitedToken?: string | undefined;
  /** Seconds for which this device may be remembered after the second factor. */
  readonly rememberFor?: number | undefined;
}

export type NextStep =
  | { readonly action: "done" }
  | { readonly action: "end" }
  | { readonly action: "retry"; readonly after: number }
  | { readonly action: "fail"; readonly code: ErrorCode; readonly wait: number };

export const ATTEMPTS = 3;
/** Seconds a call may be kept waiting by a server that says when to come back. */
export const MAX_WAIT = 5;
/** Milliseconds for which a failure is not tried again, unless the server says how long. */
export const PAUSE = 2_000;
/** The longest of such pauses, in milliseconds: whatever stands between page and server can name any time. */
export const MAX_PAUSE = 300_000;

/** What an answer to a refresh means. `attempt` counts from 1; `chance` is a number from 0 up to 1. */
export function nextStep(answer: ServerAnswer, attempt: number, online: boolean, chance: number): NextStep {
  const { status, code, retryAfter } = answer;
  if (answer.refreshToken) return { action: "fail", code: "not_a_browser", wait: PAUSE };
  if (status === 200 && answer.tokens) return { action: "done" };
  if (status === 401 && code === "session_ended") return { action: "end" };
  const passing = status === 0 || status === 429 || status >= 500;
  const failure = (status === 0 ? "unreachable" : (code ?? "unexpected_answer")) as ErrorCode;
  if (!passing) return { action: "fail", code: failure, wait: PAUSE };
  if (status === 0 && !online) return { action: "fail", code: failure, wait: PAUSE };
  if (retryAfter !== null && retryAfter > MAX_WAIT) return { action: "fail", code: failure, wait: Math.min(MAX_PAUSE, retryAfter * 1000) };
  if (attempt >= ATTEMPTS) return { action: "fail", code: failure, wait: Math.max(PAUSE, (retryAfter ?? 0) * 1000) };
  const backOff = 300 * 2 ** (attempt - 1) * (0.5 + chance / 2);
  return { action: "retry", after: Math.max(backOff, (retryAfter ?? 0) * 1000) };
}

/** What the end of a socket means: the application ended it, the server refuses it for good, or it is opened again. */
export const afterClose = (code: number): "ended" | "refused" | "again" =>
  code === 1000 ? "ended" : code === 4400 || code === 4403 ? "refused" : "again";

/** Milliseconds until a socket is opened again, after so many failures in a row; at most half a minute. */
export const reconnectDelay = (failures: number, chance: number): number =>
  Math.min(30_000, 500 * 2 ** Math.min(failures - 1, 6)) * (0.5 + chance / 2);

export type Status = "unknown" | "in" | "out";

/** What a call does first: ask who is signed in, renew, go with the token at hand, or go without one. */
export function callStep(status: Status, isFresh: boolean): "start" | "renew" | "send" | "anonymous" {
  if (status === "unknown") return "start";
  if (status === "out") return "anonymous";
  return isFresh ? "send" : "renew";
}

/**
 * Whether a call may be sent. `made` is the session of the page when the call was made, `page` the page's session now,
 * `current` that of the token at hand; null stands for nobody. What a user's page asks is sent as that user or not at all.
 */
export const maySend = (made: string | null, page: string | null, current: string | null): boolean =>
  (made === null || made === page) && (page === null || page === current);

/** Whether a refused call has a new token asked for: the API must say, readably, that the token was at fault. */
export function shouldRenew(
  response: { status: number; challenge: string | null },
  sent: string | null,
  current: string | null,
): boolean {
  if (response.status !== 401 || sent === null) return false;
  if (current !== sent) return false; // never for a user who has signed in meanwhile
  return saysInvalidToken(response.challenge);
}

/**
 * Whether an answer to a login says for certain that nobody was signed in: a refusal of the server's own. Any other
 * may have been given, or lost, by something in between after the server had set its cookie.
 */
export const refusesLogin = ({ status, code, refreshToken }: ServerAnswer): boolean =>
  refreshToken || (status >= 400 && status < 500 && status !== 408 && code !== undefined);

/** Whether an answer to a logout says for certain that the browser's session is over. */
export const confirmsLogout = ({ status, code }: ServerAnswer): boolean =>
  status === 204 || (status === 401 && code === "session_ended");

/** Seconds in a Retry-After header: a number, or a date counted from the server's own clock. Null without either. */
export function retryAfter(header: string | null, date: string | null): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const wait = (Date.parse(header) - Date.parse(date ?? "")) / 1000;
  return Number.isFinite(wait) ? Math.max(0, Math.ceil(wait)) : null;
}

/**
 * Whether a URL lies under the API: same origin, and below its path. Only those see the token.
 *
 * Throws `TypeError` for one that lies there only until somebody decodes it: a proxy reads `/api/..%2fother/` as
 * `/other/`, and would carry the token there.
 */
export function isWithinApi(api: { origin: string; pathname: string }, url: string): boolean {
  const asked = partsOf(url);
  if (asked.origin !== api.origin || !startsWith(asked.pathname, api.pathname)) return false;
  if (/(^|[/\\])\.\.?(;[^/\\]*)?([/\\]|$)/.test(decoded(asked.pathname)))
    throw new TypeError("The URL holds encoded dot segments.");
  return true;
}

const ENCODED: Readonly<Record<string, string>> = { "25": "%", "2e": ".", "2f": "/", "3b": ";", "5c": "\\" };

/** A path with what stands for dot segments decoded, however many times it was encoded. */
function decoded(path: string): string {
  const once = path.replace(/%(25|2e|2f|3b|5c)/gi, (_, code: string) => ENCODED[code.toLowerCase()] ?? "");
  return once === path ? path : decoded(once);
}

/** Hosts a browser reaches without a network. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.+\.localhost)$/;

/** The API's base as a URL whose path ends in a slash. Throws `TypeError` for one that would send tokens over plain HTTP. */
export function readBase(api: string | URL, page: string | undefined): URL {
  const url = new URL(api, page);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && LOOPBACK.test(url.hostname)))
    throw new TypeError(`The API must be reached over HTTPS, not ${url.protocol}`);
  if (url.username || url.password) throw new TypeError("The API's URL must carry no name or password.");
  url.search = url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}
