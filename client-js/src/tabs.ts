/**
 * Telling the other tabs: a new token, the end of a session, a server that wants to be left alone.
 *
 * The token crosses a BroadcastChannel, which only scripts of this very origin can join. Such a script can also ask
 * the server for a token itself, so it learns nothing here that it could not have; see docs/guide/client.md.
 */
import type { Lifetime } from "./lifetime.js";
import { MAX_PAUSE } from "./decisions.js";
import { own } from "./platform.js";
import type { Channel, Platform } from "./platform.js";

export interface TokenGrant {
  readonly token: string;
  readonly session: string;
  readonly scope: string;
  readonly lifetime: Lifetime;
}

export interface Listener {
  granted(grant: TokenGrant): void;
  ended(session: string | null): void;
  paused(ms: number, code: string): void;
}

export interface Tabs {
  grant(grant: TokenGrant): void;
  end(session: string | null): void;
  pause(ms: number, code: string): void;
  /** Leave: nothing is heard or said any more. */
  close(): void;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number => typeof value === "number" && value >= 0 && value < Infinity;

export const tabsOf = (name: string, platform: Platform, listener: Listener): Tabs => {
  let channel: Channel | undefined;
  let hidden = false;
  let closed = false;
  const open = () => {
    channel ??= platform.channel?.(name, hear);
  };
  const shut = () => {
    channel?.close();
    channel = undefined;
  };
  const hear = (said: unknown) => {
    if (closed) return;
    // One by one: taking an array apart would pass the token through an iterator that script may have replaced.
    const kind = own(said, "kind");
    const session = own(said, "session");
    const left = own(said, "left");
    const token = own(said, "token");
    const scope = own(said, "scope");
    const sent = own(said, "sent");
    if (kind === "grant" && isText(token) && isText(session) && isText(scope) && isCount(left) && isCount(sent)) {
      // A tab that was frozen hears it late.
      const late = Math.max(0, platform.wallClock() - sent);
      const lifetime = { left: left - late, monotonic: platform.monotonic(), wallClock: platform.wallClock() };
      if (lifetime.left > 0) listener.granted({ token, session, scope, lifetime });
    }
    if (kind === "end") listener.ended(isText(session) ? session : null);
    const code = own(said, "code");
    if (kind === "pause" && isCount(left) && isText(code)) listener.paused(Math.min(left, MAX_PAUSE), code);
  };
  const say = (message: object) => {
    if (closed) return;
    open();
    channel?.post(message);
    if (hidden) shut();
  };
  open();
  // A page with an open channel may be refused the back/forward cache.
  const unsubscribers = [
    platform.on("pagehide", () => {
      hidden = true;
      shut();
    }),
    platform.on("pageshow", () => {
      hidden = false;
      open();
    }),
  ];
  return {
    grant: ({ token, session, scope, lifetime }) =>
      say({ kind: "grant", token, session, scope, left: lifetime.left, sent: platform.wallClock() }),
    end: (session) => say({ kind: "end", session }),
    pause: (left, code) => say({ kind: "pause", left, code }),
    close: () => {
      closed = true;
      for (const stop of unsubscribers) stop();
      shut();
    },
  };
};
