import type { Route } from "./route.ts";
import { askRoutes } from "./routes/asks.ts";
import { chatCompletionRoutes } from "./routes/chat-completions.ts";
import { healthRoutes } from "./routes/health.ts";
import { hookRoutes } from "./routes/hooks.ts";
import { mcpRoutes } from "./routes/mcp.ts";
import { messageRoutes } from "./routes/messages.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { openApiRoutes } from "./routes/open-api.ts";
import { pairRoutes } from "./routes/pair.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { socketRoutes } from "./routes/sockets.ts";
import { turnRoutes } from "./routes/turns.ts";

/** Every route of the gateway. */
export const routeTable: readonly Route[] = [
  ...healthRoutes,
  ...messageRoutes,
  ...turnRoutes,
  ...askRoutes,
  ...sessionRoutes,
  ...socketRoutes,
  ...chatCompletionRoutes,
  ...mcpRoutes,
  ...hookRoutes,
  ...pairRoutes,
  ...metricsRoutes,
  ...openApiRoutes,
];
