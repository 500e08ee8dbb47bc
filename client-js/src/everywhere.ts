/** `@django-bearer/client/everywhere`: end every session of the user who is signed in, on all devices. */
import { BearerError, type Client } from "./index.js";

/**
 * Sign out on every device: all sessions and API tokens of the user end. The server wants a recent login for it, so where the
 * login is too old the user is asked by the client's option `stepUp`.
 *
 * @param client The client of the page.
 * @param url The endpoint `logout-everywhere/`: a URL below the client's `api`, or one relative to the page.
 * @param options `signal` aborts the request.
 * @throws BearerError `login_too_old` where the user was not asked or gave up, `session_changed`, `unreachable`, `closed`, or
 * another code of the server, where it is not certain that everything has ended. The page then stays signed in: ask again.
 * @throws TypeError The network failed.
 * @see RFC 9470 section 3
 */
export const logoutEverywhere = async (client: Client, url: string | URL, options: { signal?: AbortSignal } = {}): Promise<void> => {
  const response = await client.fetch(url, { method: "POST", ...options });
  if (response.status !== 204) throw await refusalOf(response);
  // The sessions are over. What is left is the cookie, and what the tabs of this browser believe.
  await client.logout(options);
};

const refusalOf = async (response: Response): Promise<BearerError> => {
  const { code } = ((await response.json().catch(() => null)) ?? {}) as { code?: unknown };
  const known = typeof code === "string" ? code : "unexpected_answer";
  const seconds = response.headers.get("retry-after") ?? "";
  const wait = /^\d{1,9}$/.test(seconds) ? Number(seconds) : null;
  return new BearerError(known as BearerError["code"], `The server answered ${response.status}.`, response.status, wait);
};
