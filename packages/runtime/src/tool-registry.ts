import type { RegisteredTool, ToolSource } from "@omni/agent";
import { toEffect } from "@omni/agent";
import type { Log, Toolset } from "@omni/core";

/** The one registry: every tool of every owner, under one name each. */
export interface ToolRegistry extends ToolSource {
  /** Resolves when every owner has listed its tools or will not soon. Never rejects; the same promise each time. Servers are started by the first call. */
  ready(): Promise<void>;
  /** Subscribes to changes of the list; returns how to unsubscribe. */
  onChange(changed: () => void): () => void;
  /** Listens to its toolsets no more; whoever made them closes them. */
  close(): void;
}

/**
 * Puts toolsets together. The list is sorted by name, so that a prompt's
 * prefix does not depend on which server answered first. Where two toolsets
 * claim one name the earlier keeps it, and the log says so once a rebuild.
 */
export function createToolRegistry(toolsets: readonly Toolset[], log: Log): ToolRegistry {
  let sorted: readonly RegisteredTool[] | undefined;
  let byName: ReadonlyMap<string, RegisteredTool> = new Map();
  const listeners = new Set<() => void>();

  const build = (): readonly RegisteredTool[] => {
    const found = new Map<string, RegisteredTool>();
    for (const toolset of toolsets) {
      for (const tool of toolset.tools()) {
        if (found.has(tool.name)) log.warn("two owners claim one tool name; the first keeps it", { tool: tool.name, owner: toolset.owner });
        else found.set(tool.name, { tool, trusted: toolset.trusted, effect: toEffect(tool, toolset.trusted) });
      }
    }
    byName = found;
    return [...found.values()].sort((left, right) => (left.tool.name < right.tool.name ? -1 : 1));
  };
  const list = (): readonly RegisteredTool[] => (sorted ??= build());
  const unsubscribe = toolsets.map((toolset) =>
    toolset.onChange(() => {
      sorted = undefined;
      for (const listener of listeners) listener();
    }),
  );

  let ready: Promise<void> | undefined;
  return {
    list,
    ready: () => (ready ??= Promise.all(toolsets.map((toolset) => toolset.ready?.())).then(() => undefined)),
    find(name) {
      list();
      return byName.get(name);
    },
    onChange(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    close() {
      for (const stop of unsubscribe) stop();
      listeners.clear();
    },
  };
}
