/** What an app keeps in the secure storage of its platform: one value, written in one step. */
import { BearerError } from "./bearer_error.js";

/** The secure storage of the platform, such as Keychain or Keystore, behind the three calls that the client needs. */
export interface SecureStore {
  /**
   * Read a value.
   *
   * @param key The name: letters, digits, `.`, `-` and `_`.
   * @returns The value, or null where there is none.
   * @throws Error The storage cannot be read now. The client then throws `storage_failed` and signs nobody out, unless it
   * was `closed`.
   */
  get(key: string): Promise<string | null>;
  /**
   * Write a value, so that it is there after the app was killed.
   *
   * @param key The name.
   * @param value The value, of at most 2,000 characters.
   * @throws Error It could not be written: `storage_failed`, unless the client was `closed`.
   */
  set(key: string, value: string): Promise<void>;
}

/** What is stored. Every member is a text; one that is missing is empty. */
export interface Kept {
  readonly api: string;
  readonly refreshToken: string;
  /** Stored before a refresh is sent, so that a lost answer can be asked for again. */
  readonly retryKey: string;
  readonly knownDeviceToken: string;
}

const NAMES = ["api", "refreshToken", "retryKey", "knownDeviceToken"] as const;

export interface KeptStore {
  /** What is stored for this API. What is damaged, or of another API, counts as nothing. */
  load(): Promise<Kept>;
  save(kept: Kept): Promise<void>;
}

export const failed = () =>
  new BearerError("storage_failed", "The secure storage could not be used. Nobody was signed out: try again later.");

export const keptStoreOf = (store: SecureStore, endpoints: string, client: string): KeptStore => {
  const key = `django-bearer.${`${endpoints}.${client}`.replace(/[^A-Za-z0-9]+/g, "_")}`;
  const nothing: Kept = { api: endpoints, refreshToken: "", retryKey: "", knownDeviceToken: "" };
  return {
    async load() {
      let text: string | null;
      try {
        text = await store.get(key);
      } catch {
        throw failed();
      }
      const found = read(text);
      return found !== null && found.api === endpoints ? found : nothing;
    },
    async save(kept) {
      try {
        await store.set(key, JSON.stringify(kept));
      } catch {
        throw failed();
      }
    },
  };
};

/** The stored value, or null for any other text. Pure. */
export function read(text: string | null): Kept | null {
  try {
    const found: unknown = JSON.parse(text ?? "null");
    if (typeof found !== "object" || found === null) return null;
    const members = found as Record<string, unknown>;
    return NAMES.every((name) => typeof members[name] === "string") ? (found as Kept) : null;
  } catch {
    return null;
  }
}
