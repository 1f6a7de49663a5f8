import type { Route } from "../route.ts";
import { toJsonResponse } from "../responses.ts";

/** What all of this says of itself. */
export const openApiRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/openapi.json",
    auth: "bearer",
    scopes: ["read", "chat"],
    about: "This surface as an OpenAPI 3.1 document",
    answers: { 200: { about: "The document.", schema: { type: "object" } } },
    async handle(_call, { routes }) {
      const { toOpenApi } = await import("../open-api.ts");
      return toJsonResponse(toOpenApi(routes));
    },
  },
];
