export type { AccessToken, AccessTokens } from "./access-tokens.ts";
export type { IncomingMessage, Runtime, TurnHandle } from "./runtime.ts";
export type { RuntimeOptions } from "./create-runtime.ts";
export { createRuntime } from "./create-runtime.ts";
export type { LiveEvent } from "./turn-stream.ts";
export type { OpenAsk, Reply } from "./ask-desk.ts";
export type { ToolRegistry } from "./tool-registry.ts";
export { toSessionId } from "./session-id.ts";
