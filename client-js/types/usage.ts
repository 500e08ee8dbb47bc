/** What an application may write, and what its compiler refuses. Checked under TypeScript 5 and 7. */
import { BearerError, createClient } from "../dist/index.js";
import type { Client, ErrorCode, LoginStepAnswer, ServerCode, Session } from "../dist/index.js";
import { AccountsError, createAccounts } from "../dist/allauth.js";
import type { Accounts } from "../dist/allauth.js";

const client: Client = createClient({ api: "https://api.example.com/" });
createClient({ api: new URL("https://api.example.com/"), auth: "auth/", client: "web", timeout: 5000, fetch });

// The platform's signature, both ways.
const asFetch: typeof fetch = client.fetch;
const answer: Promise<Response> = client.fetch("/notes/", { method: "POST", signal: new AbortController().signal });
const session: Promise<Session> = client.login({ username: "ann", password: "x", scope: "notes:read" });
client.login({ email: "ann@example.com", password: "x" }, { signal: AbortSignal.timeout(1000) });
const stop: () => void = client.onChange((now) => {
  if (now.status === "in") console.log(now.id, now.scope.join(" "), now.secondsLeft.toFixed());
});

function said(error: unknown): string {
  if (!(error instanceof BearerError)) throw error;
  const code: ErrorCode = error.code;
  switch (code) {
    case "throttled":
      return `Try again in ${error.retryAfter ?? 1} seconds.`;
    case "unreachable":
      return "You are offline.";
    default:
      return code;
  }
}
const accounts: Accounts = createAccounts(client, { at: "/auth/" });
createClient({
  api: "https://api.example.com/",
  stepUp: async ({ error }) => (error ? { password: "x", code: "123456" } : accounts.passkeyProof()),
});
createClient({
  api: "https://api.example.com/",
  secondFactor: async (error, rememberFor) => (error ? null : { code: "123456", rememberDevice: rememberFor !== null }),
});
const signedUp: Promise<Session | null> = accounts.signUpWithPasskey({
  email: "ann@example.com",
  code: async (error) => (error instanceof AccountsError ? null : "ABCD-EFGH"),
});
const step: Promise<LoginStepAnswer> = client.loginStep("other/login/", { body: { key: "x" } });
const accepted: boolean = client.accept(client.session);
const server: ServerCode = "session_ended";

// @ts-expect-error the API must be named
createClient({});
// @ts-expect-error a password is needed
client.login({ username: "ann" });
// @ts-expect-error there is no token to be had
client.token;
// @ts-expect-error nor in the session
client.session.token;
// @ts-expect-error what is known of a session is not the page's to change
client.session.status = "in";
// @ts-expect-error no such code
const none: ErrorCode = "no_such_code";
// @ts-expect-error no option keeps the token elsewhere
createClient({ api: "https://api.example.com/", storage: localStorage });

// @ts-expect-error a proof is a password, or one for an endpoint that is named
createClient({ api: "https://api.example.com/", stepUp: async () => ({ code: "123456" }) });
// @ts-expect-error the code must be asked for
accounts.signUpWithPasskey({ email: "ann@example.com" });

export { accepted, answer, asFetch, none, said, server, session, signedUp, step, stop };
