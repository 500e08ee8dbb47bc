/** The one error this package throws. It names what went wrong and never carries a token, a request or an answer. */
import type { ServerCode } from "./errors.js";

/**
 * What only the client can find:
 * `unreachable` no answer came (offline is not signed out);
 * `session_changed` the session that this page was for has ended, or another has begun: the call was not sent;
 * `redirected` the API answered with a redirect, which no call that carries the token follows;
 * `closed` the client was closed;
 * `not_a_browser` the server took this page for a native app: a proxy drops `Origin` and `Sec-Fetch-Site`;
 * `unexpected_answer` an answer that is none of this server's.
 */
export type ClientCode =
  | "unreachable"
  | "session_changed"
  | "redirected"
  | "closed"
  | "not_a_browser"
  | "unexpected_answer";

export type ErrorCode = ServerCode | ClientCode;

export class BearerError extends Error {
  override readonly name = "BearerError";

  constructor(
    /** Stable: act on this one. */
    readonly code: ErrorCode,
    message: string,
    /** HTTP status of the answer; 0 where there was none. */
    readonly status = 0,
    /** Seconds until it is worth trying again, where that is known. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}
