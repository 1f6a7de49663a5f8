import { OmniError } from "@omni/core";
import type { Route } from "../route.ts";
import { toErrorResponse } from "../responses.ts";

/** The same as `POST /message`, `GET /turns/:id` and `POST /asks/:id`, many sessions on one connection. */
export const socketRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/ws",
    auth: "bearer",
    scopes: ["read", "chat"],
    about: "A WebSocket of typed frames: messages, turns and asks of many sessions",
    answers: { 101: { about: "The connection goes on as a WebSocket." } },
    async handle(call, { sockets }) {
      if (call.upgrade !== undefined) return sockets.accept(call, call.upgrade);
      const told = toErrorResponse(new OmniError("request.invalid", "This route is a WebSocket; ask for it with Upgrade: websocket."), call);
      return new Response(told.body, { status: 426, headers: { ...Object.fromEntries(told.headers), upgrade: "websocket" } });
    },
  },
];
