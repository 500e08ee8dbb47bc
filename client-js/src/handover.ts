/** `@django-bearer/client/handover`: a login that goes on at another site, or by QR code on another device. */
import { BearerError, type Client, type Session } from "./index.js";

/** Where the endpoints are. */
export interface HandoverOptions {
  /** Where the server's `include("django_bearer.urls")` is mounted, as in `"/auth/"`. HTTPS, or loopback. */
  at: string | URL;
  /** The name of this front end in the server's `CLIENTS`. Default `"first-party"`. */
  client?: string;
}

/** What another site has asked for, in the URL of this page. */
export interface AskedHandover {
  /** The challenge of its verifier. */
  readonly challenge: string;
  /** The state of its browser; empty for an app. */
  readonly state: string;
}

/** What goes with an offer. */
export interface OfferOptions {
  /** The user's password. It is sent once and not kept. A page of an account without one offers nothing. */
  password?: string;
  /** What another site has asked for. Without it the offer is for a QR code. */
  asked?: AskedHandover;
}

/** The device that has read a QR code. The server has its words from the device: show them as text. */
export interface HandoverReceiver {
  /** Such as "Firefox on Windows". */
  readonly device: string;
  /** The network that it is in. */
  readonly where: string;
}

/** A login that is offered, for a minute. */
export interface HandoverOffer {
  /** Where the receiver takes it: go there, or show it as a QR code. */
  readonly url: string;
  /** Seconds for which it is good. */
  readonly expiresIn: number;
  /**
   * Wait until a device has read the QR code.
   *
   * @param options `signal` ends the wait.
   * @returns The device.
   * @throws BearerError `handover_refused` where the minute is over, `session_changed`, `unreachable`, `closed`, or
   * another code of the server.
   */
  receiver(options?: { signal?: AbortSignal }): Promise<HandoverReceiver>;
  /**
   * Let the device in that shows this number. Three numbers may be tried.
   *
   * @param number What the user has read on the other device, and typed here.
   * @throws BearerError `handover_number_refused`, `handover_pending`, `handover_refused`, `session_changed`,
   * `unreachable`, `closed`, or another code of the server.
   * @see RFC 8628 section 5.4
   */
  approve(number: string): Promise<void>;
}

/** How a login is received. */
export interface ReceiveOptions {
  /** Shows the digits of the number, for the user to type on the device that is signed in. */
  showNumber: (digits: string) => void;
  /** Ends the wait. */
  signal?: AbortSignal;
}

/** Both sides of a handover. Make them with `createHandover`. */
export interface Handover {
  /**
   * Look into the URL of this page for what another site has asked for, and take it out.
   *
   * @returns What it has asked for, or null.
   */
  asked(): AskedHandover | null;
  /**
   * Offer this page's login to another client. Where the login is too old, the client's option `stepUp` asks the user.
   *
   * @param to The client, one of `handover_to` of this one.
   * @param options The password, and what was asked for.
   * @returns The offer.
   * @throws BearerError `password_required`, `unauthorized_client`, `login_refused`, `throttled`, `session_changed`,
   * `unreachable`, `closed`, or another code of the server.
   * @see RFC 7636 section 4.3
   */
  offer(to: string, options?: OfferOptions): Promise<HandoverOffer>;
  /**
   * Begin to ask for a login at another site. This tab must come back to the page that calls `receive`.
   *
   * @param page The page of the other site, which calls `asked` and `offer`.
   * @returns The URL to go to.
   * @throws BearerError `unreachable`, `closed`, or another code of the server.
   * @see RFC 7636 section 4.2
   */
  ask(page: string | URL): Promise<string>;
  /**
   * Take the code out of the URL of this page, and sign in with it: at once where this tab has asked for it, else once the
   * number was typed.
   *
   * @param options How the number is shown.
   * @returns Who is signed in now, or null where the URL has no code.
   * @throws BearerError `handover_refused` where the code is over or for another receiver, `login_refused`,
   * `request_refused`, `unreachable`, `closed`, or another code of the server.
   * @see RFC 7636 section 4.5
   */
  receive(options: ReceiveOptions): Promise<Session | null>;
}

interface Members {
  readonly [name: string]: unknown;
}

const EVERY = 2000; // milliseconds between two questions (RFC 8628 section 3.5)
const KEY = "django-bearer handover";
const LOST = 30; // as many as fit into the minute for which a code is good

/**
 * Make both sides of a handover. They send nothing until they are used.
 *
 * @param client The client of the page.
 * @param options Where the endpoints are.
 * @returns The functions.
 */
