/** `@django-bearer/client/enrolment`: a user's first second factor, at the login of a server that requires one. */
import { BearerError, type Client } from "./index.js";

/** What the user is asked and shown. */
export interface EnrolmentQuestions {
  /**
   * Asks for the code that lets the user enrol: the one that was mailed, or one that an administrator has handed over.
   * `sent` says whether one was mailed, to the address that the user verified before. `error` is null at first, and then
   * what was wrong with the code before. Null gives up.
   */
  code: (sent: boolean, error: BearerError | null) => Promise<string | null>;
  /**
   * Shows what the user's app needs, and asks for the app's first code; again, with the error, where it was wrong. `shown`
   * is what the server's factor shows: for a TOTP app of django-allauth `secret` and `totp_url`. Null gives up.
   */
  firstCode: (shown: Readonly<Record<string, unknown>>, error: BearerError | null) => Promise<string | null>;
  /** Shows the recovery codes, which come this once. */
  recoveryCodes: (codes: readonly string[]) => void;
}

/** Where the endpoints are. */
export interface EnrolmentOptions {
  /** Where the server's `include("django_bearer.urls")` is mounted, relative to the client's `api`. Default `"auth/"`. */
  auth?: string;
}

interface Members {
  readonly code?: string;
  readonly limited_token?: string;
  readonly recovery_codes?: readonly string[];
  readonly sent?: boolean;
}

/**
 * Make the function for the client's option `enrol`. It sends nothing until it is used.
 *
 * @param client The client of the page.
 * @param questions What the user is asked and shown.
 * @param options Where the endpoints are.
 * @returns The function. It resolves to false where the user gives up, and rejects with a BearerError as a login does:
 * `limited_token_refused` where the attempt is over, `throttled`, `login_refused`, `unreachable`, `closed`.
 */
export const createEnrolment = (
  client: Client,
  questions: EnrolmentQuestions,
  options: EnrolmentOptions = {},
): ((limitedToken: string) => Promise<boolean>) => {
  const { auth = "auth/" } = options;

  return async (limitedToken) => {
    let token = limitedToken;
    const send = async (path: string, body: object = {}) => {
      const step = { body: { limited_token: token, ...body } };
      const { status, body: found } = await client.loginStep(`${auth}login/enrol/${path}`, step);
      return { status, members: (Array.isArray(found) ? { recovery_codes: found } : (found ?? {})) as Members };
    };
    const refused = (status: number, { code = "unexpected_answer" }: Members) =>
      new BearerError(code as BearerError["code"], `The server answered ${status}.`, status);

    /** Ask until the server takes the code; null where the user gives up. */
    const asking = async (path: string, ask: (error: BearerError | null) => Promise<string | null>) => {
      for (let error: BearerError | null = null; ; ) {
        const code = await ask(error);
        if (code === null) return null;
        const { status, members } = await send(path, { code });
        if (members.recovery_codes) questions.recoveryCodes(members.recovery_codes); // whatever the login still lacks
        if (status === 200) return members;
        error = refused(status, members);
        if (error.code !== "code_refused") throw error;
      }
    };

    const { status, members } = await send("code/");
    if (status !== 200) throw refused(status, members);
    const begun = await asking("", (error) => questions.code(members.sent === true, error));
    if (begun === null) return false;
    token = begun.limited_token ?? "";
    return (await asking("factor/", (error) => questions.firstCode({ ...begun }, error))) !== null;
  };
};
