import type { JsonValue, Tool } from "@omni/core";
import type { CallParts } from "./call-server.ts";
import type { Connection } from "./connection.ts";
import { createDocumentTools } from "./document-tools.ts";
import { createServerTool } from "./server-tools.ts";
import { toToolDefinitions } from "./tool-definitions.ts";

/** The tools of one server, as they are offered. */
export interface OfferedTools {
  /** The tools that can be called now: the same list as long as nothing changes. */
  list(): readonly Tool[];
  /** Takes a new list of the server over; returns what is wrong with it. Tools that did not change stay the same objects. */
  update(connection: Connection, items: readonly JsonValue[]): readonly string[];
  /** Shows or hides the tools: a server that is broken has none. */
  show(isShown: boolean): void;
  onChange(changed: () => void): () => void;
  /** Nobody is told anything any more. */
  close(): void;
}

/** How a server's tools are named and called. */
export interface OfferedToolsParts {
  readonly owner: string;
  readonly allow?: readonly string[];
  readonly call: CallParts;
}

/** Makes an empty list. */
export function createOfferedTools({ owner, allow, call }: OfferedToolsParts): OfferedTools {
  const nothing: readonly Tool[] = [];
  const listeners = new Set<() => void>();
  let known = new Map<string, { readonly tool: Tool; readonly fingerprint: string }>();
  let tools: readonly Tool[] = nothing;
  let isShown = false;

  const replace = (change: () => void): void => {
    const before = isShown ? tools : nothing;
    change();
    const after = isShown ? tools : nothing;
    const isSame = before.length === after.length && before.every((tool, index) => tool === after[index]);
    if (!isSame) for (const listener of [...listeners]) listener();
  };

  const merge = (connection: Connection, items: readonly JsonValue[]): readonly string[] => {
    const { definitions, warnings } = toToolDefinitions(items, allow);
    const next: typeof known = new Map();
    for (const definition of definitions) {
      const before = known.get(definition.command);
      const isSame = before?.fingerprint === definition.fingerprint;
      next.set(definition.command, isSame ? before : { tool: createServerTool(definition, owner, call), fingerprint: definition.fingerprint });
    }
    const taken = new Set(next.keys());
    for (const tool of createDocumentTools(owner, connection, taken, call)) {
      const name = tool.name.slice(owner.length + 1);
      if (allow?.includes(name) === false || taken.has(name)) continue;
      next.set(name, known.get(name)?.fingerprint === "document" ? (known.get(name) ?? { tool, fingerprint: "document" }) : { tool, fingerprint: "document" });
    }
    known = next;
    const list = [...next.values()].map((each) => each.tool);
    if (list.length !== tools.length || list.some((tool, index) => tool !== tools[index])) tools = list;
    return warnings;
  };

  return {
    list: () => (isShown ? tools : nothing),
    update(connection, items) {
      let warnings: readonly string[] = [];
      replace(() => {
        warnings = merge(connection, items);
        isShown = true;
      });
      return warnings;
    },
    show: (shown) => replace(() => (isShown = shown)),
    onChange(changed) {
      // Wrapped, so that one function subscribed twice is two subscriptions.
      const listener = (): void => changed();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => listeners.clear(),
  };
}
