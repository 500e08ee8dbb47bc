/** The public types: what a client takes, does and tells. */
import type { BearerError } from "./bearer_error.js";
import type { Status } from "./decisions.js";

/** What the API asks of the user, and why it asks again. */
export interface StepUpChallenge {
  /** Seconds that the login may be old, or null where its age does not matter. */
  readonly maxAge: number | null;
  /** The strengths of which one is enough, in order of preference; empty where any is. */
  readonly acrValues: readonly string[];
  /** Why the proof before was refused (`password_required`, `code_refused`, `login_refused`), or null the first time. */
  readonly error: BearerError | null;
  /**
   * Whether the proof needs the code of the user's second factor beside the password. The server says so once the password
   * was right, so it is false the first time.
   */
  readonly needsCode: boolean;
}

/** The code of a second factor, and what the user wants beside it. */
export interface SecondFactorCode {
  /** The code. It is sent once and not kept. */
  code: string;
  /** Whether this device is not to be asked again, for as long as the server says. */
  rememberDevice?: boolean;
}

/** The password again, and what goes with it. */
export interface PasswordProof {
  /** The password of the user who is signed in. It is sent once and not kept. */
  password: string;
  /** The code of the second factor, where the user has one. */
  code?: string;
}

/** A proof for another endpoint than `step-up/`, such as a passkey's. The endpoint answers as `step-up/` does. */
export interface ProofElsewhere {
  /** The endpoint: a URL of the API's origin. It is sent the access token. */
  url: string;
  /** What is sent there, as JSON. */
  body: object;
}

/** How the user proves again who they are. */
export type StepUpProof = PasswordProof | ProofElsewhere;

/** One step of a login by other endpoints than `login/`. */
export interface LoginStep {
  /** The method. Default `POST`. */
  method?: string;
  /** What is sent, as JSON. */
  body?: object;
  /** Headers, such as `X-Session-Token` of django-allauth. */
  headers?: Readonly<Record<string, string>>;
  /** Aborts the request. */
  signal?: AbortSignal;
}

/** The answer to a step of a login. */
export interface LoginStepAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** What the JSON of the answer held; null where it was no JSON. Where it signed in: the recovery codes of a new factor, or null. */
  readonly body: unknown;
}

/** What a client is made with. Only the object's own properties count; what a prototype offers is nothing. */
export interface ClientOptions {
  /** Where the API lives. Calls below this URL carry the token, no others ever do. HTTPS, or a loopback host. */
  api: string | URL;
  /** Where the server's `include("django_bearer.urls")` is mounted, relative to `api`. Default `"auth/"`. */
  auth?: string;
  /** The name of this front end in the server's `CLIENTS`. Default `"first-party"`. */
  client?: string;
  /** The header that carries the token, where the server's `TOKEN_HEADER` names another. Default `"Authorization"`. */
  tokenHeader?: string;
  /** Milliseconds to wait for an answer of the authentication endpoints. Default 15,000. */
  timeout?: number;
  /** Used in place of the browser's own `fetch`. It sees the token. */
  fetch?: typeof fetch;
  /**
   * Asks the user to prove again who they are, as in a dialog: called when the API wants a recent or stronger login.
   * With the proof the session is stepped up, and the call that was refused is sent once more. With null the call has
   * the answer of the API. Calls that are refused at the same time ask once. (RFC 9470 section 3)
   */
  stepUp?: (challenge: StepUpChallenge) => Promise<StepUpProof | null>;
  /**
   * Asks the user for the code of the second factor: called by `login` where the account has one. A code that is refused
   * asks again, with the error. With null the login throws `login_incomplete`. `rememberFor` says for how many seconds the
   * server may remember this device, or is null: offer it as a checkbox, and answer with a `SecondFactorCode`.
   */
  secondFactor?: (error: BearerError | null, rememberFor: number | null) => Promise<string | SecondFactorCode | null>;
  /**
   * Has the user enrol a first second factor: called by `login` where the server requires one. What `createEnrolment` of
   * `@django-bearer/client/enrolment` returns does it. It resolves to whether the login was completed; with false the
   * login throws `login_incomplete`.
   */
  enrol?: (limitedToken: string) => Promise<boolean>;
}

