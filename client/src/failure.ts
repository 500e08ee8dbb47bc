/** The one error this package throws. It names what went wrong and never carries a token, a request or an answer. */
import type { ServerCode } from "./errors.js";

/**
 * What only the client can find:
 * `unreachable` no answer came (offline is not signed out);
 * `session_changed` somebody else signed in, in another tab, while this call was waiting;
 * `not_a_browser` the server took this page for a native app: a proxy drops `Origin` and `Sec-Fetch-Site`;
 * `unexpected_answer` an answer that is none of this server's.
 */
export type ClientCode = "unreachable" | "session_changed" | "not_a_browser" | "unexpected_answer";

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
