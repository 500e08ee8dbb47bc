/** Waiting that its caller may give up. */
import { own } from "./platform.js";

/** Wait for shared work; a caller that aborts stops waiting, and the work goes on for the others. */
export const orAborted = (work: Promise<void>, signal: AbortSignal | undefined): Promise<void> => {
  if (!signal) return work;
  signal.throwIfAborted();
  return new Promise((done, fail) => {
    const abort = () => fail(signal.reason);
    signal.addEventListener("abort", abort);
    work.then(done, fail).finally(() => signal.removeEventListener("abort", abort));
  });
};

/** Read as an own property: a prototype that somebody has filled offers no signal. */
export const signalOf = (options: { signal?: AbortSignal } | undefined): AbortSignal | undefined =>
  own(options, "signal") as AbortSignal | undefined;
