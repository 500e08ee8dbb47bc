/** `@django-bearer/client/allauth`: passkeys and second factors of a server that logs in through django-allauth. */
import { BearerError, type Client, type LoginStep, type Session, type StepUpProof } from "./index.js";

/** What django-allauth refuses with: a wrong code, an address that is no address. */
export class AccountsError extends Error {
  /** `AccountsError`. */
  override readonly name = "AccountsError";

  /**
   * Make an error.
   *
   * @param code django-allauth's own code, such as `incorrect_code`.
   * @param message What is wrong, for the user, in the language of the request.
   * @param status HTTP status of the answer.
   */
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** Where the endpoints are. */
export interface AccountsOptions {
  /** Where `include("django_bearer.integrations.allauth.urls")` is mounted, as in `"/auth/"`. HTTPS, or loopback. */
  at: string | URL;
  /** The name of this front end in the server's `CLIENTS`. Default `"first-party"`. */
  client?: string;
}

/** What a sign-up needs. */
export interface SignUp {
  /** The address of the new account. A code is mailed to it. */
  email: string;
  /** What the user calls the passkey. Default `"Passkey"`. */
  name?: string;
  /** Asks the user for the mailed code; again, with the error, where it was wrong. Null gives up. */
  code: (error: AccountsError | null) => Promise<string | null>;
}

/** What is done with the answer of another site. */
export interface ProviderAnswer {
  /** The query of the page's URL, as in `location.search`. */
  query: string;
  /**
   * Asks the user for the second factor here (`mfa_authenticate`), or for the code mailed to an address that nobody has
   * verified (`verify_email`); again, with the error, where it was wrong or the browser used no passkey. `types` says which
   * factors the user has: with `totp` and `recovery_codes` return a code of either, with `webauthn` `{ passkey: true }`.
   * Null gives up. Without it such a login throws `login_incomplete`.
   */
  code?: (
    step: string,
    error: AccountsError | BearerError | DOMException | null,
    types: readonly Factor["type"][],
  ) => Promise<string | { passkey: true } | null>;
  /** Has the user enrol a first second factor where the server requires one: the client's option `enrol`. */
  enrol?: (limitedToken: string) => Promise<boolean>;
}

/** A second factor or a passkey of the user. */
export interface Factor {
  /** `webauthn`, `totp` or `recovery_codes`. */
  readonly type: "webauthn" | "totp" | "recovery_codes";
  /** Which passkey it is; a device or codes have none. */
  readonly id?: string;
  /** What the user calls a passkey. */
  readonly name?: string;
  /** When it was made, in seconds since 1970. */
  readonly created_at: number;
  /** When it was used last, in seconds since 1970, or null. */
  readonly last_used_at: number | null;
  /** How many recovery codes are left. */
  readonly unused_code_count?: number;
}

/** What an app for codes needs to know, once. */
export interface TotpSecret {
  /** The secret, to type. */
  readonly secret: string;
  /** The `otpauth:` URL, to show as a QR code. */
  readonly url: string;
}

/** The accounts of a server that logs in through django-allauth. Make one with `createAccounts`. */
export interface Accounts {
  /**
   * Sign in with a passkey.
   *
   * @param options `signal` takes the browser's question back.
   * @returns Who is signed in now.
   * @throws AccountsError The passkey is none of this server's.
   * @throws BearerError As a login does: `throttled`, `login_refused`, `unreachable`, `closed`.
   * @throws DOMException The user gave up, or the browser has no passkey for this site.
   */
  loginWithPasskey(options?: { signal?: AbortSignal }): Promise<Session>;
  /**
   * Make an account whose only way in is a passkey. The address is confirmed by a mailed code first.
   *
   * @param signUp The address, and how to ask for the code.
   * @returns Who is signed in now, or null where the user gave up.
   * @throws AccountsError The address is none.
   * @throws BearerError As a login does: `throttled`, `unreachable`, `closed`.
   * @throws DOMException The user gave up, or the browser makes no passkey.
   */
  signUpWithPasskey(signUp: SignUp): Promise<Session | null>;
  /**
   * Begin a sign-in at another site. Where somebody is signed in already, the account there is connected to theirs; they
   * step up first. Nothing is left: go to the URL with `location.assign`.
   *
   * @param provider The server's name for the other site.
   * @param page The URL of the page to come back to. It is registered at the other site, and of an origin of the client.
   * @returns The URL at the other site.
   * @throws AccountsError There is no such provider or page.
   * @throws BearerError As a login or a call does: `throttled`, `session_changed`, `unreachable`, `closed`.
   * @see RFC 6749 section 4.1.1
   */
  beginAtProvider(provider: string, page: string | URL): Promise<string>;
  /**
   * End it, on the page that the other site has sent the browser back to. Take the query out of the page's address first.
   * After a connection every session of the user has ended, this one as well.
   *
   * @param answer What the other site has said, and how to ask for a code.
   * @returns Who is signed in now, or null where the user gave up.
   * @throws AccountsError The account at the other site cannot be used, or is connected to another user.
   * @throws BearerError `login_refused` where the user gave up there or the other site's answer is not sound,
   * `login_incomplete`, `invalid_request` where nothing is under way in this browser, and as a login does: `throttled`,
   * `unreachable`, `closed`.
   * @see RFC 6749 section 4.1.2
   */
  finishAtProvider(answer: ProviderAnswer): Promise<Session | null>;
  /**
   * Use a passkey for the client's option `stepUp`.
   *
   * @returns The proof, which the option's function returns.
   * @throws AccountsError The server gives no challenge.
   * @throws BearerError As a call does: `session_changed`, `unreachable`, `closed`.
   * @throws DOMException The user gave up, or the browser has no passkey for this user.
   */
  passkeyProof(): Promise<StepUpProof>;
  /**
   * List the user's passkeys and second factors.
   *
   * @returns The list, the oldest first.
   * @throws AccountsError The server refuses.
   * @throws BearerError As a call does: `session_changed`, `unreachable`, `closed`.
   */
  factors(): Promise<readonly Factor[]>;
  /**
   * Make a passkey. The user steps up first. It ends every session of the user, this one as well.
   *
   * @param name What the user calls it.
   * @returns The recovery codes, if it is the user's first factor; else none. They are shown this once.
   * @throws AccountsError The server refuses the passkey.
   * @throws BearerError As a call does, and as a step-up does: `session_changed`, `unreachable`, `closed`.
   * @throws DOMException The user gave up, or the browser makes no passkey.
   */
  addPasskey(name: string): Promise<readonly string[]>;
  /**
   * Begin with an app for codes. The user steps up first.
   *
   * @returns What the app needs.
   * @throws AccountsError The user has one, or may add none.
   * @throws BearerError As a call does, and as a step-up does: `session_changed`, `unreachable`, `closed`.
   */
  beginTotp(): Promise<TotpSecret>;
  /**
   * Finish with the first code of the app. It ends every session of the user, this one as well.
   *
   * @param code The code.
   * @returns The recovery codes, if it is the user's first factor; else none. They are shown this once.
   * @throws AccountsError The code is wrong.
   * @throws BearerError As a call does, and as a step-up does: `session_changed`, `unreachable`, `closed`.
   */
  completeTotp(code: string): Promise<readonly string[]>;
  /**
   * Show the recovery codes that are left. The user steps up first.
   *
   * @returns The codes; none where the user has none.
   * @throws AccountsError The server refuses.
   * @throws BearerError As a call does, and as a step-up does: `session_changed`, `unreachable`, `closed`.
   */
  recoveryCodes(): Promise<readonly string[]>;
  /**
   * Make new recovery codes; the old ones are of no use any more. It ends every session of the user, this one as well.
   *
   * @returns The codes.
   * @throws AccountsError The user has no second factor.
   * @throws BearerError As a call does, and as a step-up does: `session_changed`, `unreachable`, `closed`.
   */
  newRecoveryCodes(): Promise<readonly string[]>;
  /**
   * Remove a passkey or an app for codes. It ends every session of the user, this one as well.
   *
   * @param factor One of `factors`.
   * @throws AccountsError The server refuses.
   * @throws BearerError As a call does, and as a step-up does: `session_changed`, `unreachable`, `closed`.
   */
  removeFactor(factor: Factor): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: Body;
}

type Given = string | { passkey: true };
type Wrong = AccountsError | BearerError | DOMException;

/** A step that a login may lack. */
interface Flow {
  readonly id: string;
  readonly is_pending?: boolean;
  readonly types?: readonly Factor["type"][];
}

/** What is read of an answer of django-allauth. */
interface Body {
  readonly code?: string;
  readonly data?: Record<string, unknown>;
  readonly meta?: Record<string, unknown>;
  readonly errors?: readonly { code: string; message: string }[];
  readonly step?: string;
  readonly limited_token?: string;
}

/**
 * Whether this browser can make and use passkeys.
 *
 * @returns True where it can.
 */
export const canUsePasskeys = (): boolean =>
  typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/**
 * Make the functions for accounts. They send nothing until they are used.
 *
 * @param client The client of the page.
 * @param options Where the endpoints are.
 * @returns The functions.
 */
export const createAccounts = (client: Client, options: AccountsOptions): Accounts => {
  const { at, client: name = "first-party" } = options;
  const base = new URL("v1/", new URL(at, typeof location === "object" ? location.href : undefined)).href;
  const headers = { "Content-Type": "application/json", "X-Bearer-Client": name };

  const refused = ({ status, body }: Answer): Error => {
    const [first] = body.errors ?? [];
    if (first) return new AccountsError(first.code, first.message, status);
    return new BearerError((body.code ?? "unexpected_answer") as BearerError["code"], `The server answered ${status}.`, status);
  };

  /** The steps of one login. Its token opens this login and nothing else. */
  const flow = (signal: AbortSignal | undefined) => {
    let token = "";
    return async (path: string, step: LoginStep = {}): Promise<Answer> => {
      const more = { ...step, headers: token ? { "X-Session-Token": token } : {}, ...(signal ? { signal } : {}) };
      const { status, body } = await client.loginStep(base + path, more);
      const found = (body ?? {}) as Body;
      token = typeof found.meta?.session_token === "string" ? found.meta.session_token : token;
      return { status, body: found };
    };
  };

  /** Ask for a code, and send it, until it is taken; null where the user gives up. */
  const asking = async <Given, Wrong extends Error>(
    ask: (error: Wrong | null) => Promise<Given | null>,
    send: (given: Given) => Promise<Answer>,
    taken: (answer: Answer) => boolean,
  ): Promise<Answer | null> => {
    for (let error: Wrong | null = null; ; ) {
      const given = await ask(error);
      if (given === null) return null;
      const answer = await send(given).then(
        (found) => (taken(found) ? found : refused(found)),
        (cause: unknown) => cause as Error,
      );
      if (!(answer instanceof Error)) return answer;
      error = answer as Wrong;
      const again = error instanceof AccountsError || error instanceof DOMException;
      if (!again && (error as { code?: unknown }).code !== "code_refused") throw error;
    }
  };

  /** A call as the user who is signed in. A page steps up before it changes factors. */
  const call = async (method: string, path: string, body?: object): Promise<Answer> => {
    const once = async (): Promise<Answer> => {
      const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
      const response = await client.fetch(base + path, init);
      return { status: response.status, body: (await response.json().catch(() => ({}))) as Body };
    };
    const answer = await once();
    return answer.body.code === "password_required" && (await client.stepUp()) ? once() : answer;
  };

  const expect = (answer: Answer, status = 200): Body => {
    if (answer.status !== status) throw refused(answer);
    return answer.body;
  };

  /** The sessions have ended with this change: the page learns of it now. */
  const changed = async (answer: Answer): Promise<Body> => {
    const body = expect(answer);
    await client.refresh().catch(() => {});
    return body;
  };

  const optionsOf = (answer: Answer, key: "creation_options" | "request_options") =>
    (expect(answer).data?.[key] as { publicKey: never }).publicKey;

  const use = async (answer: Answer, signal?: AbortSignal) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(optionsOf(answer, "request_options"));
    const found = await navigator.credentials.get({ publicKey, ...(signal ? { signal } : {}) });
    return (found as PublicKeyCredential).toJSON() as object;
  };

