/**
 * Every code an error of Omni can have, with what it means. `docs/errors.md`
 * says the same with the mend; a test holds the two equal.
 */
export const errorCodes = {
  "usage.invalid": "A command, flag or argument is not understood.",
  "config.invalid": "A configuration file has broken syntax or a wrong value.",
  "config.missing-variable": "A `${NAME}` in the configuration names no environment variable.",
  "config.unknown-implementation": "A `use` names nothing that can be found.",
  "config.bad-module": "A module was found but exports no usable `omni`.",
  "home.unwritable": "The home folder cannot be written.",
  "home.held": "Another gateway holds this home.",
  "workspace.not-found": "The workspace does not exist or is no folder.",
  "message.empty": "A message has no words and nothing attached.",
  "message.too-large": "A message is longer than the limit.",
  "message.invalid": "A message is not valid Unicode text or has a wrong shape.",
  "session.invalid": "A session id has a wrong form.",
  "session.not-found": "There is no such session.",
  "session.busy": "A turn of the session is running.",
  "session.foreign": "The session belongs to another entrance.",
  "session.full": "Too many messages wait in the session.",
  "turn.not-found": "There is no such turn.",
  "turn.cancelled": "The turn was cancelled.",
  "turn.timeout": "The turn passed its time limit.",
  "turn.limited": "The turn reached its limit of rounds or tokens.",
  "turn.attempts": "The turn was interrupted too often to be tried again.",
  "turn.vetoed": "A hook refused the message or the model call.",
  "no-model": "No model is configured and no tool fits the message.",
  "provider.unreachable": "The model endpoint cannot be reached.",
  "provider.unauthorised": "The model endpoint refuses the key.",
  "provider.not-found": "The model or the endpoint's path does not exist.",
  "provider.rate-limited": "The model endpoint asks to slow down.",
  "provider.unavailable": "The model endpoint fails on its side.",
  "provider.bad-response": "The model endpoint answered something that is not the protocol.",
  "provider.stalled": "The model endpoint stopped sending.",
  "provider.cut": "The stream of a reply broke off.",
  "provider.context-too-long": "The request is longer than the model takes.",
  "provider.refused": "The model endpoint refuses the request.",
  "tool.unknown": "No tool has this name.",
  "tool.invalid-arguments": "The arguments of a call do not fit the tool's schema.",
  "tool.failed": "A tool ended with an error.",
  "tool.timeout": "A tool took too long.",
  "tool.denied": "The policy, a hook or a person refused a call.",
  "tool.unknown-fate": "A call was started and its result was lost.",
  "tool.repeated": "The same call was made too often.",
  "ask.unanswered": "Nobody answered a question in time, or nobody can be asked.",
  "ask.not-found": "There is no such open question.",
  "ask.forbidden": "The answer came from somebody who may not give it.",
  "files.outside": "A path leads out of the workspace.",
  "files.not-found": "There is no such file or folder.",
  "files.not-a-file": "The path is not a regular file, or not a folder where one is needed.",
  "files.too-large": "A file is larger than the limit.",
  "files.denied": "The operating system refuses access to a path.",
  "files.full": "The disk is full; nothing was written.",
  "egress.refused": "An address is not allowed to be fetched.",
  "egress.failed": "A fetch failed.",
  "egress.too-large": "A response is larger than the limit.",
  "egress.timeout": "A fetch took too long.",
  "spawn.failed": "A process could not be started.",
  "sandbox.unavailable": "The sandbox cannot contain a process as asked.",
  "channel.failed": "A channel could not be started, or could not take or bring a message.",
  "embedder.failed": "A text could not be turned into a vector.",
  "memory.failed": "The memory could not do what was asked.",
  "store.full": "The disk is full, or refuses to write.",
  "store.busy": "The store is locked by another process.",
  "store.corrupt": "The store's file is damaged; it was left as it is.",
  "store.newer": "The store was written by a newer version.",
  "store.fenced": "Another process has taken over the turn.",
  "store.failed": "The store could not do what was asked.",
  "auth.missing": "No token, or one that is not known.",
  "auth.forbidden": "The token's scopes do not allow this, or the origin is refused.",
  "request.invalid": "A request has a wrong body, header or parameter.",
  "request.not-found": "There is no such route.",
  "request.method": "The route does not take this method.",
  "request.too-large": "A request's body is larger than the limit.",
  "request.too-many": "Somebody asks more often, or holds more open, than is allowed.",
  "request.conflict": "The same idempotency key is in flight.",
  "request.mismatch": "The idempotency key was used with another body.",
  "gateway.draining": "The gateway is starting or stopping.",
  "gateway.bind": "The address cannot be listened on.",
  "internal": "A defect in Omni itself.",
} as const;

/** A code of the table. */
export type OmniErrorCode = keyof typeof errorCodes;

/** What else is known of an error. */
export interface OmniErrorOptions {
  readonly cause?: unknown;
  /** True where the same call may succeed later without a change. Decided where the error is made. */
  readonly retryable?: boolean;
  /** Milliseconds after which to try again, where the other side said so. */
  readonly retryAfterMs?: number;
}

const marker: symbol = Symbol.for("omni.error");

/**
 * The one error class. The message says what happened, where, and what to
 * do; it is shown to people as it is, so it holds no secret and no stack.
 */
export class OmniError extends Error {
  readonly code: OmniErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: OmniErrorCode, message: string, options: OmniErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OmniError";
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, marker, { value: true });
  }
}

/** True for an error of Omni, also one made by another copy of this package. */
export function isOmniError(value: unknown): value is OmniError {
  return typeof value === "object" && value !== null && marker in value;
}

/** The value itself when it is an error of Omni, else one with `code` that wraps it. */
export function toOmniError(value: unknown, code: OmniErrorCode = "internal"): OmniError {
  if (isOmniError(value)) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new OmniError(code, message, { cause: value });
}
