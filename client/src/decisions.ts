/** What to do next: every decision of a refresh, as pure tables. First match wins; each row is a test. */
import type { ErrorCode } from "./failure.js";

/** An answer of the server, or the lack of one, without what it carried. */
export interface Heard {
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly code: string | undefined;
  /** Seconds, from Retry-After. */
  readonly retryAfter: number | null;
  /** The body is a token answer: text and numbers where they are meant. */
  readonly tokens: boolean;
  /** The body holds a refresh token, which is never for a page. */
  readonly refreshToken: boolean;
}

export type Verdict =
  | { readonly do: "keep" }
  | { readonly do: "end" }
  | { readonly do: "again"; readonly after: number }
  | { readonly do: "stop"; readonly code: ErrorCode; readonly wait: number };

export const ATTEMPTS = 3;
/** Seconds a call may be kept waiting by a server that says when to come back. */
export const PATIENCE = 5;
/** Milliseconds for which a failure is not tried again, unless the server says how long. */
export const PAUSE = 2_000;

/** What an answer to a refresh means. `attempt` counts from 1; `chance` is a number from 0 up to 1. */
export function judge(heard: Heard, attempt: number, online: boolean, chance: number): Verdict {
  const { status, code, retryAfter } = heard;
  if (heard.refreshToken) return { do: "stop", code: "not_a_browser", wait: PAUSE };
  if (status === 200 && heard.tokens) return { do: "keep" };
  if (status === 401 && code === "session_ended") return { do: "end" };
  const passing = status === 0 || status === 429 || status >= 500;
  const failure = (status === 0 ? "unreachable" : (code ?? "unexpected_answer")) as ErrorCode;
  if (!passing) return { do: "stop", code: failure, wait: PAUSE };
  if (status === 0 && !online) return { do: "stop", code: failure, wait: PAUSE };
  if (retryAfter !== null && retryAfter > PATIENCE) return { do: "stop", code: failure, wait: retryAfter * 1000 };
  if (attempt >= ATTEMPTS) return { do: "stop", code: failure, wait: Math.max(PAUSE, (retryAfter ?? 0) * 1000) };
  const backOff = 300 * 2 ** (attempt - 1) * (0.5 + chance / 2);
  return { do: "again", after: Math.max(backOff, (retryAfter ?? 0) * 1000) };
}

export type Status = "unknown" | "in" | "out";

/** What a call does first: ask who is signed in, renew, go with the token at hand, or go without one. */
export function before(status: Status, isFresh: boolean): "start" | "renew" | "go" | "bare" {
  if (status === "unknown") return "start";
  if (status === "out") return "bare";
  return isFresh ? "go" : "renew";
}

/** Whether a call that was refused is sent once more with a new token. */
export function repeat(
  response: { status: number; challenge: string | null },
  sent: { token: boolean; session: string | null },
  now: { session: string | null },
): boolean {
  if (response.status !== 401 || !sent.token) return false;
  if (now.session !== sent.session) return false; // never on behalf of whoever signed in meanwhile
  // Another origin's challenge may be unreadable. One that can be read must say that the token was at fault.
  return response.challenge === null || response.challenge.includes('error="invalid_token"');
}

/** Seconds in a Retry-After header: a number, or a date counted from the server's own clock. Null without either. */
export function retryAfter(header: string | null, date: string | null): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const wait = (Date.parse(header) - Date.parse(date ?? "")) / 1000;
  return Number.isFinite(wait) ? Math.max(0, Math.ceil(wait)) : null;
}

/** Whether a URL lies under the API: same origin, and below its path. Only those see the token. */
export function covers(api: URL, url: string): boolean {
  const asked = new URL(url);
  return asked.origin === api.origin && asked.pathname.startsWith(api.pathname);
}

/** Hosts a browser reaches without a network. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.+\.localhost)$/;

/** The API's base as a URL whose path ends in a slash. Throws `TypeError` for one that would send tokens in clear. */
export function readBase(api: string | URL, page: string | undefined): URL {
  const url = new URL(api, page);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && LOOPBACK.test(url.hostname)))
    throw new TypeError(`The API must be reached over HTTPS, not ${url.protocol}`);
  if (url.username || url.password) throw new TypeError("The API's URL must carry no name or password.");
  url.search = url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}
