/**
 * What the browser offers, taken once when this module loads.
 *
 * Scripts that come later wrap `fetch`, `Headers` or `JSON` (monitoring tools do, and so does injected code). They
 * must not see a token on its way, so nothing that carries one is looked up again afterwards.
 */

/** A function of a prototype as one that takes its object first; neither is looked up when it is called. */
type Method = (self: unknown, ...pauseFor: unknown[]) => unknown;
const bind = Function.prototype.bind.bind(Function.prototype.call) as unknown as (method: unknown) => Method;

const getter = (type: { prototype: object } | undefined, name: string): Method =>
  bind(Object.getOwnPropertyDescriptor(type?.prototype ?? {}, name)?.get);

const method = (type: { prototype: object } | undefined, name: string): Method =>
  bind((type?.prototype as Record<string, unknown> | undefined)?.[name]);

const here = globalThis as Partial<typeof globalThis>;

export const parse = JSON.parse;
export const stringify = JSON.stringify;
export const hasOwn = Object.hasOwn;
export const NewRequest = here.Request as typeof Request;

const requestHeaders = getter(here.Request, "headers");
const requestClone = method(here.Request, "clone");
const setHeader = method(here.Headers, "set");
const NewURL = here.URL as typeof URL;
const urlHref = getter(here.URL, "href");
const urlOrigin = getter(here.URL, "origin");
const urlPath = getter(here.URL, "pathname");
const then = method(here.Promise, "then");
const responseText = method(here.Response, "text");
const eventData = getter(here.MessageEvent, "data");
const postMessage = method(here.BroadcastChannel, "postMessage");

/**
 * The same request with one more header. It is a new one, which no script has seen: a script that wrapped `clone` or a
 * getter of `Request` has the old one, and would find the header there.
 *
 * It follows no redirect: a browser takes the header along to any path of the origin, and tells no script where to.
 */
export const withToken = (request: Request, header: string, token: string): Request => {
  const { redirect, referrer, referrerPolicy } = request; // a constructor that is given options forgets the latter two
  const carrier = new NewRequest(
    request,
    only({ redirect: redirect === "follow" ? "manual" : redirect, referrer, referrerPolicy }),
  );
  setHeader(requestHeaders(carrier), header, `Bearer ${token}`);
  return carrier;
};

/** The same request once more, for when it must be sent again; its body is kept until then. */
export const copyOf = (request: Request): Request => requestClone(request) as Request;

/** Whether a request has a body. Firefox does not tell; there, every method that may have one counts. */
export const hasBody = ({ body, method }: Request): boolean =>
  body === undefined ? method !== "GET" && method !== "HEAD" : body !== null;

/** Whether this is a redirect that was not followed. A browser shows nothing else of it. */
export const isRedirect = ({ type, status }: Response): boolean =>
  type === "opaqueredirect" || [301, 302, 303, 307, 308].includes(status);

/** These options and no others: the platform looks for the ones that are missing on the prototypes. */
export const only = <T extends object>(options: T): T => ({ __proto__: null, ...options });

/**
 * Gives the text of an answer to `consume`. No promise that script can get hold of carries it: one that is awaited passes
 * through whatever stands in `Promise.prototype.then`, as soon as somebody has changed its constructor.
 */
export const readText = (response: Response, consume: (text: string) => void): Promise<void> =>
  then(responseText(response), consume) as Promise<void>;

/** The URL of a request, by the native getter: a wrapped one could return another URL. */
export const urlOf = getter(here.Request, "url") as (request: Request) => string;

/** A URL relative to a base, in full. */
export const hrefOf = (url: string | URL, base: string): string => urlHref(new NewURL(url, base)) as string;

/** The origin and the path of a URL. */
export const partsOf = (url: string) => {
  const found = new NewURL(url);
  return { origin: urlOrigin(found) as string, pathname: urlPath(found) as string };
};
export const startsWith = method(here.String, "startsWith") as (text: string, start: string) => boolean;

