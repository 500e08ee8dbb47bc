/** What the page knows: who is signed in, with which token, and who is told when that changes. */
import type { BearerError } from "./bearer_error.js";
import type { Status } from "./decisions.js";
import type { Grant } from "./tabs.js";
import type { Platform } from "./platform.js";
import type { Session } from "./types.js";
import { maySend } from "./decisions.js";
import { ahead, fresh, left } from "./lifetime.js";

/** Everything secret lives in here and nowhere else. */
export interface State {
  held: Grant | null;
  status: Status;
  /** The session that the page is for: what is on its screen may be that user's. */
  page: string | null;
  /** A login got no certain answer, so only the server can say whose cookie this browser has. */
  doubt: boolean;
  /** The next renewal asks the server, whatever other tabs have told. */
  due: boolean;
  /** How often what is known has changed. */
  changes: number;
  /** A call was made since the last renewal. */
  used: boolean;
  /** Until when, by the steady clock, the server is left alone, and why. */
  pause: { until: number; error: BearerError } | null;
  /** Ends a wait for other tabs' news. */
  wake: () => void;
}

export interface Holder {
  readonly state: State;
  sessionNow(): string | null;
  isFresh(): boolean;
  snapshot(): Session;
  /** Take over a token, and renew it ahead of its end. */
  adopt(grant: Grant): void;
  /** Nobody is signed in any more. */
  leave(): void;
  /** Neither token nor status is known any more. */
  forget(): void;
  tell(): void;
  listen(listener: (session: Session) => void): () => void;
  close(): void;
}

/** `renew` is called when the token at hand should be renewed. */
export const holderOf = (platform: Platform, renew: () => void): Holder => {
  const listeners = new Set<(session: Session) => void>();
  let renewals = 0;
  let timer: unknown;
  const state: State = {
    held: null,
    status: "unknown",
    page: null,
    doubt: false,
    due: false,
    changes: 0,
    used: false,
    pause: null,
    wake: () => {},
  };

  const now = () => [platform.steady(), platform.wall()] as const;
  const sessionNow = () => state.held?.session ?? null;
  const isChanged = () => state.status !== "unknown" && !maySend(state.page, state.page, sessionNow());
  const snapshot = (): Session => {
    const { held, status } = state;
    return Object.freeze({
      status,
      id: sessionNow(),
      changed: isChanged(),
      scope: Object.freeze(held?.scope ? held.scope.split(" ") : []),
      secondsLeft: held ? Math.max(0, Math.floor(left(held.lifetime, ...now()) / 1000)) : 0,
      renewals,
    });
  };

  const tell = () => {
    state.changes++;
    state.wake();
    const session = snapshot();
    for (const listener of [...listeners]) {
      try {
        listener(session);
      } catch (error) {
        platform.later(() => {
          throw error; // the listener's own affair: it reaches the page's error handler, and no other listener
        }, 0);
      }
    }
  };

  const forget = () => {
    platform.never(timer);
    state.held = null;
    state.status = "unknown";
  };

  return {
    state,
    sessionNow,
    isFresh: () => state.held !== null && fresh(state.held.lifetime, ...now()),
    snapshot,
    tell,
    forget,
    adopt(grant) {
      state.held = grant;
      state.page ??= grant.session;
      state.status = "in";
      state.pause = null;
      state.used = false;
      renewals++;
      platform.never(timer);
      timer = platform.later(() => {
        // An idle or hidden tab lets its token lapse: an open page must not keep a session alive for ever.
        if (state.used && platform.visible()) renew();
      }, ahead(grant.lifetime, platform.chance()));
      tell();
    },
    leave() {
      platform.never(timer);
      state.held = null;
      if (state.status === "out") return;
      state.status = "out";
      tell();
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
