/** Reads the challenge of a 401: whether it was the token that the API refused. Pure. */

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
