/** `@django-bearer/client`: what an application imports. */
export { createClient } from "./client.js";
export type { Client, ClientOptions, ClientSocket, Credentials, Session } from "./types.js";
export type { LoginStep, LoginStepAnswer, PasswordProof, ProofElsewhere, SecondFactorCode } from "./types.js";
export type { StepUpChallenge, StepUpProof } from "./types.js";
export { BearerError } from "./bearer_error.js";
export type { ClientCode, ErrorCode } from "./bearer_error.js";
export type { ServerCode } from "./errors.js";
