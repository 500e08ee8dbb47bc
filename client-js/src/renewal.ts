/** A new token: one request at a time in this tab and over all tabs, repeated and paused as the decisions say. */
import type { Ask } from "./endpoints.js";
import type { BearerError } from "./bearer_error.js";
import type { Lock } from "./lock.js";
import type { Platform } from "./platform.js";
import type { RetryKey } from "./retry_key.js";
import type { Holder } from "./state.js";
import type { Tabs } from "./tabs.js";
import { ATTEMPTS, judge } from "./decisions.js";
import { grantOf } from "./endpoints.js";
import { failure } from "./failures.js";
import { orAborted } from "./waiting.js";

/** Milliseconds for another tab's word to arrive. One that died said nothing, and the server is asked again. */
const NEWS = 250;

export interface Renewal {
  /** A new token, unless another tab got one while this one waited. */
  renew(): Promise<void>;
  /** The same in the background; a failure is found again by whoever needs the token. */
  renewQuietly(): void;
  /** Ask the server in the background, whatever other tabs have told. */
  renewAnyway(): void;
  isRunning(): boolean;
  /** Take over the tokens of an answer, and tell the other tabs. */
  take(members: unknown): void;
  /** The session is over, here and in the other tabs. */
  end(): void;
  /** Leave the server alone for so many milliseconds. */
  rest(ms: number, error: BearerError): void;
}

export const renewalOf = (
  platform: Platform,
  holder: Holder,
  tabs: Tabs,
  ask: Ask,
  retryKey: RetryKey,
  alone: Lock,
  closing: AbortSignal,
): Renewal => {
  const { state } = holder;
  let running: Promise<void> | null = null;
  const ensureOpen = () => closing.throwIfAborted();

  const rest = (ms: number, error: BearerError) => {
    state.pause = { until: platform.steady() + ms, error };
    state.wake();
  };

  const take = (members: unknown) => {
    const grant = grantOf(members, platform);
    if (grant === null) return;
    state.doubt = false;
    holder.adopt(grant);
    tabs.grant(grant);
  };

  const end = () => {
    const session = holder.sessionNow();
    holder.leave();
    tabs.end(session);
  };

  const refreshAlone = async () => {
    state.due = false;
    for (let attempt = 1; ; attempt++) {
      const seen = state.changes;
      const heard = await ask("refresh/", { retry_key: retryKey.recall() }, take);
      ensureOpen();
      const verdict = judge(heard, attempt, platform.online(), platform.chance());
      switch (verdict.do) {
        case "keep":
          return retryKey.drop();
        case "end":
          retryKey.drop();
          // Without Web Locks somebody may have signed in meanwhile: the answer was about the cookie before.
          if (state.changes !== seen && state.held !== null && attempt < ATTEMPTS) break;
          state.doubt = false;
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
    await orAborted(over, closing).finally(() => platform.never(waiting));
  };

  const renew = (): Promise<void> => {
    if (closing.aborted) return Promise.reject(closing.reason);
    if (state.pause && platform.steady() < state.pause.until) return Promise.reject(state.pause.error);
    running ??= renewAlone().finally(() => (running = null));
    return running;
  };

  const renewQuietly = () => void renew().catch(() => {});

  const renewAlone = () => {
    const seen = state.changes;
    const work = alone(async (waited) => {
      ensureOpen();
      if (state.changes === seen && waited && !state.due) await news(seen);
      if (state.changes === seen || state.due) await refreshAlone();
    });
    return orAborted(work, closing);
  };

  /** Whoever was before this tab has told what came of it, and the telling may take longer than the lock. */
  const news = async (seen: number) => {
    if (state.changes === seen && !state.pause)
      await Promise.race([new Promise<void>((done) => (state.wake = done)), sleep(NEWS)]);
    if (state.pause && platform.steady() < state.pause.until) throw state.pause.error;
  };

  return {
    renew,
    renewQuietly,
    renewAnyway() {
      state.due = true;
      renewQuietly();
    },
    isRunning: () => running !== null,
    take,
    end,
    rest,
  };
};
