/** How long an access token has left, whatever the clock on the wall says. Pure. */

/** When a token came, by both clocks, and how many milliseconds it then had. */
export interface Lifetime {
  readonly left: number;
  readonly monotonic: number;
  readonly wallClock: number;
}

/** No call is sent with less than this left: it has to travel. Milliseconds. */
export const MARGIN = 5_000;

/**
 * Milliseconds since then. The steady clock may stop while the machine sleeps and the wall clock may be set back, so
 * the larger difference counts: at worst a token is renewed early.
 */
export const age = (lifetime: Lifetime, monotonic: number, wallClock: number): number =>
  Math.max(monotonic - lifetime.monotonic, wallClock - lifetime.wallClock, 0);

export const left = (lifetime: Lifetime, monotonic: number, wallClock: number): number => lifetime.left - age(lifetime, monotonic, wallClock);

/** Short-lived tokens keep a tenth of their lifetime as the margin, so that one of ten seconds is of use at all. */
export const fresh = (lifetime: Lifetime, monotonic: number, wallClock: number): boolean =>
  left(lifetime, monotonic, wallClock) > Math.min(MARGIN, lifetime.left / 10);

/** Milliseconds to wait before renewing ahead of time: after 80 to 90 hundredths of the lifetime, so tabs spread out. */
export const ahead = (lifetime: Lifetime, chance: number): number => lifetime.left * (0.8 + 0.1 * chance);
