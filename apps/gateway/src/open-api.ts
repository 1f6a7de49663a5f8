import type { JsonObject, JsonSchema } from "@omni/core";
import type { Route, RouteAnswer } from "./route.ts";
import { named, text } from "./schemas/schema.ts";
import { wireSchemas } from "./schemas/wire-schemas.ts";

/** The OpenAPI 3.1 document of these routes. It is made of nothing but them, so it cannot say anything else. */
export function toOpenApi(routes: readonly Route[]): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: toOperation(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Omni gateway", version: "1", description: "Field names are exact; more fields may be added. Scopes of a token stand in x-scopes: any one of them is enough. x-auth says who is asked: signature is that of a channel's platform, in its own form." },
    paths,
    components: {
      schemas: wireSchemas,
      securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "A token of omni tokens add, or of POST /pair." } },
      responses: { Error: { description: "What is wrong.", content: toContent(named("Error")) } },
    },
  };
}

function toOperation(route: Route): JsonObject {
  const { method, path, auth, scopes, about, body } = route;
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => ({ in: "path", name, required: true, schema: text() }));
  const others = (route.parameters ?? []).map(({ about: description, ...parameter }) => ({ ...parameter, required: false, description }));
  const parameters = [...inPath, ...others];
  return {
    operationId: toOperationId(method, path),
    summary: about,
    security: auth === "bearer" ? [{ bearer: [] }] : [],
    "x-auth": auth,
    "x-scopes": [...scopes],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: toContent(body) } }),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, toResponse(answer)])),
      default: { $ref: "#/components/responses/Error" },
    },
  };
}

/** `POST /turns/:id/cancel` is `postTurnsIdCancel`. */
function toOperationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function toResponse({ about, schema, contentType, orElse }: RouteAnswer): JsonObject {
  if (schema !== undefined) return { description: about, content: { ...toContent(schema), ...(orElse === undefined ? {} : { [orElse]: { schema: text() } }) } };
  return { description: about, ...(contentType === undefined ? {} : { content: { [contentType]: { schema: text() } } }) };
}

function toContent(schema: JsonSchema): JsonObject {
  return { "application/json": { schema } };
}