  /** A passkey as the second factor of the login whose steps these are. */
  const byPasskey = async (step: (path: string, step?: LoginStep) => Promise<Answer>) => {
    const path = "auth/webauthn/authenticate";
    return step(path, { body: { credential: await use(await step(path, { method: "GET" })) } });
  };

  const make = async (answer: Answer) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(optionsOf(answer, "creation_options"));
    return ((await navigator.credentials.create({ publicKey })) as PublicKeyCredential).toJSON() as object;
  };

  const codesOf = ({ data, meta }: Body) =>
    Object.freeze([...((data?.unused_codes ?? meta?.recovery_codes ?? []) as string[])]);

  return Object.freeze({
    async loginWithPasskey({ signal } = {}) {
      const step = flow(signal);
      const credential = await use(await step("auth/webauthn/login", { method: "GET" }), signal);
      expect(await step("auth/webauthn/login", { body: { credential } }));
      return client.session;
    },
    async signUpWithPasskey({ email, name = "Passkey", code }) {
      const step = flow(undefined);
      expect(await step("auth/webauthn/signup", { body: { email } }), 401);
      const verify = (key: string) => step("auth/email/verify", { body: { key } });
      if (!(await asking(code as never, verify, ({ status }) => status === 401))) return null;
      const credential = await make(await step("auth/webauthn/signup", { method: "GET" }));
      expect(await step("auth/webauthn/signup", { method: "PUT", body: { name, credential } }));
      return client.session;
    },
    async beginAtProvider(provider, page) {
      const path = "auth/provider/redirect";
      const isIn = (await client.ready).status === "in";
      const body = { provider, process: isIn ? "connect" : "login", callback_url: `${page}` };
      return String(expect(await (isIn ? call("POST", path, body) : flow(undefined)(path, { body }))).data?.url);
    },
    async finishAtProvider({ query, code, enrol }) {
      const said = new URLSearchParams(query);
      const path = "auth/provider/callback";
      if (!said.has("code")) throw new BearerError("login_refused", `The other site answered: ${said.get("error")}.`, 0);
      const body = { code: said.get("code"), state: said.get("state"), iss: said.get("iss") ?? "" };
      if ((await client.ready).status === "in") {
        await changed(await call("POST", path, body));
        return client.session;
      }
      const step = flow(undefined);
      for (let answer = await step(path, { body }); ; ) {
        if (answer.status === 200) return client.session;
        if (answer.body.step === "enrol" && enrol) return (await enrol(`${answer.body.limited_token}`)) ? client.session : null;
        const next = (answer.body.data?.flows as Flow[] | undefined)?.find((one) => one.is_pending);
        if (!next) throw refused(answer);
        const [place, member] = { mfa_authenticate: ["2fa/authenticate", "code"], verify_email: ["email/verify", "key"] }[next.id] ?? [];
        if (!code || !member) throw new BearerError("login_incomplete", `The login lacks ${next.id}.`, answer.status);
        const send = async (given: Given) =>
          given instanceof Object ? byPasskey(step) : step(`auth/${place}`, { body: { [member]: given } });
        const taken = await asking<Given, Wrong>((error) => code(next.id, error, next.types ?? []), send, ({ status, body }) => status === 200 || !!body.data?.flows || !!body.step);
        if (!taken) return null;
        answer = taken;
      }
    },
    async passkeyProof() {
      const path = "auth/webauthn/step-up";
      return { url: base + path, body: { credential: await use(await call("GET", path)) } };
    },
    async factors() {
      const found = expect(await call("GET", "account/authenticators")).data as unknown as (Factor & { id?: unknown })[];
      return Object.freeze(found.map(({ id, ...one }) => (id === undefined ? one : { ...one, id: String(id) })));
    },
    async addPasskey(name) {
      const path = "account/authenticators/webauthn";
      const credential = await make(await call("GET", `${path}?passwordless`));
      return codesOf(await changed(await call("POST", path, { name, credential })));
    },
    async beginTotp() {
      const { meta } = expect(await call("GET", "account/authenticators/totp"), 404);
      return { secret: String(meta?.secret), url: String(meta?.totp_url) };
    },
    async completeTotp(code) {
      return codesOf(await changed(await call("POST", "account/authenticators/totp", { code })));
    },
    async recoveryCodes() {
      const answer = await call("GET", "account/authenticators/recovery-codes");
      return answer.status === 404 ? [] : codesOf(expect(answer));
    },
    async newRecoveryCodes() {
      return codesOf(await changed(await call("POST", "account/authenticators/recovery-codes", {})));
    },
    async removeFactor({ type, id }) {
      await changed(await call("DELETE", `account/authenticators/${type}`, type === "webauthn" ? { authenticators: [id] } : {}));
    },
  } satisfies Accounts);
};
