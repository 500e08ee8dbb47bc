/** The state of a page: who is signed in, with which token. Listeners are called when it changes. */
import type { BearerError } from "./bearer_error.js";
import type { Status } from "./decisions.js";
import type { TokenGrant } from "./tabs.js";
import type { Platform } from "./platform.js";
import type { Session } from "./types.js";
import { maySend } from "./decisions.js";
import { ahead, fresh, left } from "./lifetime.js";

/** Everything secret lives in here and nowhere else. */
export interface State {
  grant: TokenGrant | null;
  status: Status;
  /** The session that the page is for: what is on its screen may be that user's. */
  page: string | null;
  /** A login got no certain answer. Only the server knows whose cookie this browser has. */
  unsure: boolean;
  /** The next renewal asks the server, whatever other tabs have told. */
  mustAsk: boolean;
  /** How often what is known has changed. */
  changes: number;
  /** A call was made since the last renewal. */
  used: boolean;
  /** Until when, by the monotonic clock, no request is sent, and why. */
  pause: { until: number; error: BearerError } | null;
  /** Ends a wait for another tab's message. */
  endWait: () => void;
}

export interface Holder {
  readonly state: State;
  sessionNow(): string | null;
  isFresh(): boolean;
  snapshot(): Session;
  /** Take over a token, and renew it ahead of its end. */
  adopt(grant: TokenGrant): void;
  /** Nobody is signed in any more. */
  leave(): void;
  /** Neither token nor status is known any more. */
  forget(): void;
  notify(): void;
  listen(listener: (session: Session) => void): () => void;
  close(): void;
}

/** `renew` is called when the token at hand should be renewed. */
export const holderOf = (platform: Platform, renew: () => void): Holder => {
  const listeners = new Set<(session: Session) => void>();
  let renewals = 0;
  let timer: unknown;
  const state: State = {
    grant: null,
    status: "unknown",
    page: null,
    unsure: false,
    mustAsk: false,
    changes: 0,
    used: false,
    pause: null,
    endWait: () => {},
  };

  const now = () => [platform.monotonic(), platform.wallClock()] as const;
  const sessionNow = () => state.grant?.session ?? null;
  const isChanged = () => state.status !== "unknown" && !maySend(state.page, state.page, sessionNow());
  const snapshot = (): Session => {
    const { grant, status } = state;
    return Object.freeze({
      status,
      id: sessionNow(),
      changed: isChanged(),
      scope: Object.freeze(grant?.scope ? grant.scope.split(" ") : []),
      secondsLeft: grant ? Math.max(0, Math.floor(left(grant.lifetime, ...now()) / 1000)) : 0,
      renewals,
    });
  };

  const notify = () => {
    state.changes++;
    state.endWait();
    const session = snapshot();
    for (const listener of [...listeners]) {
      try {
        listener(session);
      } catch (error) {
        platform.setTimer(() => {
          throw error; // the listener's own affair: it reaches the page's error handler, and no other listener
        }, 0);
      }
    }
  };

  const forget = () => {
    platform.clearTimer(timer);
    state.grant = null;
    state.status = "unknown";
  };

  return {
    state,
    sessionNow,
    isFresh: () => state.grant !== null && fresh(state.grant.lifetime, ...now()),
    snapshot,
    notify,
    forget,
    adopt(grant) {
      state.grant = grant;
      state.page ??= grant.session;
      state.status = "in";
      state.pause = null;
      state.used = false;
      renewals++;
      platform.clearTimer(timer);
      timer = platform.setTimer(() => {
        // An idle or hidden tab lets its token lapse: an open page must not keep a session alive for ever.
        if (state.used && platform.visible()) renew();
      }, ahead(grant.lifetime, platform.random()));
      notify();
    },
    leave() {
      platform.clearTimer(timer);
      state.grant = null;
      if (state.status === "out") return;
      state.status = "out";
      notify();
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      listeners.clear();
      forget();
      state.page = null;
    },
  };
};
