import { readFileSync } from "node:fs";
import type { Hook } from "@omni/core";
import { describe, expect, it } from "vitest";
import type { HookPlace } from "../src/index.ts";
import { createWatchingHook } from "../src/fakes/index.ts";
import { describeBroken, describeDocumented, describeHook, hookContract } from "../src/index.ts";

const questions: HookPlace["questions"] = [
  { point: "message", given: { text: "the password is plum" } },
  { point: "toolCall", given: { name: "shell.run", arguments: { command: "echo plum" } } },
  { point: "toolResult", given: { name: "files.read", result: { content: [{ type: "text", text: "plum pudding" }] } } },
];

/** A watching hook that knows a word, with one thing changed. */
function broken(change: (hook: Hook) => Partial<Hook> = () => ({})): () => HookPlace {
  return () => {
    const hook = createWatchingHook({ forbidden: "plum", replacement: "(fruit)" });
    return { hook: { ...hook, ...change(hook) }, questions, dispose: async () => undefined };
  };
}

describeHook("the watching hook that knows a word", broken());
describeHook("the watching hook", () => ({ hook: createWatchingHook(), questions: [], dispose: async () => undefined }));

const silent = (): AbortSignal => new AbortController().signal;

/** Waits for its signal, and fails with it. */
function waiting(signal: AbortSignal): Promise<undefined> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
    if (signal.aborted) reject(new Error("stopped"));
  });
}

describe("the kit of hooks", () => {
  const sessions: string[] = [];
  describeBroken(hookContract, {
    K1: () => ({ hook: {}, questions: [], dispose: async () => undefined }),
    K2: broken(() => ({ message: async (message) => void Object.assign(message, { text: "" }) })),
    K3: broken(() => ({ message: async () => ({ veto: "" }) })),
    K4: broken(() => ({ modelCall: async (request) => Object.assign({ ...request }, { tools: undefined }) })),
    K5: broken(() => ({ toolCall: async () => ({ arguments: JSON.parse('"words"') }) })),
    K6: broken(() => ({ toolResult: async () => ({ content: [] }) })),
    K7: broken(() => ({ toolCall: (call) => (call.name === "nobody.knows" ? new Promise(() => undefined) : Promise.resolve(undefined)) })),
    K8: broken(() => ({ message: (_message, context) => (context.signal.aborted ? Promise.resolve(undefined) : waiting(silent())) })),
    K9: broken(() => ({
      async message({ text }) {
        if (text.startsWith("seen: ")) throw new Error("seen before");
        return { text: `seen: ${text}` };
      },
    })),
    K10: broken(() => ({
      async message({ text }, { sessionId }) {
        sessions.push(sessionId);
        await Promise.resolve();
        return { text: `${sessions.at(-1) === sessionId ? "" : "mixed "}${text}` };
      },
    })),
    K11: broken(() => {
      const first = [true];
      return {
        async close() {
          if (first.pop() === undefined) throw new Error("closed already");
        },
      };
    }),
  });
  describeDocumented(hookContract, readFileSync(new URL("../../../docs/contracts/hook.md", import.meta.url), "utf8"));
});

describe("the watching hook", () => {
  const context = { sessionId: "cli:default", turnId: "turn-7", signal: silent() };

  it("remembers what went by, in order, and its end", async () => {
    const hook = createWatchingHook();
    await hook.message?.({ text: "one" }, context);
    await hook.toolCall?.({ name: "files.read", arguments: { path: "a.txt" } }, context);
    await hook.close?.();
    expect(hook.seen.map(({ point, turnId }) => [point, turnId])).toEqual([["message", "turn-7"], ["toolCall", "turn-7"]]);
    expect(hook.isClosed).toBe(true);
  });

  it("refuses a word on the way in and blots it out on the way back", async () => {
    const hook = createWatchingHook({ forbidden: "plum", replacement: "(fruit)" });
    expect(await hook.message?.({ text: "a plum" }, context)).toEqual({ veto: "the word plum is not allowed here" });
    expect(await hook.toolResult?.({ name: "files.read", result: { content: [{ type: "text", text: "plum" }] } }, context)).toEqual({ content: [{ type: "text", text: "(fruit)" }] });
    expect(await hook.toolResult?.({ name: "files.read", result: { content: [{ type: "text", text: "pear" }] } }, context)).toBeUndefined();
  });
});
