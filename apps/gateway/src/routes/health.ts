import type { Route } from "../route.ts";
import { setRetryAfter, toEmptyResponse } from "../responses.ts";

/** Alive, and ready for messages. Neither has a body. */
export const healthRoutes: readonly Route[] = [
  { method: "GET", path: "/healthz", auth: "none", scopes: [], handle: () => toEmptyResponse(200) },
  {
    method: "GET",
    path: "/readyz",
    auth: "none",
    scopes: [],
    handle(_call, gateway) {
      const response = toEmptyResponse(gateway.isReady() ? 200 : 503);
      setRetryAfter(response, undefined);
      return response;
    },
  },
];
