/** Seeing to it that it is known who is signed in, and that there is a fresh token where somebody is. */
import type { Renewal } from "./renewal.js";
import type { Holder } from "./state.js";
import { callStep } from "./decisions.js";
import { orAborted } from "./waiting.js";

export type Prepare = (signal?: AbortSignal) => Promise<void>;

export const prepareOf =
  ({ state, isFresh }: Holder, { renew }: Renewal, start: () => Promise<void>): Prepare =>
  async (signal) => {
    while (callStep(state.status, isFresh()) === "start") await orAborted(start(), signal);
    if (callStep(state.status, isFresh()) === "renew") await orAborted(renew(), signal);
  };
