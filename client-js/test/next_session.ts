import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";

const API = process.env["API_URL"] ?? "https://api.example.com/";
const ORIGIN = process.env["PUBLIC_ORIGIN"] ?? "https://www.example.com";
const SECRET = process.env["SESSION_SECRET"] ?? "";
const NAME = "__Host-session";
if (SECRET.length < 32) throw new Error("Set SESSION_SECRET to at least 32 random characters.");

const keyFor = (use: string) => Buffer.from(hkdfSync("sha256", SECRET, "", use, 32));

/** Derived with a secret of this server: whoever has the token alone cannot compute it. */
export const retryKey = (token: string) => createHmac("sha256", keyFor("retry key")).update(token).digest("base64url");

interface Stored {
  refresh: string;
  access: string;
  until: number;
}

function encrypt(stored: Stored): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyFor("cookie"), nonce);
  const body = Buffer.concat([cipher.update(JSON.stringify(stored), "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url");
}

function decrypt(request: Request): Stored | null {
  const value = new RegExp(`(?:^|; )${NAME}=([\\w-]+)`).exec(request.headers.get("cookie") ?? "")?.[1] ?? "";
  try {
    const bytes = Buffer.from(value, "base64url");
    const cipher = createDecipheriv("aes-256-gcm", keyFor("cookie"), bytes.subarray(0, 12), { authTagLength: 16 });
    cipher.setAuthTag(bytes.subarray(12, 28));
    return JSON.parse(Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString("utf8")) as Stored;
  } catch {
    return null;
  }
}

const cookie = (value: string, seconds: number) =>
  `${NAME}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${seconds}`;

const ask = (path: string, body: object) =>
  fetch(new URL(`auth/${path}`, API), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    cache: "no-store",
    redirect: "error",
  });

/** The cookie for an answer with tokens. Without a refresh token in it, the one at hand stays. */
async function keep(answer: Response, before: string): Promise<{ access: string; header: string }> {
  const tokens = (await answer.json()) as Record<string, string & number>;
  const refresh = tokens["refresh_token"] ?? before;
  const access = tokens["access_token"] ?? "";
  const until = Date.now() + ((tokens["expires_in"] ?? 0) - 30) * 1000;
  return { access, header: cookie(encrypt({ refresh, access, until }), tokens["refresh_expires_in"] ?? 86_400) };
}

const refused = (status: number, header?: string) =>
  new Response(null, { status, headers: header ? { "Set-Cookie": header } : {} });

/** What changes something must come from a page of this server. */
const isOurs = (request: Request) =>
  request.method === "GET" || request.method === "HEAD" || request.headers.get("origin") === ORIGIN;

/** POST with `username` and `password`, as JSON. */
export async function login(request: Request): Promise<Response> {
  if (request.method !== "POST" || !isOurs(request)) return refused(403);
  const { username, password } = (await request.json()) as Record<string, unknown>;
  const answer = await ask("login/", { username, password });
  if (answer.status !== 200) return new Response(await answer.text(), { status: answer.status });
  return refused(204, (await keep(answer, "")).header);
}

/** POST. The cookie goes only when the session has ended. */
export async function logout(request: Request): Promise<Response> {
  if (request.method !== "POST" || !isOurs(request)) return refused(403);
  const stored = decrypt(request);
  if (stored !== null) {
    const answer = await ask("logout/", { refresh_token: stored.refresh });
    if (answer.status !== 204) return refused(503);
  }
  return refused(204, cookie("", 0));
}

/** Answer a request with the access token of its user, which is renewed first where it has to be. */
export async function asUser(request: Request, use: (token: string) => Promise<Response>): Promise<Response> {
  if (!isOurs(request)) return refused(403);
  const stored = decrypt(request);
  if (stored === null) return refused(401);
  if (Date.now() < stored.until) return use(stored.access);
  const answer = await ask("refresh/", { refresh_token: stored.refresh, retry_key: retryKey(stored.refresh) });
  if (answer.status === 401) {
    const { code } = (await answer.json().catch(() => ({}))) as { code?: string };
    return code === "session_ended" ? refused(401, cookie("", 0)) : refused(503);
  }
  if (answer.status !== 200) return refused(503);
  const { access, header } = await keep(answer, stored.refresh);
  const response = await use(access);
  const headers = new Headers(response.headers);
  headers.append("Set-Cookie", header);
  return new Response(response.body, { status: response.status, headers });
}
