/** `@django-bearer/client`: what an application imports. */
export { createClient } from "./client.js";
export type { Client, ClientOptions, Credentials, Session } from "./client.js";
export { BearerError } from "./failure.js";
export type { ClientCode, ErrorCode } from "./failure.js";
export type { ServerCode } from "./errors.js";
