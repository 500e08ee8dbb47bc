/** Signing in and out: one at a time, and never guessing what became of a request without an answer. */
import type { Ask } from "./endpoints.js";
import type { Lock } from "./lock.js";
import type { Renewal } from "./renewal.js";
import type { RetryKey } from "./retry_key.js";
import type { Holder } from "./state.js";
import type { Client } from "./types.js";
import { confirmsLogout, judge, refusesLogin } from "./decisions.js";
import { codeOf, failure } from "./failures.js";
import { orAborted, signalOf } from "./waiting.js";

export const loginOf = (
  holder: Holder,
  renewal: Renewal,
  ask: Ask,
  retryKey: RetryKey,
  alone: Lock,
  closing: AbortSignal,
): Pick<Client, "login" | "logout"> => {
  const { state } = holder;
  const ensureOpen = () => closing.throwIfAborted();

  /** The work of a caller, alone; whoever gives up while it waits for its turn has asked nothing. */
  const inTurn = (work: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> => {
    ensureOpen();
    signal?.throwIfAborted();
    const turn = alone(async () => {
      ensureOpen();
      signal?.throwIfAborted();
      await work();
    });
    return orAborted(orAborted(turn, closing), signal);
  };

  /** The tokens of a login of this page: it is for the new session from now on. */
  const takeOwn = (members: unknown) => {
    state.page = null;
    renewal.take(members);
  };

  /** A login without a certain answer: whose cookie this browser has now is asked for, not guessed. */
  const doubtIt = () => {
    holder.forget();
    state.doubt = true;
    holder.tell();
    renewal.renewAnyway();
  };

  return {
    async login(credentials, options) {
      const signal = signalOf(options);
      await inTurn(async () => {
        const mayReplace = state.status !== "out";
        const heard = await ask("login/", credentials, takeOwn, signal);
        ensureOpen();
        const verdict = judge(heard, 1, true, 0);
        if (verdict.do === "keep") {
          retryKey.drop();
          // The server ends the session before once it sees the new cookie: a lost answer must end nobody's.
          if (mayReplace) renewal.renewAnyway();
          return;
        }
        if (!refusesLogin(heard)) doubtIt();
        throw failure(verdict.do === "stop" ? verdict.code : codeOf(heard), heard);
      }, signal);
      return holder.snapshot();
    },
    async logout(options) {
      const signal = signalOf(options);
      await inTurn(async () => {
        const heard = await ask("logout/", {}, () => {}, signal);
        ensureOpen();
        if (!confirmsLogout(heard)) throw failure(codeOf(heard), heard);
        retryKey.drop();
        state.doubt = false;
        state.page = null;
        renewal.end();
      }, signal);
    },
  };
};
