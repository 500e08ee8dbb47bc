/** Tickets: for places that cannot send a header, such as a download or a WebSocket. */
import type { ServerAnswer } from "./decisions.js";
import type { Ask } from "./endpoints.js";
import type { Prepare } from "./ready_token.js";
import type { Renewal } from "./renewal.js";
import type { Holder } from "./state.js";
import type { Client } from "./types.js";
import { maySend } from "./decisions.js";
import { codeOf, failure, sessionChanged } from "./failures.js";
import { partsOf } from "./platform.js";
import { orAborted, signalOf } from "./waiting.js";

/** `base` is the API. A ticket is asked for as the session that the page is for, or not at all. */
export const ticketsOf = (
  base: URL,
  { state, sessionNow }: Holder,
  { renew }: Renewal,
  prepare: Prepare,
  ask: Ask,
  ensureOpen: () => void,
): Client["ticketUrl"] => {
  return async (url, purpose, options) => {
    ensureOpen();
    const signal = signalOf(options);
    const target = new URL(url, base);
    const { origin, pathname } = partsOf(target.href.replace(/^ws/, "http"));
    if (origin !== base.origin) throw new TypeError("Tickets belong to the API's origin.");
    const made = state.page;

    const once = async (): Promise<ServerAnswer> => {
      await prepare(signal);
      ensureOpen();
      if (state.grant === null || !maySend(made, state.page, sessionNow())) throw sessionChanged();
      state.used = true;
      return ask("tickets/", { purpose, path: pathname }, () => {}, signal, state.grant.token);
    };

    let answer = await once();
    if (answer.code === "invalid_token") {
      // The token was refused before its time: the server knows whether the session is over.
      await orAborted(renew(), signal);
      answer = await once();
    }
    ensureOpen();
    if (answer.status !== 201 || answer.ticket === undefined) throw failure(codeOf(answer), answer);
    target.searchParams.set("ticket", answer.ticket);
    return target.href;
  };
};
