import type { OmniModule } from "@omni/core";
import type { McpToolOptions } from "./mcp-tool-options.ts";
import { createMcpTool } from "./create-mcp-tool.ts";
import { mcpToolOptions } from "./mcp-tool-options.ts";

/** The module of slot `tool`, name `mcp`: one server a choice. */
export const omni: OmniModule<"tool", McpToolOptions> = { slot: "tool", name: "mcp", contract: 1, options: mcpToolOptions, create: createMcpTool };