/** A value that JSON held under this name itself; whatever a prototype offers under it is nothing. */
export const own = (members: unknown, name: string): unknown =>
  typeof members === "object" && members !== null && hasOwn(members, name)
    ? (members as Record<string, unknown>)[name]
    : undefined;

/** What a tab says to the others. */
export interface Channel {
  post(message: object): void;
  close(): void;
}

/** An open WebSocket, or one that is about to be. */
export interface Wire {
  send(data: string | ArrayBuffer): void;
  close(): void;
}

/** What is heard of a WebSocket. `close` is called once, also where it never opened. */
export interface WireEvents {
  open(): void;
  message(data: unknown): void;
  close(code: number): void;
}

/** What a client needs of the browser. Tests pass a fake. */
export interface Platform {
  fetch(request: Request): Promise<Response>;
  /** Milliseconds of a monotonic clock, which may stop while the machine sleeps. */
  monotonic(): number;
  /** Milliseconds of the wall clock. Only its differences are used, to notice sleep. */
  wallClock(): number;
  setTimer(work: () => void, ms: number): unknown;
  clearTimer(timer: unknown): void;
  /** A number from 0 up to 1, for jitter only. */
  random(): number;
  /** A random identifier, 128 bits in hexadecimal. */
  randomId(): string;
  online(): boolean;
  visible(): boolean;
  locks: Pick<LockManager, "request"> | undefined;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined;
  /** Join the tabs' channel; undefined where there is none. */
  channel: ((name: string, hear: (said: unknown) => void) => Channel) | undefined;
  /** Open a WebSocket. */
  socket(url: string, events: WireEvents): Wire;
  /** Listen to an event of the window or document; returns how to stop. */
  on(type: string, listener: (event: Event) => void): () => void;
}

/** Storage throws where a person has switched it off. */
const storage = (): Storage | undefined => {
  try {
    return here.localStorage;
  } catch {
    return undefined;
  }
};

const nativeFetch = here.fetch?.bind(globalThis);
const NewChannel = here.BroadcastChannel as typeof BroadcastChannel;

const join = (name: string, hear: (said: unknown) => void): Channel => {
  const channel = new NewChannel(name);
  channel.onmessage = (event) => hear(eventData(event));
  return { post: (message) => void postMessage(channel, message), close: () => channel.close() };
};

const NewSocket = here.WebSocket as typeof WebSocket;
const sendText = method(here.WebSocket, "send");

const wired = (url: string, events: WireEvents): Wire => {
  const socket = new NewSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.open();
  socket.onmessage = (event) => events.message(eventData(event));
  socket.onclose = (event) => events.close(event.code);
  return { send: (data) => void sendText(socket, data), close: () => socket.close() };
};

const timeout = setTimeout.bind(globalThis);
const clear = clearTimeout.bind(globalThis);
const random = Math.random;

/** The browser, or whatever else this runs in: where something is missing the client does without. */
export const browser = (fetcher: typeof fetch | undefined): Platform => {
  const inPage = typeof document === "object";
  return {
    fetch: (fetcher ?? nativeFetch) as Platform["fetch"],
    monotonic: () => performance.now(),
    wallClock: () => Date.now(),
    setTimer: (work, ms) => timeout(work, ms),
    clearTimer: (timer) => clear(timer as number),
    random: random,
    randomId: () =>
      Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""),
    online: () => !inPage || navigator.onLine !== false,
    visible: () => !inPage || document.visibilityState === "visible",
    locks: inPage ? navigator.locks : undefined,
    storage: inPage ? storage() : undefined,
    channel: inPage && NewChannel ? join : undefined,
    socket: wired,
    on(type, listener) {
      if (!inPage) return () => {};
      const target = type === "visibilitychange" ? document : window;
      target.addEventListener(type, listener);
      return () => target.removeEventListener(type, listener);
    },
  };
};