/**
 * What a user logs in with: the name, under whatever the user model calls it, the password, and the fields that the
 * server's `LOGIN_FIELDS` names.
 */
export interface Credentials {
  /** The password. It is sent once and not kept. */
  password: string;
  /**
   * The scopes to ask for, separated by spaces, where that is less than the client is allowed.
   *
   * @see RFC 6749 section 3.3
   */
  scope?: string;
  /** Whether the session may last longer than `unremembered_lifetime` of the server's client says. */
  remember_me?: boolean;
  /** `username`, or whatever the user model calls it, or one of `LOGIN_FIELDS`. */
  [field: string]: string | boolean | undefined;
}

/** Who is signed in, as far as this page knows. The object is frozen; it does not change afterwards. */
export interface Session {
  /**
   * `in`, `out`, or `unknown` until the server has been asked. Being offline may put that off. A login without an
   * answer makes it unknown again.
   */
  readonly status: Status;
  /** The id of the session, or null where nobody is signed in. */
  readonly id: string | null;
  /**
   * This is not the session that the page was for: that one has ended, or another has begun, in another tab or on the
   * server. Calls throw `session_changed` until `accept`, a `login` or `logout` of this page, or a reload.
   */
  readonly changed: boolean;
  /** The scopes of the access token. */
  readonly scope: readonly string[];
  /** Seconds that the access token had left when this object was made; 0 without one. */
  readonly secondsLeft: number;
  /** How many tokens this tab has been given since it was loaded, by the server or by another tab. */
  readonly renewals: number;
}

/** A WebSocket that is kept open as the session of the page. Assign the callbacks before the next turn of the event loop. */
export interface ClientSocket {
  /** `connecting` at first and after a loss of the network, `closed` for good. */
  readonly state: "connecting" | "open" | "closed";
  /** Called each time the socket has opened. */
  onopen: (() => void) | null;
  /** Called with each message: text, or an `ArrayBuffer`. */
  onmessage: ((data: unknown) => void) | null;
  /** Called once, when it is closed for good: with an error, or null where the page or the server's application closed it. */
  onclose: ((error: BearerError | null) => void) | null;
  /**
   * Send a message. While the socket is not open, up to a hundred messages wait for it.
   *
   * @param data The text, or the bytes.
   * @throws BearerError `closed`, or `unreachable` where too many messages wait.
   */
  send(data: string | ArrayBuffer): void;
  /** Close it. */
  close(): void;
}

