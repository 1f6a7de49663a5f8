import type { Autonomy, Clock, Principal } from "@omni/core";
import type { IncomingMessage, Runtime, TurnHandle } from "@omni/runtime";

/** How the calls of MCP clients run, where the message of a turn would say so. */
export interface McpSettings {
  /** Whether somebody of the home can be asked where the client's own person cannot. */
  readonly asks: "people" | "nobody";
  /** Absolute path; the runtime's own when absent. */
  readonly workspace?: string;
  /** How far calls may go by themselves; the policy's own when absent. */
  readonly autonomy?: Autonomy;
}

/** One MCP client with what stands behind it. */
export interface McpPlace {
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** Who calls. */
  readonly principal: Principal;
  /** The entrance its calls are recorded under. */
  readonly origin: string;
  readonly settings: McpSettings;
  /** Takes a call as a message; see `Runtime.submit`. */
  submit(message: IncomingMessage): Promise<TurnHandle>;
  /** Told of a request that the client cancelled, so that nothing waits for its answer any more. */
  cancelled?(requestId: string | number): void;
}

/** What a client offers and wants while one call of it runs. */
export interface McpExchange {
  /** Aborted when the client cancels the call or has gone. */
  readonly signal: AbortSignal;
  /** Tells how far the call is; does nothing where the client did not ask for it. */
  progress(text: string): Promise<void>;
  /** Puts a form to the person at the client; absent where it has no way to. */
  readonly elicit?: (form: McpForm, signal: AbortSignal) => Promise<McpFormAnswer>;
}

/** A form with one field. */
export interface McpForm {
  readonly message: string;
  readonly field: string;
  readonly title: string;
  /** The values to choose from; any text when absent. */
  readonly choices?: readonly { readonly value: string; readonly title: string }[];
}

/** What the person did with a form: `value` is there where it was filled in and sent. */
export interface McpFormAnswer {
  readonly action: "accept" | "decline" | "cancel";
  readonly value?: string;
}
