/** WebSockets: opened with a ticket, sent each new token, and opened again after a loss of the network. */
import type { Platform, Wire } from "./platform.js";
import type { Holder } from "./state.js";
import type { Client, ClientSocket } from "./types.js";
import { BearerError } from "./bearer_error.js";
import { afterClose, reconnectDelay } from "./decisions.js";
import { sessionChanged } from "./failures.js";
import { only, startsWith, stringify } from "./platform.js";

/** Messages that wait for the socket to open. */
const MOST_WAITING = 100;

export const socketsOf = (
  platform: Platform,
  { state, sessionNow, listen }: Holder,
  ticketUrl: Client["ticketUrl"],
  base: URL,
  closing: AbortSignal,
): Client["socket"] => {
  return (url) => {
    closing.throwIfAborted();
    const target = new URL(url, base);
    target.protocol = target.protocol.replace("http", "ws");
    const stop = new AbortController();
    const waiting: (string | ArrayBuffer)[] = [];
    let page = state.page;
    let wire: Wire | null = null;
    let sent: string | null = null;
    let failures = 0;
    let timer: unknown;

    const finish = (error: BearerError | null): void => {
      if (socket.state === "closed") return;
      Object.assign(socket, { state: "closed" });
      stop.abort();
      platform.clearTimer(timer);
      for (const each of unsubscribers) each();
      waiting.length = 0;
      wire?.close();
      wire = null;
      socket.onclose?.(error);
    };

    const later = (): void => {
      if (socket.state === "closed") return;
      Object.assign(socket, { state: "connecting" });
      wire = null;
      platform.clearTimer(timer);
      if (platform.online()) timer = platform.setTimer(connect, reconnectDelay(++failures, platform.random()));
    };

    const hear = (data: unknown): void => {
      // The server's answer to a token is for nobody else.
      if (typeof data === "string" && data.length < 100 && startsWith(data, '{"type": "bearer", "expires_in"')) return;
      socket.onmessage?.(data);
    };

    const connect = async (): Promise<void> => {
      try {
        if (page !== null && page !== state.page) throw sessionChanged();
        const address = await ticketUrl(target, "socket", { signal: stop.signal });
        if (socket.state === "closed" || wire !== null) return;
        page = state.page;
        sent = state.grant?.token ?? null;
        wire = platform.socket(address, {
          open() {
            Object.assign(socket, { state: "open" });
            renew();
            for (const message of waiting.splice(0)) wire?.send(message);
            socket.onopen?.();
          },
          message: (data) => {
            failures = 0;
            hear(data);
          },
          close: (code) => {
            const next = afterClose(code);
            if (next === "again") later();
            else finish(next === "ended" ? null : new BearerError("unexpected_answer", `The server closed it: ${code}.`));
          },
        });
      } catch (error) {
        if (stop.signal.aborted) return;
        const lost = error instanceof BearerError && !["session_changed", "closed"].includes(error.code);
        if (lost) later();
        else finish(error instanceof BearerError ? error : sessionChanged());
      }
    };

    /** A token that is newer than the one the server knows. While the socket is open, the page keeps its session. */
    const renew = (): void => {
      if (state.status === "unknown") return;
      if (page !== null && sessionNow() !== page) return finish(sessionChanged());
      const token = state.grant?.token ?? null;
      state.used ||= socket.state === "open";
      if (socket.state !== "open" || token === null || token === sent) return;
      sent = token;
      wire?.send(stringify(only({ type: "bearer", token })));
    };

    const unsubscribers = [
      listen(renew),
      platform.on("online", () => {
        failures = 0;
        if (wire === null) void connect();
      }),
    ];
    closing.addEventListener("abort", () => finish(closing.reason as BearerError), { once: true });

    const socket: ClientSocket = {
      state: "connecting",
      onopen: null,
      onmessage: null,
      onclose: null,
      send(data) {
        if (socket.state === "open") return wire?.send(data);
        if (socket.state === "closed") throw new BearerError("closed", "The socket was closed.");
        if (waiting.length >= MOST_WAITING) throw new BearerError("unreachable", "Too many messages wait.");
        waiting.push(data);
      },
      close: () => finish(null),
    };
    void connect();
    return socket;
  };
};
