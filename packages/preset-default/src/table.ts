import type { ImplementationTable } from "@omni/runtime";

/** What is shipped: slot, name, and how to import it. Nothing is imported before it is asked for. */
export const table: ImplementationTable = {
  provider: {
    openai: () => import("@omni/provider-openai"),
    offline: () => import("@omni/provider-offline"),
  },
  memory: {
    map: () => import("@omni/memory-map"),
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
    shell: () => import("@omni/tool-shell"),
    web: () => import("@omni/tool-web"),
  },
};
