/** Calls to the API: with the token at hand, in time, and as the session that the page is for or not at all. */
import type { Platform } from "./platform.js";
import type { Prepare } from "./ready_token.js";
import type { Renewal } from "./renewal.js";
import type { Holder } from "./state.js";
import type { Confirm } from "./step_up.js";
import type { Client } from "./types.js";
import { BearerError } from "./bearer_error.js";
import { asksForStepUp } from "./challenge.js";
import { isWithinApi, maySend, shouldRenew } from "./decisions.js";
import { sessionChanged } from "./failures.js";
import { NewRequest, withToken, copyOf, hasBody, isRedirect, urlOf } from "./platform.js";
import { orAborted } from "./waiting.js";

/** `reach` is what the token may be sent to. */
export const callsOf = (
  reach: { origin: string; pathname: string },
  platform: Platform,
  { state, sessionNow }: Holder,
  { renew }: Renewal,
  prepare: Prepare,
  confirm: Confirm | null,
  ensureOpen: () => void,
  tokenHeader: string,
): Client["fetch"] => {
  /** The call with the token at hand. A redirect is an error: nobody can say where the token would go. */
  const once = async (request: Request, token: string): Promise<Response> => {
    const follows = request.redirect === "follow";
    const response = await platform.fetch(withToken(request, tokenHeader, token));
    if (follows && isRedirect(response))
      throw new BearerError("redirected", "No token follows a redirect.");
    return response;
  };

  return async (input, init) => {
    ensureOpen();
    const request = new NewRequest(input, init);
    if (!isWithinApi(reach, urlOf(request))) return platform.fetch(request);
    if (request.mode === "no-cors") throw new TypeError("A no-cors request carries no token.");
    request.signal.throwIfAborted();
    const made = state.page;
    await prepare(request.signal);
    // From here to the sending nothing is waited for, so that nobody can sign in or out in between.
    ensureOpen();
    if (!maySend(made, state.page, sessionNow())) throw sessionChanged();
    state.used = true;
    if (state.grant === null) return platform.fetch(request);
    const sent = state.grant.session;
    const changesThen = state.changes;
    const isWhole = hasBody(request);
    const spare = confirm !== null && isWhole ? copyOf(request) : request;
    const response = await once(request, state.grant.token);
    const refused = { status: response.status, challenge: response.headers.get("www-authenticate") };
    if (confirm !== null && response.status === 401 && (await confirm(asksForStepUp(refused.challenge), sent, request.signal))) {
      // The API refused it before it did anything, so it is sent once more, with its body: as the same session only.
      const { grant } = state;
      if (grant?.session === sent && maySend(made, state.page, grant.session)) return once(spare, grant.token);
    }
    if (!shouldRenew(refused, sent, sessionNow())) return response;
    try {
      if (state.changes === changesThen) await orAborted(renew(), request.signal);
    } catch (error) {
      if (request.signal.aborted) throw error;
      return response; // what the API said stands, until a new token can be had
    }
    // No body is sent twice: the caller knows whether that does harm, and a call made anew has the new token.
    if (isWhole || sessionNow() !== sent) return response;
    return once(request, state.grant.token);
  };
};
