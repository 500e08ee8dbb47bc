/** The native client as the guide shows it, over the smallest shape of the platform's storage. */
import type { SecureStore } from "../dist/native.js";
import { createNativeClient } from "../dist/native.js";

declare const SecureStorage: {
  getItemAsync(key: string): Promise<string | null>;
  setItemAsync(key: string, value: string): Promise<void>;
};

const store: SecureStore = {
  get: (key) => SecureStorage.getItemAsync(key),
  set: (key, value) => SecureStorage.setItemAsync(key, value),
};
export const bearer = createNativeClient({ api: "https://api.example.com/", client: "phone", store });
export const notes = async (): Promise<unknown> => (await bearer.fetch("notes/")).json();
