/** Signing in and out: one at a time, and never guessing what became of a request without an answer. */
import type { Ask, Differing } from "./endpoints.js";
import type { Lock } from "./lock.js";
import type { Renewal } from "./renewal.js";
import type { RetryKey } from "./retry_key.js";
import type { Holder } from "./state.js";
import type { Client, ClientOptions } from "./types.js";
import type { ServerAnswer } from "./decisions.js";
import { confirmsLogout, nextStep, refusesLogin } from "./decisions.js";
import { codeOf, failure } from "./failures.js";
import { hrefOf, only, own } from "./platform.js";
import { orAborted, signalOf } from "./waiting.js";

export const loginOf = (
  holder: Holder,
  renewal: Renewal,
  ask: Ask,
  retryKey: RetryKey,
  withLock: Lock,
  closing: AbortSignal,
  secondFactor: ClientOptions["secondFactor"],
  enrol: ClientOptions["enrol"],
  api: URL,
): Pick<Client, "login" | "loginStep" | "logout"> => {
  const { state } = holder;
  const ensureOpen = () => closing.throwIfAborted();

  /** Do a caller's work under the lock. If the caller aborts while it waits for the lock, nothing is sent. */
  const exclusively = (work: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> => {
    ensureOpen();
    signal?.throwIfAborted();
    const turn = withLock(async () => {
      ensureOpen();
      signal?.throwIfAborted();
      await work();
    });
    return orAborted(orAborted(turn, closing), signal);
  };

  /** The tokens of a login of this page: it is for the new session from now on. */
  const acceptOwnTokens = (members: unknown) => {
    state.page = null;
    renewal.accept(members);
  };

  /** After a login without a certain answer, ask the server whose cookie this browser has. */
  const markUncertain = () => {
    holder.forget();
    state.unsure = true;
    holder.notify();
    renewal.forceRenew();
  };

  /** One request of a login; an answer that says which step is next is returned, and every other one is an error. */
  const send = async (
    path: string,
    body: object | undefined,
    signal: AbortSignal | undefined,
    differing?: Differing,
  ): Promise<ServerAnswer> => {
    let answer!: ServerAnswer;
    await exclusively(async () => {
      const mayReplace = state.status !== "out";
      answer = await ask(path, body, acceptOwnTokens, signal, undefined, differing);
      ensureOpen();
      const step = nextStep(answer, 1, true, 0);
      if (step.action === "done") {
        retryKey.drop();
        // The server ends the session before once it sees the new cookie: a lost answer must end nobody's.
        if (mayReplace) renewal.forceRenew();
        return;
      }
      if (differing && answer.status && answer.status < 500 && !answer.tokens && !answer.refreshToken) return;
      if (answer.step || answer.code === "code_refused") return;
      if (!refusesLogin(answer)) markUncertain();
      throw failure(step.action === "fail" ? step.code : codeOf(answer), answer);
    }, signal);
    return answer;
  };

  return {
    async login(credentials, options) {
      const signal = signalOf(options);
      let answer = await send("login/", credentials, signal);
      const { rememberFor = null, limitedToken } = answer;
      let step = answer.step;
      // The lock is free while the user looks for the code, so that other tabs go on.
      if (step === "enrol" && enrol && (await enrol(limitedToken!))) return holder.snapshot();
      while (step === "second_factor" && secondFactor && !answer.tokens) {
        const given = await secondFactor(answer.step ? null : failure(codeOf(answer), answer), rememberFor);
        if (given === null) break;
        const code = own(given, "code") ?? given;
        const body = { limited_token: limitedToken, code, remember_device: own(given, "rememberDevice") };
        answer = await send("login/second-factor/", body, signal);
        step = answer.step ?? step;
      }
      if (!answer.tokens) throw failure("login_incomplete", answer);
      return holder.snapshot();
    },
    async loginStep(url, options) {
      const { method = "POST", body, headers = {} } = only(options ?? {});
      let seen: unknown = null;
      const see = (members: unknown) => {
        seen = members;
      };
      const { status } = await send(hrefOf(url, api.href), body, signalOf(options), { method, headers, see });
      return { status, body: seen ?? null };
    },
    async logout(options) {
      const signal = signalOf(options);
      await exclusively(async () => {
        const answer = await ask("logout/", {}, () => {}, signal);
        ensureOpen();
        if (!confirmsLogout(answer)) throw failure(codeOf(answer), answer);
        retryKey.drop();
        state.unsure = false;
        state.page = null;
        renewal.end();
      }, signal);
    },
  };
};
