import type { Clock, JsonObject, Tool, ToolResult, Toolset } from "@omni/core";

/** A toolset of small tools, one of each kind, whose effects a test can see. */
export interface EchoTools extends Toolset {
  /** What `echo.append` was given, in order. */
  readonly appended: readonly string[];
  /** What `echo.put` has stored. */
  readonly stored: ReadonlyMap<string, string>;
  /** How often `echo.put` had its effect; a repeat under the same idempotency key has none. */
  readonly puts: number;
  /** Calls by tool name, in the order they began. */
  readonly calls: readonly { readonly tool: string; readonly input: JsonObject; readonly idempotencyKey: string }[];
  /** Puts these tools beside the others and tells of the change. */
  extend(tools: readonly Tool[]): void;
  /** True after `close`. */
  readonly isClosed: boolean;
}

/**
 * Makes echo tools: `echo.say` reads, `echo.append` is once, `echo.put` is
 * keyed, `echo.wait` reads and takes its time on `clock`, `echo.fail` fails as
 * a result or, with `thrown`, as an exception (not with an empty message).
 */
export function createEchoTools(clock: Clock): EchoTools {
  const appended: string[] = [];
  const stored = new Map<string, string>();
  const keys = new Set<string>();
  const calls: { tool: string; input: JsonObject; idempotencyKey: string }[] = [];
  const listeners = new Set<() => void>();
  let isTelling = false;
  let isClosed = false;

  const effects: Effects = {
    append: (text) => appended.push(text),
    put(key, value, idempotencyKey) {
      if (!keys.has(idempotencyKey)) stored.set(key, value);
      keys.add(idempotencyKey);
    },
  };
  let tools: readonly Tool[] = makeTools(clock, effects).map((each) => withEntry(each, (entry) => calls.push(entry)));

  return {
    owner: "echo",
    trusted: true,
    appended,
    stored,
    calls,
    get puts() {
      return keys.size;
    },
    get isClosed() {
      return isClosed;
    },
    tools: () => tools,
    extend(more) {
      tools = [...tools, ...more];
      if (isTelling) return;
      isTelling = true;
      queueMicrotask(() => {
        isTelling = false;
        for (const listener of listeners) listener();
      });
    },
    onChange(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    async close() {
      isClosed = true;
      listeners.clear();
    },
  };
}

/** What the tools can change. */
interface Effects {
  /** Gives the number of texts there are then. */
  append(text: string): number;
  put(key: string, value: string, idempotencyKey: string): void;
}

function makeTools(clock: Clock, effects: Effects): readonly Tool[] {
  return [
    tool("append", { text: "Text to append." }, "once", async (input) => say(`appended as number ${effects.append(toText(input, "text"))}`)),
    tool("fail", { message: "Words of the failure.", thrown: "yes throws them." }, "read", async (input) => {
      const message = toText(input, "message");
      if (input["thrown"] === "yes") throw new Error(message);
      return message === "" ? say("did not fail") : { ...say(message), isError: true };
    }),
    tool("put", { key: "Name to store under.", value: "Text to store." }, "keyed", async (input, context) => {
      effects.put(toText(input, "key"), toText(input, "value"), context.idempotencyKey);
      return say(`stored ${toText(input, "key")}`);
    }),
    tool("say", { text: "Text to give back." }, "read", async (input) => say(toText(input, "text"))),
    tool("wait", { milliseconds: "How long to wait." }, "read", async (input, context) => {
      const milliseconds = Number(toText(input, "milliseconds"));
      if (milliseconds > 0) await clock.sleep(milliseconds, context.signal);
      return say("waited");
    }),
  ];
}

/** A tool of string arguments; all are required but `thrown`. */
function tool(command: string, parameters: Readonly<Record<string, string>>, effect: "read" | "keyed" | "once", execute: Tool["execute"]): Tool {
  const properties = Object.fromEntries(Object.entries(parameters).map(([name, description]) => [name, { type: "string", description }]));
  return {
    name: `echo.${command}`,
    description: `Test tool: ${command}.`,
    inputSchema: { type: "object", properties, required: Object.keys(parameters).filter((name) => name !== "thrown"), additionalProperties: false },
    annotations: { readOnlyHint: effect === "read", idempotentHint: effect !== "once", openWorldHint: false },
    effect,
    action: () => ({ kind: effect === "read" ? "read" : "write" }),
    execute,
  };
}

/** A call whose signal is already aborted does nothing; every other is noted and run. */
function withEntry(made: Tool, enter: (entry: EchoTools["calls"][number]) => void): Tool {
  return {
    ...made,
    async execute(input, context) {
      context.signal.throwIfAborted();
      enter({ tool: made.name, input, idempotencyKey: context.idempotencyKey });
      return made.execute(input, context);
    },
  };
}

function say(text: string): ToolResult {
  return { content: [{ type: "text", text }] };
}

function toText(input: JsonObject, name: string): string {
  const value = input[name];
  return typeof value === "string" ? value : "";
}