export const createHandover = (client: Client, options: HandoverOptions): Handover => {
  const { at, client: name = "first-party" } = options;
  const base = new URL("handover/", new URL(at, typeof location === "object" ? location.href : undefined)).href;

  const error = (status: number, members: Members, retryAfter: number | null = null) =>
    new BearerError((members.code ?? "unexpected_answer") as BearerError["code"], `The server answered ${status}.`, status, retryAfter);

  /** A call as the user who is signed in. */
  const call = async (path: string, body: object, signal?: AbortSignal): Promise<Members> => {
    const headers = { "Content-Type": "application/json", "X-Bearer-Client": name };
    const init = { method: "POST", headers, body: JSON.stringify(body), ...(signal ? { signal } : {}) };
    const answer = await client.fetch(base + path, init);
    const members = (await answer.json().catch(() => ({}))) as Members;
    if (!answer.ok) throw error(answer.status, members, Number(answer.headers.get("Retry-After")) || null);
    return members;
  };

  /** A step of whoever receives. */
  const step = async (path: string, body: object, signal?: AbortSignal): Promise<Members> => {
    const { status, body: found } = await client.loginStep(base + path, { body, ...(signal ? { signal } : {}) });
    if (status !== 200) throw error(status, (found ?? {}) as Members);
    return (found ?? {}) as Members;
  };

  /** Ask again until the other side has done its part. So many answers may be lost on the way. */
  const patiently = async <T>(work: () => Promise<T>, signal?: AbortSignal, lost = 0): Promise<T> => {
    for (;;) {
      signal?.throwIfAborted();
      try {
        return await work();
      } catch (found) {
        const code = found instanceof BearerError ? found.code : "";
        if (code !== "handover_pending" && (code !== "unreachable" || lost-- <= 0)) throw found;
      }
      await new Promise((done) => setTimeout(done, EVERY));
    }
  };

  const begin = async (body: object, signal?: AbortSignal) => {
    const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    const challenge = base64url(new Uint8Array(digest));
    const begun = await step("begin/", { ...body, code_challenge: challenge, code_challenge_method: "S256" }, signal);
    return { verifier, challenge, begun };
  };

  return Object.freeze({
    asked() {
      const [challenge = "", state = ""] = fromUrl("asked").split(".");
      return challenge ? { challenge, state } : null;
    },
    async offer(to, { password, asked } = {}) {
      const wanted = asked ? { code_challenge: asked.challenge, ...(asked.state ? { state: asked.state } : {}) } : {};
      const made = await call("", { to, ...(password === undefined ? {} : { password }), ...wanted });
      const code = String(made.code);
      return Object.freeze({
        url: String(made.url),
        expiresIn: Number(made.expires_in),
        async receiver({ signal } = {}) {
          const found = await patiently(() => call("receiver/", { code }, signal), signal);
          return { device: String(found.device), where: String(found.where) };
        },
        async approve(number) {
          await call("approve/", { code, number });
        },
      } satisfies HandoverOffer);
    },
    async ask(page) {
      const { verifier, challenge, begun } = await begin({});
      sessionStorage.setItem(KEY, verifier);
      const url = new URL(page, location.href);
      url.hash = `asked=${challenge}.${String(begun.state)}`;
      return url.href;
    },
    async receive({ showNumber, signal }) {
      const code = fromUrl("handover");
      if (!code) return null;
      const redeem = (code_verifier: string) =>
        patiently(() => step("redeem/", { code, code_verifier }, signal), signal, LOST);
      const kept = sessionStorage.getItem(KEY);
      sessionStorage.removeItem(KEY);
      // What this tab asked for may have been given up: then the code is that of a QR code, which nobody has begun with.
      if (kept === null || !(await redeem(kept).then(yes, noIfRefused))) {
        const { verifier, begun } = await begin({ code }, signal);
        showNumber(String(begun.number));
        await redeem(verifier);
      }
      return client.session;
    },
  } satisfies Handover);
};

const yes = () => true;
const noIfRefused = (found: unknown): false => {
  if (found instanceof BearerError && found.code === "handover_refused") return false;
  throw found;
};

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** What the fragment of this page's URL says as this name. It is in no history and no bookmark afterwards. */
const fromUrl = (name: string): string => {
  const found = new URLSearchParams(location.hash.slice(1)).get(name) ?? "";
  if (found) history.replaceState(history.state, "", location.pathname + location.search);
  return found;
};
