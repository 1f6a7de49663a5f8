import type { ImplementationTable } from "@omni/runtime";

const openai = () => import("@omni/provider-openai");
const offline = () => import("@omni/provider-offline");

/** What is shipped: slot, name, and how to import it. Nothing is imported before it is asked for. */
export const table: ImplementationTable = {
  provider: {
    openai,
    offline,
    inferred: async () => ({ omni: (await import("./inferred/create-inferred-module.ts")).createInferredModule({ found: openai, absent: offline }) }),
  },
  memory: {
    sqlite: () => import("@omni/memory-sqlite"),
    map: () => import("@omni/memory-map"),
  },
  embedder: {
    static: () => import("@omni/embedder-static"),
    local: () => import("@omni/embedder-local"),
    openai: () => import("@omni/embedder-openai"),
  },
  channel: {
    terminal: () => import("@omni/channel-terminal"),
    webhook: () => import("@omni/channel-webhook"),
  },
  window: {
    ring: () => import("@omni/window-ring"),
    all: () => import("@omni/window-all"),
  },
  policy: {
    workspace: () => import("@omni/policy-workspace"),
    readonly: () => import("@omni/policy-readonly"),
  },
  store: {
    sqlite: () => import("@omni/store-sqlite"),
  },
  tool: {
    files: () => import("@omni/tool-files"),
    mcp: () => import("@omni/tool-mcp"),
    memory: () => import("@omni/tool-memory"),
    shell: () => import("@omni/tool-shell"),
    web: () => import("@omni/tool-web"),
  },
};
