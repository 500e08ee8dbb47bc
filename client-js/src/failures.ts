/** From an answer, or the lack of one, to the error that a caller gets. Pure. */
import type { ErrorCode } from "./bearer_error.js";
import type { ServerAnswer } from "./decisions.js";
import { BearerError } from "./bearer_error.js";

export const sessionChanged = () =>
  new BearerError("session_changed", "The session of this page is over.");

/** The code of an answer that is no success. */
export const codeOf = (answer: ServerAnswer): ErrorCode =>
  answer.status === 0 ? "unreachable" : ((answer.code ?? "unexpected_answer") as ErrorCode);

/** The error for an answer; `wait` is in milliseconds, for where the answer names no time itself. */
export const failure = (code: ErrorCode, answer: ServerAnswer, wait = 0): BearerError =>
  new BearerError(
    code,
    answer.status === 0
      ? "The server could not be reached."
      : code === "not_a_browser"
        ? "A proxy drops Origin or Sec-Fetch-Site."
        : `The server answered ${answer.status}${answer.code ? ` (${answer.code})` : ""}.`,
    answer.status,
    answer.retryAfter ?? (wait ? wait / 1000 : null),
  );
