/** Reads the challenge of a 401: whether the API refused the token, or wants a recent or stronger login. Pure. */

/** A scheme, or a parameter with its value (RFC 9110, section 11.6.1). */
const PART = /([\w!#$%&'*+.^`|~-]+)(?:[ \t]*=[ \t]*("(?:\\.|[^"\\])*"|[\w!#$%&'*+.^`|~-]+))?/g;

/**
 * Whether a `WWW-Authenticate` header holds a Bearer challenge with `error="invalid_token"` (RFC 6750, section 3.1).
 * The same words in a quoted text, or below another scheme, are none. `null`, a header that script may not read, says
 * nothing.
 */
export function saysInvalidToken(header: string | null): boolean {
  let scheme = "";
  for (const [, name = "", value] of (header ?? "").matchAll(PART)) {
    if (value === undefined) scheme = name.toLowerCase();
    else if (scheme === "bearer" && name.toLowerCase() === "error" && /^"?invalid_token"?$/.test(value)) return true;
  }
  return false;
}

/** What the API wants of a login: at most so many seconds old, or by one of these strengths. */
export interface Wanted {
  readonly maxAge: number | null;
  readonly acrValues: readonly string[];
}

/**
 * What a Bearer challenge with `error="insufficient_user_authentication"` asks for (RFC 9470, section 3); null for any
 * other header.
 */
export function asksForStepUp(header: string | null): Wanted | null {
  let scheme = "";
  let error = "";
  let maxAge: number | null = null;
  let acrValues: readonly string[] = [];
  for (const [, name = "", value] of (header ?? "").matchAll(PART)) {
    if (value === undefined) scheme = name.toLowerCase();
    else if (scheme === "bearer") {
      const plain = value.replace(/^"|"$/g, "");
      if (name.toLowerCase() === "error") error = plain;
      if (name.toLowerCase() === "max_age" && /^\d{1,9}$/.test(plain)) maxAge = Number(plain);
      if (name.toLowerCase() === "acr_values") acrValues = plain.split(" ").filter((one) => one !== "");
    }
  }
  return error === "insufficient_user_authentication" ? { maxAge, acrValues } : null;
}
