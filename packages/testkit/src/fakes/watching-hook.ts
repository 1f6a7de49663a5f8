import type { Hook, HookContext, HookVeto } from "@omni/core";

/** What a watching hook does beside watching. */
export interface WatchingHookOptions {
  /** Refuses messages, model calls and tool calls whose JSON has this in it. */
  readonly forbidden?: string;
  /** Is put in the place of `forbidden` in tool results; without it they go through. */
  readonly replacement?: string;
}

/** A hook that remembers what went by. */
export interface WatchingHook extends Hook {
  /** In the order in which it was seen. */
  readonly seen: readonly { readonly point: "message" | "modelCall" | "toolCall" | "toolResult"; readonly turnId: string; readonly json: string }[];
  /** True after `close`. */
  readonly isClosed: boolean;
}

/** Makes a hook that watches all four points, and refuses or blots out a word where it is told one. */
export function createWatchingHook({ forbidden, replacement }: WatchingHookOptions = {}): WatchingHook {
  const seen: WatchingHook["seen"][number][] = [];
  let isClosed = false;
  const note = (point: WatchingHook["seen"][number]["point"], given: unknown, { turnId }: HookContext): HookVeto | undefined => {
    const json = JSON.stringify(given);
    seen.push({ point, turnId, json });
    return forbidden !== undefined && json.includes(forbidden) ? { veto: `the word ${forbidden} is not allowed here` } : undefined;
  };
  return {
    seen,
    get isClosed() {
      return isClosed;
    },
    message: async (message, context) => note("message", message, context),
    modelCall: async (request, context) => note("modelCall", request, context),
    toolCall: async (call, context) => note("toolCall", call, context),
    async toolResult({ name, result }, context) {
      const isForbidden = note("toolResult", { name, result }, context) !== undefined;
      if (!isForbidden || forbidden === undefined || replacement === undefined) return undefined;
      const content = result.content.map((block) => (block.type === "text" ? { ...block, text: block.text.replaceAll(forbidden, replacement) } : block));
      return { ...result, content };
    },
    async close() {
      isClosed = true;
    },
  };
}
