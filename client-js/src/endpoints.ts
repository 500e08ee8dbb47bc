/** Asking the authentication endpoints, and reading the tokens out of an answer. */
import type { ServerAnswer } from "./decisions.js";
import type { TokenGrant } from "./tabs.js";
import type { Platform } from "./platform.js";
import { NewRequest, hrefOf, withToken, only, own, parse, partsOf, readText, stringify } from "./platform.js";
import { retryAfter } from "./decisions.js";

/** How a request to other endpoints than ours differs. `see` is told of an answer that carries no token. */
export interface Differing {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  see(members: unknown): void;
}

/**
 * POST to an authentication endpoint. The answer's text goes to `accept` at once, so that no promise carries it.
 * Status 0 stands for no whole answer: a network that failed, a body that was cut off, the caller's abort.
 * `path` is relative to the endpoints.
 */
export type Ask = (
  path: string,
  body: object | undefined,
  accept: (members: unknown) => void,
  signal?: AbortSignal,
  token?: string,
  differing?: Differing,
) => Promise<ServerAnswer>;

/** `timeout` is in milliseconds; `closing` aborts what is under way. */
export const askOf =
  (endpoints: string, client: string, timeout: number, platform: Platform, closing: AbortSignal, tokenHeader: string): Ask =>
  async (path, body, accept, signal, token, differing) => {
    const href = hrefOf(path, endpoints);
    if (partsOf(href).origin !== partsOf(endpoints).origin) throw new TypeError("The endpoints belong to the API's origin.");
    const stop = new AbortController();
    const late = platform.setTimer(() => stop.abort(), timeout);
    const forward = () => stop.abort();
    for (const from of [signal, closing]) from?.addEventListener("abort", forward);
    try {
      const request = new NewRequest(
        href,
        only<RequestInit>({
          method: differing?.method ?? "POST",
          headers: only({ ...differing?.headers, "Content-Type": "application/json", "X-Bearer-Client": client }),
          body: body ? stringify(only(body)) : null,
          credentials: "include",
          cache: "no-store",
          redirect: "error",
          signal: stop.signal,
        }),
      );
      const response = await platform.fetch(
        token === undefined ? request : withToken(request, tokenHeader, token),
      );
      let members: unknown;
      try {
        // First of all: once it has been read, a script that wrapped a getter of Response cannot read it.
        await readText(response, (text) => {
          members = parse(text);
        });
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
      // allauth's answers carry tokens in their `meta`.
      const meta = own(members, "meta");
      if (own(meta, "access_token") !== undefined) members = meta;
      const code = own(members, "code");
      const answer: ServerAnswer = {
        status: response.status,
        code: typeof code === "string" ? code : undefined,
        retryAfter: retryAfter(response.headers.get("retry-after"), response.headers.get("date")),
        tokens: grantOf(members, platform) !== null,
        refreshToken: own(members, "refresh_token") !== undefined,
        ticket: own(members, "ticket") as string | undefined,
        step: own(members, "step") as string | undefined,
        reason: own(members, "reason"),
        limitedToken: own(members, "limited_token") as string | undefined,
        rememberFor: own(members, "remember_device_for") as number | undefined,
      };
      if (closing.aborted) return answer;
      if (answer.tokens && !answer.refreshToken) accept(members);
      // What a new factor shows once comes with the tokens.
      differing?.see(answer.tokens ? own(members, "recovery_codes") : members);
      return answer;
    } catch {
      return { status: 0, code: undefined, retryAfter: null, tokens: false, refreshToken: false };
    } finally {
      platform.clearTimer(late);
      for (const from of [signal, closing]) from?.removeEventListener("abort", forward);
    }
  };

/** The tokens of an answer, or null where it is none of a login or refresh. */
export const grantOf = (members: unknown, platform: Platform): TokenGrant | null => {
  // One by one: taking an array apart would pass the token through an iterator that script may have replaced.
  const token = own(members, "access_token");
  const session = own(members, "session_id");
  const scope = own(members, "scope");
  const seconds = own(members, "expires_in");
  const type = own(members, "token_type");
  if (typeof token !== "string" || typeof session !== "string" || typeof seconds !== "number") return null;
  if (typeof type !== "string" || type.toLowerCase() !== "bearer" || !(seconds > 0)) return null;
  const lifetime = { left: seconds * 1000, monotonic: platform.monotonic(), wallClock: platform.wallClock() };
  return { token, session, scope: typeof scope === "string" ? scope : "", lifetime };
};
