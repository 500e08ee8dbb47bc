/** The retry key: random, stored before it is sent, dropped once an answer is certain. Opens nothing by itself. */
import type { Platform } from "./platform.js";

export interface RetryKey {
  /** The key to send: the stored one, that of this page, or a new one. */
  recall(): string;
  /** An answer is certain: the next request has another key. */
  drop(): void;
  /** The page lets go of its key; what is stored stays for other tabs. */
  close(): void;
}

export const retryKeyOf = (name: string, platform: Platform): RetryKey => {
  const key = `${name}:retry`;
  let retryKey: string | null = null;
  const remember = (value: string | null) => {
    retryKey = value;
    try {
      if (value === null) platform.storage?.removeItem(key);
      else platform.storage?.setItem(key, value);
    } catch {
      // A full or forbidden storage: the key then lasts as long as the page.
    }
  };
  return {
    recall() {
      let stored: string | null = null;
      try {
        stored = platform.storage?.getItem(key) ?? null;
      } catch {
        // as above
      }
      const value = stored && /^[0-9a-f]{32}$/.test(stored) ? stored : (retryKey ?? platform.randomId());
      remember(value);
      return value;
    },
    drop: () => remember(null),
    close: () => void (retryKey = null),
  };
};
