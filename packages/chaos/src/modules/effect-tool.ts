import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { OmniModule, Tool, ToolContext } from "@omni/core";
import type { CallKind } from "../ledger/ledgers.ts";

/** `file` is the ledger; `gates` is asked before and after every effect. */
interface EffectOptions {
  readonly file: string;
  readonly gates?: string;
}

// What breaks the process is said to read only, so that every recovery runs it again.
const annotations = { read: { readOnlyHint: true }, keyed: { idempotentHint: true }, once: {}, crash: { readOnlyHint: true }, throw: { readOnlyHint: true } } as const;

/** A tool whose effect is a line in a file, on disk before the call goes on. One under an idempotency key makes its line once for each key. */
function createTool(effect: CallKind, options: EffectOptions): Tool {
  const pass = async (point: string): Promise<void> => {
    if (options.gates !== undefined) await fetch(new URL(encodeURIComponent(point), options.gates));
  };
  const write = (line: object): void => appendFileSync(options.file, `${JSON.stringify(line)}\n`, { flush: true });
  return {
    name: `effect.${effect}`,
    description: `Writes a line to the ledger (${effect}).`,
    inputSchema: { type: "object", properties: { nonce: { type: "string" }, step: { type: "string" } }, required: ["nonce", "step"], additionalProperties: false },
    annotations: annotations[effect],
    async execute({ nonce, step }, { idempotencyKey: key }: ToolContext) {
      await pass(`${effect}:before`);
      if (effect === "crash") process.kill(process.pid, "SIGKILL");
      if (effect === "throw") await throwUncaught();
      const isKnown = effect === "keyed" && existsSync(options.file) && readFileSync(options.file, "utf8").includes(`"key":${JSON.stringify(key)}`);
      if (!isKnown) write({ nonce, step, effect, key });
      await pass(`${effect}:after`);
      return { content: [{ type: "text", text: "written" }] };
    },
  };
}

/** Throws outside of any call, and gives it a moment to be noticed. */
function throwUncaught(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => {
      setTimeout(resolve, 200);
      throw new Error("thrown where nobody catches");
    }, 0);
  });
}

/** What the gateway loads. */
export const omni: OmniModule<"tool", EffectOptions> = {
  slot: "tool",
  name: "effect",
  contract: 1,
  options: {
    jsonSchema: { type: "object", properties: { file: { type: "string" }, gates: { type: "string" } }, required: ["file"], additionalProperties: false },
    parse: (value) => value as EffectOptions,
  },
  create(options) {
    const tools = (["read", "keyed", "once", "crash", "throw"] as const).map((effect) => createTool(effect, options));
    return { owner: "effect", trusted: true, tools: () => tools, onChange: () => () => undefined, close: async () => undefined };
  },
};
