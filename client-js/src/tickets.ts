/** Tickets: for places that cannot send a header, such as a download or a WebSocket. */
import type { Ask } from "./endpoints.js";
import type { Prepare } from "./ready_token.js";
import type { Holder } from "./state.js";
import type { Client } from "./types.js";
import { maySend } from "./decisions.js";
import { codeOf, failure, sessionChanged } from "./failures.js";
import { partsOf } from "./platform.js";
import { signalOf } from "./waiting.js";

/** `origin` is the API's. A ticket is asked for as the session that the page is for, or not at all. */
export const ticketsOf =
  (base: URL, { state, sessionNow }: Holder, prepare: Prepare, ask: Ask, ensureOpen: () => void): Client["ticketUrl"] =>
  async (url, purpose, options) => {
    ensureOpen();
    const target = new URL(url, base);
    const { origin, pathname } = partsOf(target.href.replace(/^ws/, "http"));
    if (origin !== base.origin) throw new TypeError("A ticket is for a URL of the API's origin.");
    const made = state.page;
    await prepare(signalOf(options));
    ensureOpen();
    if (state.grant === null || !maySend(made, state.page, sessionNow())) throw sessionChanged();
    state.used = true;
    const answer = await ask("tickets/", { purpose, path: pathname }, () => {}, signalOf(options), state.grant.token);
    ensureOpen();
    if (answer.status !== 201 || answer.ticket === undefined) throw failure(codeOf(answer), answer);
    target.searchParams.set("ticket", answer.ticket);
    return target.href;
  };
