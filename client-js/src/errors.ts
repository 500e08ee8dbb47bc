/** Every code a django-bearer server answers with. Written by tools/client_errors.py; a test compares. */
export interface ServerErrors {
  /** The request body is too large. */
  body_too_large: { status: 413; error: "invalid_request" };
  /** This endpoint does not hand refresh tokens to a browser. */
  browser_unsupported: { status: 403; error: "invalid_request" };
  /** The code is wrong, or was used before. */
  code_refused: { status: 401; error: "invalid_grant" };
  /** The other device shows another number. */
  handover_number_refused: { status: 401; error: "invalid_grant" };
  /** The other device has not finished yet. */
  handover_pending: { status: 400; error: "authorization_pending" };
  /** This code is not valid any more. Begin again on the device that is logged in. */
  handover_refused: { status: 401; error: "invalid_grant" };
  /** This is not possible while you act for another user. */
  impersonated: { status: 403; error: "access_denied" };
  /** Tokens are accepted over HTTPS only. A token sent over plain HTTP is invalid. */
  insecure_transport: { status: 400; error: "invalid_request" };
  /** A fault in the server's own code keeps it from doing this. */
  inside_transaction: { status: 500; error: "server_error" };
  /** The access token does not carry the scope this needs. */
  insufficient_scope: { status: 403; error: "insufficient_scope" };
  /** The client's secret is missing or wrong. */
  invalid_client: { status: 401; error: "invalid_client" };
  /** No account matches these credentials. */
  invalid_credentials: { status: 401; error: "invalid_grant" };
  /** The request is malformed or lacks a parameter. */
  invalid_request: { status: 400; error: "invalid_request" };
  /** The scope asked for is not granted to this session. */
  invalid_scope: { status: 400; error: "invalid_scope" };
  /** The resource asked for is not one this client and session have. */
  invalid_target: { status: 400; error: "invalid_target" };
  /** The access token is invalid, expired or revoked. */
  invalid_token: { status: 401; error: "invalid_token" };
  /** This login is over. Log in again. */
  limited_token_refused: { status: 401; error: "invalid_grant" };
  /** One more step is needed to log in. */
  login_incomplete: { status: 403; error: "interaction_required" };
  /** This login is not allowed. */
  login_refused: { status: 403; error: "access_denied" };
  /** Log in again to do this. */
  login_too_old: { status: 401; error: "insufficient_user_authentication" };
  /** Confirm with a stronger method to do this. */
  login_too_weak: { status: 401; error: "insufficient_user_authentication" };
  /** Logging in is not possible here. */
  login_unavailable: { status: 503; error: "temporarily_unavailable" };
  /** This endpoint does not answer that method. */
  method_not_allowed: { status: 405; error: "invalid_request" };
  /** Send the token once, in one Authorization header. */
  multiple_credentials: { status: 400; error: "invalid_request" };
  /** Authentication is required. */
  not_authenticated: { status: 401; error: "invalid_token" };
  /** There is no such thing of yours. */
  not_found: { status: 404; error: "invalid_request" };
  /** This server does not take that request from this page. */
  origin_refused: { status: 403; error: "invalid_request" };
  /** Choose another password. */
  password_rejected: { status: 400; error: "invalid_request" };
  /** Send the password of this account with the request. */
  password_required: { status: 403; error: "access_denied" };
  /** The server cannot count attempts just now. Try again in a moment. */
  rate_limit_unavailable: { status: 503; error: "temporarily_unavailable" };
  /** This link is not valid any more. Ask for another one. */
  recovery_link_refused: { status: 401; error: "invalid_grant" };
  /** This request is not allowed now. */
  request_refused: { status: 403; error: "access_denied" };
  /** Try the same request again in a moment. */
  retry: { status: 503; error: "temporarily_unavailable" };
  /** The session has ended. Log in again. */
  session_ended: { status: 401; error: "invalid_grant" };
  /** This is for a logged-in user; an API token does not reach it. */
  session_required: { status: 403; error: "insufficient_scope" };
  /** Too many attempts. Try again later. */
  throttled: { status: 429; error: "slow_down" };
  /** This link was used or has expired. Ask for another one. */
  ticket_refused: { status: 401; error: "invalid_token" };
  /** The server cannot tell that this request came over HTTPS. */
  transport_unknown: { status: 400; error: "invalid_request" };
  /** This client may not do that. */
  unauthorized_client: { status: 400; error: "unauthorized_client" };
  /** No such client. Send the client_id that this server knows. */
  unknown_client: { status: 400; error: "invalid_client" };
  /** This server issues no tokens under that host. */
  unknown_issuer: { status: 400; error: "invalid_request" };
  /** Send a JSON object with Content-Type: application/json. */
  unsupported_media_type: { status: 415; error: "invalid_request" };
}

/** Every code that the server answers with. The page Errors of the reference explains each. */
export type ServerCode = keyof ServerErrors;
