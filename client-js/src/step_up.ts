/** Step-up: the user proves again who they are, and the same session goes on with a fresh login (RFC 9470). */
import type { Wanted } from "./challenge.js";
import type { Ask } from "./endpoints.js";
import type { Lock } from "./lock.js";
import type { Renewal } from "./renewal.js";
import type { RetryKey } from "./retry_key.js";
import type { Holder } from "./state.js";
import type { ClientOptions, StepUpProof } from "./types.js";
import { BearerError } from "./bearer_error.js";
import { nextStep } from "./decisions.js";
import { codeOf, failure, sessionChanged } from "./failures.js";
import { own } from "./platform.js";
import { orAborted } from "./waiting.js";


/** Whether the session was stepped up, so that a refused call may be sent again. */
export type Confirm = (wanted: Wanted | null, session: string, signal: AbortSignal | undefined) => Promise<boolean>;

export const stepUpOf = (
  prove: ClientOptions["stepUp"],
  holder: Holder,
  renewal: Renewal,
  ask: Ask,
  retryKey: RetryKey,
  withLock: Lock,
  closing: AbortSignal,
): Confirm => {
  const { state, sessionNow } = holder;
  let running: Promise<boolean> | null = null;
  /** The password was right, and the user has a second factor as well. */
  let lacksCode = false;

  /** The new tokens, alone: a refresh of another tab in between would use the cookie that this one replaces. */
  const send = async (proof: StepUpProof, session: string): Promise<BearerError | null> => {
    let refused: BearerError | null = null;
    if (!holder.isFresh()) await renewal.renew(); // the user may have taken minutes
    await withLock(async () => {
      closing.throwIfAborted();
      if (state.grant === null || sessionNow() !== session) throw sessionChanged();
      const elsewhere = own(proof, "url") as string | undefined;
      const [path, body] = elsewhere ? [elsewhere, own(proof, "body") as object] : ["step-up/", proof];
      const answer = await ask(path, body, renewal.accept, undefined, state.grant.token);
      closing.throwIfAborted();
      const step = nextStep(answer, 1, true, 0);
      if (step.action === "done") return retryKey.drop();
      // Without an answer the cookie may be the new one or the old one: the server knows.
      if (answer.status === 0 || answer.status >= 500) renewal.forceRenew();
      // To one that was sent this says that the session itself is without the factor: asking again would be in vain.
      lacksCode = answer.reason === "second_factor_required" && !own(proof, "code");
      refused = failure(step.action === "fail" ? step.code : codeOf(answer), answer);
    });
    return refused;
  };

  const confirm = async (wanted: Wanted, session: string): Promise<boolean> => {
    for (let error: BearerError | null = null, needsCode = false; prove !== undefined; ) {
      const proof = await prove({ ...wanted, error, needsCode });
      closing.throwIfAborted();
      if (proof === null) return false;
      error = await send(proof, session);
      if (error === null) return true;
      if (lacksCode || error.code === "code_refused") needsCode = true;
      else if (error.code !== "password_required") throw error;
    }
    return false;
  };

  return async (wanted, session, signal) => {
    if (prove === undefined || wanted === null) return false;
    // Calls that are refused at the same time ask the user once.
    running ??= confirm(wanted, session).finally(() => (running = null));
    let done = false;
    await orAborted(
      running.then((found) => {
        done = found;
      }),
      signal,
    );
    return done;
  };
};
