import type { JsonValue } from "./json.ts";

/** Facts that go with a log line. Secrets are redacted by the sink, not by the caller. */
export type LogFields = Readonly<Record<string, JsonValue | undefined>>;

/** Structured log lines for operators. Never for people in a conversation. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
