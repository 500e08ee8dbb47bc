/** One at a time over all tabs: the Web Lock of the browser, or a lease in storage where there is none. */
import { only } from "./platform.js";
import type { Platform } from "./platform.js";

/** Runs the work under the lock, and tells it whether it had to wait for another tab. */
export type Lock = <T>(work: (waited: boolean) => Promise<T>) => Promise<T>;

/** `ensureOpen` throws once nobody needs the lock any more: a wait for the lease then ends. */
export const lockOf = (name: string, platform: Platform, ensureOpen: () => void): Lock => {
  if (platform.locks) return webLock(name, platform.locks);
  return platform.storage ? storageLease(name, platform.storage, platform, ensureOpen) : (work) => work(false);
};

const webLock = (name: string, locks: Pick<LockManager, "request">): Lock => async (work) => {
  let got = false;
  const first = await locks.request(name, only({ ifAvailable: true, mode: "exclusive" }), (lock) => {
    if (lock === null) return undefined;
    got = true;
    return work(false);
  });
  return got ? (first as Awaited<ReturnType<typeof work>>) : locks.request(name, () => work(true));
};

/** Milliseconds: a tab that dies holds the others up this long. */
export const LEASE_MS = 20_000;
const SETTLE_MS = 40;

/**
 * The tab whose name is still there after `SETTLE_MS` has the lease. Storage is no mutex: two tabs may on rare occasions
 * both have it, and then the server's own rules (the minimum rotation interval, the shared `retry_key`) keep the
 * session valid.
 */
const storageLease = (
  name: string,
  storage: NonNullable<Platform["storage"]>,
  platform: Platform,
  ensureOpen: () => void,
): Lock => {
  const key = `${name}:lease`;
  const sleep = (ms: number) => new Promise<void>((done) => platform.setTimer(done, ms));
  const owner = (): string | undefined => {
    const [id, until] = (storage.getItem(key) ?? "").split(" ");
    const rest = Number(until) - platform.wallClock();
    return rest > 0 && rest <= LEASE_MS ? id : undefined;
  };
  return async (work) => {
    const me = platform.randomId();
    const claim = () => storage.setItem(key, `${me} ${platform.wallClock() + LEASE_MS}`);
    const release = () => {
      if (owner() === me) storage.removeItem(key);
    };
    let waited = false;
    for (;;) {
      ensureOpen();
      if (owner() === undefined) {
        claim();
        await sleep(SETTLE_MS * (1 + platform.random()));
        if (owner() === me) break;
      }
      waited = true;
      await sleep(SETTLE_MS * (1 + platform.random()));
    }
    let timer: unknown;
    const renewLease = () => {
      claim();
      timer = platform.setTimer(renewLease, LEASE_MS / 4);
    };
    renewLease();
    const forget = platform.on("pagehide", release);
    try {
      return await work(waited);
    } finally {
      platform.clearTimer(timer);
      forget();
      release();
    }
  };
};