/** A client: it keeps a page signed in. Make one with `createClient`. */
export interface Client {
  /**
   * Sign in.
   *
   * @param credentials The name and the password, as the server's `login/` takes them.
   * @param options `signal` aborts the request.
   * @returns Who is signed in now.
   * @throws BearerError `invalid_credentials`, `throttled` (with `retryAfter`), `login_refused`, `unreachable`,
   * `not_a_browser`, `unexpected_answer`, `closed`, or another code of the server.
   */
  login(credentials: Credentials, options?: { signal?: AbortSignal }): Promise<Session>;
  /**
   * Send one step of a login to other endpoints than `login/`: those of django-allauth, or of your own. An answer with
   * tokens, at its top or in its `meta`, signs in. Any other is the caller's to read, with what to do next.
   *
   * @param url A URL of the API's origin, or one relative to the API.
   * @param step What to send. Only own properties count.
   * @returns The answer, without tokens.
   * @throws BearerError `unreachable` or a code of the server where it is not certain whether the step signed in,
   * `not_a_browser`, `unexpected_answer`, `closed`.
   * @throws TypeError The URL is of another origin.
   */
  loginStep(url: string | URL, step?: LoginStep): Promise<LoginStepAnswer>;
  /**
   * Step up now, before a call that needs it: the user is asked by the option `stepUp`.
   *
   * @param options `signal` ends the wait.
   * @returns Whether the session was stepped up: false where the user gave up, nobody is signed in, or there is no
   * callback.
   * @throws BearerError `session_changed`, `throttled`, `unreachable`, `closed`, or another code of the server.
   * @see RFC 9470 section 3
   */
  stepUp(options?: { signal?: AbortSignal }): Promise<boolean>;
  /**
   * Sign out, in every tab.
   *
   * @param options `signal` aborts the request.
   * @throws BearerError `unreachable`, `unexpected_answer`, `closed`, or another code of the server, where it is not
   * certain that the server was told. The page then stays signed in: ask again.
   * @see RFC 7009 section 2
   */
  logout(options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * The platform's `fetch`. It carries the token to the API and renews it in time. After a 401 that says
   * `invalid_token` the token is renewed, too, and a request without a body is sent once more. After one that wants a
   * recent or stronger login the user is asked by `stepUp`, where that is given, and the request is sent once more.
   *
   * @param input The URL or the request.
   * @param init The options of the platform's `fetch`.
   * @returns The answer of the API, whatever its status is.
   * @throws BearerError `session_changed` where the page's session is not there any more, `redirected` for a redirect,
   * `unreachable`, `not_a_browser`, `unexpected_answer` or a code of the server where no token could be had, `closed`.
   * @throws TypeError The network failed, the mode is "no-cors", or the URL holds encoded dot segments.
   * @see RFC 6750 sections 2.1 and 3.1
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /**
   * Make a URL for a place that cannot send a header: a download, a player, an `EventSource`. It works once, within 30
   * seconds, where the view accepts tickets for this purpose.
   *
   * @param url A URL of the API's origin, or one relative to the API.
   * @param purpose What the ticket is for, as the view says it.
   * @param options `signal` aborts the request.
   * @returns The URL with the ticket in its query.
   * @throws BearerError `session_changed` where nobody is signed in or the page's session is not there any more,
   * `throttled`, `unreachable`, `unexpected_answer`, `closed`, or another code of the server.
   * @throws TypeError The URL is of another origin.
   * @see RFC 6750 section 5.3
   */
  ticketUrl(url: string | URL, purpose: string, options?: { signal?: AbortSignal }): Promise<string>;
  /**
   * Open a WebSocket, and keep it open: it is opened with a ticket, gets each new token, and is opened again after a loss
   * of the network. It ends for good when the session of the page ends or changes, and when the server refuses it.
   *
   * @param url A URL of the API's origin, or one relative to the API.
   * @returns The socket, which connects by itself.
   * @throws BearerError `closed`.
   * @see RFC 6455 section 7.4
   */
  socket(url: string | URL): ClientSocket;
  /**
   * Get a new token now. Tabs that ask at the same time share one.
   *
   * @param options `signal` ends the wait; the request goes on for the others.
   * @returns Who is signed in now. `status` is `out` where the session has ended.
   * @throws BearerError `unreachable`, `not_a_browser`, `unexpected_answer`, `closed`, or another code of the server.
   * @see RFC 6749 section 6
   */
  refresh(options?: { signal?: AbortSignal }): Promise<Session>;
  /** Who is signed in, once the server has been asked: silent sign-in after a reload. It rejects as `refresh` does. */
  readonly ready: Promise<Session>;
  /** Who is signed in, as far as is known now. */
  readonly session: Session;
  /**
   * Hear of every sign-in, sign-out and renewal.
   *
   * @param listener Called with who is signed in now.
   * @returns A function that stops it.
   */
  onChange(listener: (session: Session) => void): () => void;
  /**
   * Say that the page is for this session from now on: nothing of the former one is on the screen or in a cache.
   *
   * @param session The session that the page was told of.
   * @returns Whether it still is the current one. Otherwise nothing changes, and `session` says which one is.
   */
  accept(session: Session): boolean;
  /** Stop everything: nothing is heard, renewed or kept. Whatever is asked afterwards throws `closed`. */
  close(): void;
}
