import type { Route } from "./route.ts";
import { askRoutes } from "./routes/asks.ts";
import { healthRoutes } from "./routes/health.ts";
import { messageRoutes } from "./routes/messages.ts";
import { turnRoutes } from "./routes/turns.ts";

/** Every route of the gateway. */
export const routeTable: readonly Route[] = [...healthRoutes, ...messageRoutes, ...turnRoutes, ...askRoutes];
