/** A new token: one request at a time in this tab and over all tabs, repeated and paused as the decisions say. */
import type { Ask } from "./endpoints.js";
import type { BearerError } from "./bearer_error.js";
import type { Lock } from "./lock.js";
import type { Platform } from "./platform.js";
import type { RetryKey } from "./retry_key.js";
import type { Holder } from "./state.js";
import type { Tabs } from "./tabs.js";
import { ATTEMPTS, nextStep } from "./decisions.js";
import { grantOf } from "./endpoints.js";
import { failure } from "./failures.js";
import { orAborted } from "./waiting.js";

/** Milliseconds to wait for another tab's message. A tab that was closed sends none, and the server is asked again. */
const OTHER_TAB_MS = 250;

export interface Renewal {
  /** A new token, unless another tab got one while this one waited. */
  renew(): Promise<void>;
  /** Renew in the background. A failure shows at the next call that needs the token. */
  renewQuietly(): void;
  /** Ask the server in the background, whatever other tabs have told. */
  forceRenew(): void;
  isRunning(): boolean;
  /** Accept the tokens of an answer, and send them to the other tabs. */
  accept(members: unknown): void;
  /** The session is over, here and in the other tabs. */
  end(): void;
  /** Send no request for so many milliseconds. */
  pauseFor(ms: number, error: BearerError): void;
}

export const renewalOf = (
  platform: Platform,
  holder: Holder,
  tabs: Tabs,
  ask: Ask,
  retryKey: RetryKey,
  withLock: Lock,
  closing: AbortSignal,
): Renewal => {
  const { state } = holder;
  let running: Promise<void> | null = null;
  const ensureOpen = () => closing.throwIfAborted();

  const pauseFor = (ms: number, error: BearerError) => {
    state.pause = { until: platform.monotonic() + ms, error };
    state.endWait();
  };

  const accept = (members: unknown) => {
    const grant = grantOf(members, platform);
    if (grant === null) return;
    state.unsure = false;
    holder.adopt(grant);
    tabs.grant(grant);
  };

  const end = () => {
    const session = holder.sessionNow();
    holder.leave();
    tabs.end(session);
  };

  const refreshAlone = async () => {
    state.mustAsk = false;
    for (let attempt = 1; ; attempt++) {
      const seen = state.changes;
      const answer = await ask("refresh/", { retry_key: retryKey.recall() }, accept);
      ensureOpen();
      const step = nextStep(answer, attempt, platform.online(), platform.random());
      switch (step.action) {
        case "done":
          return retryKey.drop();
        case "end":
          retryKey.drop();
          // Without Web Locks somebody may have signed in meanwhile: the answer was about the cookie before.
          if (state.changes !== seen && state.grant !== null && attempt < ATTEMPTS) break;
          state.unsure = false;
          return end();
        case "retry":
          await sleep(step.after);
          break;
        case "fail": {
          const error = failure(step.code, answer, step.wait);
          pauseFor(step.wait, error);
          tabs.pause(step.wait, step.code);
          throw error;
        }
      }
    }
  };

  /** Ends early when the client is closed. */
  const sleep = async (ms: number) => {
    ensureOpen();
    let waiting: unknown;
    const over = new Promise<void>((done) => (waiting = platform.setTimer(done, ms)));
    await orAborted(over, closing).finally(() => platform.clearTimer(waiting));
  };

  const renew = (): Promise<void> => {
    if (closing.aborted) return Promise.reject(closing.reason);
    if (state.pause && platform.monotonic() < state.pause.until) return Promise.reject(state.pause.error);
    running ??= renewAlone().finally(() => (running = null));
    return running;
  };

  const renewQuietly = () => void renew().catch(() => {});

  const renewAlone = () => {
    const seen = state.changes;
    const work = withLock(async (waited) => {
      ensureOpen();
      if (state.changes === seen && waited && !state.mustAsk) await waitForOtherTab(seen);
      if (state.changes === seen || state.mustAsk) await refreshAlone();
    });
    return orAborted(work, closing);
  };

  /** Wait for the message of the tab that had the lock before: it may come later than the lock is released. */
  const waitForOtherTab = async (seen: number) => {
    if (state.changes === seen && !state.pause)
      await Promise.race([new Promise<void>((done) => (state.endWait = done)), sleep(OTHER_TAB_MS)]);
    if (state.pause && platform.monotonic() < state.pause.until) throw state.pause.error;
  };

  return {
    renew,
    renewQuietly,
    forceRenew() {
      state.mustAsk = true;
      renewQuietly();
    },
    isRunning: () => running !== null,
    accept,
    end,
    pauseFor,
  };
};
