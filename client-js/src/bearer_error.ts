/** The one error this package throws. It names what went wrong and never carries a token, a request or an answer. */
import type { ServerCode } from "./errors.js";

/**
 * The codes that only the client can find:
 * `unreachable` no answer came (offline is not signed out);
 * `session_changed` the session that this page was for has ended, or another has begun: the call was not sent;
 * `redirected` the API answered with a redirect, which no call that carries the token follows;
 * `closed` the client was closed;
 * `not_a_browser` the server took this page for a native app: a proxy drops `Origin` and `Sec-Fetch-Site`;
 * `storage_failed` the secure storage of an app could not be read or written;
 * `unexpected_answer` an answer that is none of this server's.
 */
export type ClientCode =
  | "unreachable"
  | "session_changed"
  | "redirected"
  | "closed"
  | "not_a_browser"
  | "storage_failed"
  | "unexpected_answer";

/** Every code that a `BearerError` may have. */
export type ErrorCode = ServerCode | ClientCode;

/** The one error that this package throws. It never carries a token, a request or an answer. */
export class BearerError extends Error {
  /** `BearerError`. */
  override readonly name = "BearerError";

  /**
   * Make an error.
   *
   * @param code What went wrong. It is stable: act on this one.
   * @param message What went wrong, for the developer.
   * @param status HTTP status of the answer; 0 where there was none.
   * @param retryAfter Seconds until it is worth trying again, or null where that is not known.
   * @see RFC 9110 section 10.2.3 (Retry-After)
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly status = 0,
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}
