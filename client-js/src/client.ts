/** A client: its parts put together, and woken when the page comes back or goes online. */
import type { ErrorCode } from "./bearer_error.js";
import type { Platform } from "./platform.js";
import type { Client, ClientOptions } from "./types.js";
import { BearerError } from "./bearer_error.js";
import { callsOf } from "./calls.js";
import { readBase } from "./decisions.js";
import { askOf } from "./endpoints.js";
import { lockOf } from "./lock.js";
import { loginOf } from "./login.js";
import { browser, only, own } from "./platform.js";
import { prepareOf } from "./ready_token.js";
import { renewalOf } from "./renewal.js";
import { retryKeyOf } from "./retry_key.js";
import { stepUpOf } from "./step_up.js";
import { holderOf } from "./state.js";
import { socketsOf } from "./sockets.js";
import { tabsOf } from "./tabs.js";
import { ticketsOf } from "./tickets.js";
import { orAborted, signalOf } from "./waiting.js";

/**
 * Make a client. It sends nothing until it is used, so it may be made while a page is rendered on a server.
 *
 * @param options Where the API is, and what else differs from the defaults.
 * @returns The client.
 * @throws TypeError A URL is not HTTPS and not loopback, carries a password, or the endpoints are of another origin.
 */
export const createClient = (options: ClientOptions): Client =>
  build(options, browser(own(options, "fetch") as typeof fetch | undefined));

/** The same client over another platform, for tests. */
export function build(options: ClientOptions, platform: Platform): Client {
  const { api: base, auth: mount = "auth/", client = "first-party", timeout = 15_000, tokenHeader = "Authorization" } = only(options);
  const here = typeof location === "object" ? location.href : undefined;
  const api = readBase(base, here);
  const auth = readBase(new URL(mount, api), here);
  if (auth.origin !== api.origin) throw new TypeError("The endpoints belong to the API's origin.");
  const endpoints = auth.href;
  const reach = { origin: api.origin, pathname: api.pathname };
  const name = `django-bearer ${endpoints} ${client}`;
  const closing = new AbortController();
  const ensureOpen = () => closing.signal.throwIfAborted();
  const withLock = lockOf(name, platform, ensureOpen);

  const holder = holderOf(platform, () => renewal.renewQuietly());
  const { state, sessionNow, isFresh, snapshot } = holder;
  const tabs = tabsOf(name, platform, {
    // In doubt, what another tab knows may be older than this tab's login.
    granted: (grant) => state.unsure || holder.adopt(grant),
    ended: (session) => {
      if (state.unsure) return;
      if (state.grant === null || session === state.grant.session) holder.leave();
      else if (session === null) renewal.renewQuietly(); // that tab knew no session: the server knows whether this one is over
    },
    paused: (ms, code) =>
      renewal.pauseFor(ms, new BearerError(code as ErrorCode, "Another tab has to wait.", 0, ms / 1000)),
  });
  const ask = askOf(endpoints, client, timeout, platform, closing.signal, tokenHeader);
  const retryKey = retryKeyOf(name, platform);
  const renewal = renewalOf(platform, holder, tabs, ask, retryKey, withLock, closing.signal);
  const signing = loginOf(
    holder,
    renewal,
    ask,
    retryKey,
    withLock,
    closing.signal,
    own(options, "secondFactor") as ClientOptions["secondFactor"],
    own(options, "enrol") as ClientOptions["enrol"],
    api,
  );

  const prove = own(options, "stepUp") as ClientOptions["stepUp"];
  const confirm = prove ? stepUpOf(prove, holder, renewal, ask, retryKey, withLock, closing.signal) : null;

  const start = async (): Promise<void> => {
    if (state.status === "unknown") await renewal.renew();
  };

  const prepare = prepareOf(holder, renewal, start);
  const ticketUrl = ticketsOf(api, holder, renewal, prepare, ask, ensureOpen);

  // Back from the back/forward cache or from sleep: what this page knows may be long out of date.
  const unsubscribers = [
    platform.on("pageshow", (event) => {
      if ((event as PageTransitionEvent).persisted && state.status !== "unknown") renewal.renewQuietly();
    }),
    platform.on("visibilitychange", () => {
      if (platform.visible() && state.status === "in" && !isFresh()) renewal.renewQuietly();
    }),
    platform.on("online", () => {
      state.pause = null;
      if (!renewal.isRunning() && state.status !== "out" && !isFresh()) renewal.renewQuietly();
    }),
  ];

  return Object.freeze({
    ...signing,
    async stepUp(options) {
      await prepare(signalOf(options));
      const session = sessionNow();
      return session !== null && confirm !== null && confirm({ maxAge: 0, acrValues: [] }, session, signalOf(options));
    },
    fetch: callsOf(reach, platform, holder, renewal, prepare, confirm, ensureOpen, tokenHeader),
    ticketUrl,
    socket: socketsOf(platform, holder, ticketUrl, api, closing.signal),
    async refresh(options) {
      await orAborted(renewal.renew(), signalOf(options));
      return snapshot();
    },
    get ready() {
      return start().then(snapshot);
    },
    get session() {
      return snapshot();
    },
    onChange: holder.listen,
    accept({ status: seen, id }) {
      if (seen !== state.status || id !== sessionNow()) return false;
      state.page = id;
      return true;
    },
    close() {
      for (const stop of unsubscribers) stop();
      tabs.close();
      holder.close();
      retryKey.close();
      closing.abort(new BearerError("closed", "The client was closed."));
    },
  } satisfies Client);
}
