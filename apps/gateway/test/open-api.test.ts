import { describe, expect, it } from "vitest";
import type { JsonObject, JsonSchema } from "@omni/core";
import type { Ask, OpenGateway } from "./support/open-gateway.ts";
import { calling, hasResult, openGateway, saying, toolSaying } from "./support/open-gateway.ts";
import { routeTable } from "../src/route-table.ts";
import { toOpenApi } from "../src/open-api.ts";
import { toProblems } from "./support/schema-problems.ts";

interface Operation {
  readonly operationId: string;
  readonly security: readonly unknown[];
  readonly "x-auth": string;
  readonly "x-scopes": readonly string[];
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: JsonSchema } } };
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>> }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

const document = toOpenApi(routeTable) as unknown as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ line: `${method.toUpperCase()} ${path}`, operation })));

function operationOf(line: string): Operation {
  const found = operations.find((each) => each.line === line)?.operation;
  if (found === undefined) throw new Error(`no ${line}`);
  return found;
}

/** What is wrong with a value by a schema that may point into the document. */
function check(schema: JsonSchema, value: unknown): readonly string[] {
  return toProblems({ ...schema, components: document.components as unknown as JsonObject }, value);
}

describe("the OpenAPI document", () => {
  it("has exactly the routes, each with what it takes to call it", () => {
    const lines = routeTable.map(({ method, path, auth, scopes }) => [`${method} ${path.replace(/:(\w+)/g, "{$1}")}`, auth === "bearer" ? [{ bearer: [] }] : [], auth, scopes]);
    expect(operations.map(({ line, operation }) => [line, operation.security, operation["x-auth"], operation["x-scopes"]]).toSorted()).toEqual(lines.toSorted());
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(routeTable.length);
  });

  it("keeps two methods of one path apart", () => {
    const routes = routeTable.filter(({ path }) => path === "/sessions/:id");
    const { paths } = toOpenApi([...routes, ...routes.map((route) => ({ ...route, method: "GET" as const, about: "Shows it" }))]) as unknown as Document;
    expect(Object.entries(paths["/sessions/{id}"] ?? {}).map(([method, { operationId }]) => [method, operationId])).toEqual([["delete", "deleteSessionsId"], ["get", "getSessionsId"]]);
  });

  it("names every part of a path, and points at nothing that is not there", () => {
    for (const { line, operation } of operations) {
      const parts = [...line.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect([line, (operation.parameters ?? []).filter((each) => each.in === "path").map((each) => each.name)]).toEqual([line, parts]);
    }
    for (const [, name = ""] of JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  it("names the events beside the JSON of every route that streams where it is asked to", () => {
    const streaming = operations.filter(({ operation }) => Object.keys(operation.responses["200"]?.content ?? {}).join(" ") === "application/json text/event-stream");
    expect(streaming.map(({ line }) => line).toSorted()).toEqual(["GET /turns/{id}", "POST /message", "POST /v1/chat/completions"]);
  });

  it("is served as it is made, to whoever may read or chat", async () => {
    const { ask, tokenFor } = await openGateway();
    const response = await ask("GET /openapi.json", { token: await tokenFor("chat") });
    expect([response.status, await response.json()]).toEqual([200, JSON.parse(JSON.stringify(document))]);
    expect((document as { openapi: string }).openapi).toBe("3.1.0");
  });
});

/** Asks, and checks the answer against what the document says of this route and status. */
async function askChecked({ ask }: OpenGateway, line: string, route: string, more: Ask = {}): Promise<unknown> {
  const response = await ask(line, more);
  const operation = operationOf(route);
  const told = response.status < 400 ? operation.responses[String(response.status)] : { content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } };
  expect([line, response.status, told]).toEqual([line, response.status, expect.anything()]);
  const schema = told?.content?.["application/json"]?.schema;
  if (schema === undefined) return undefined;
  const body: unknown = await response.json();
  expect([line, check(schema, body)]).toEqual([line, []]);
  return body;
}

describe("real answers", () => {
  it("fit the document: messages, turns, sessions, models", async () => {
    const gateway = await openGateway({ tools: [toolSaying("test.say", "x")], model: (_said, request) => (hasResult(request) ? saying("ok") : calling("test.say")) });
    const { turn_id } = (await askChecked(gateway, "POST /message", "POST /message", { body: { message: "hi" } })) as { turn_id: string };
    await askChecked(gateway, "POST /message?wait=false", "POST /message", { body: { message: "hi", session_id: "b" } });
    await askChecked(gateway, `GET /turns/${turn_id}`, "GET /turns/{id}");
    await askChecked(gateway, `POST /turns/${turn_id}/cancel`, "POST /turns/{id}/cancel");
    await askChecked(gateway, "GET /sessions", "GET /sessions");
    await askChecked(gateway, "GET /sessions/default/messages", "GET /sessions/{id}/messages");
    await askChecked(gateway, "DELETE /sessions/default", "DELETE /sessions/{id}", { transport: "socket" });
    await askChecked(gateway, "POST /v1/chat/completions", "POST /v1/chat/completions", { body: { messages: [{ role: "user", content: "hi" }] } });
    await askChecked(gateway, "GET /v1/models", "GET /v1/models");
    await askChecked(gateway, "GET /v1/models/omni", "GET /v1/models/{id}");
    await askChecked(gateway, "GET /healthz", "GET /healthz");
    await askChecked(gateway, "GET /readyz", "GET /readyz");
    await askChecked(gateway, "GET /metrics", "GET /metrics");
  });

  it("fit the document: asks, and everything that goes wrong", async () => {
    const gateway = await openGateway({ tools: [toolSaying("test.say", "x")], verdict: "ask", model: (_said, request) => (hasResult(request) ? saying("ok") : calling("test.say")) });
    const { asks } = (await askChecked(gateway, "POST /message", "POST /message", { body: { message: "hi" } })) as { asks: readonly { ask_id: string }[] };
    await askChecked(gateway, "GET /asks", "GET /asks");
    await askChecked(gateway, `POST /asks/${asks[0]?.ask_id}`, "POST /asks/{id}", { body: { decision: "allow" } });
    for (const { line } of operations) {
      const wild = line.replace(/\{\w+\}/g, "x");
      await askChecked(gateway, wild, line, { token: "", ...(wild.startsWith("POST") ? { body: {} } : {}) }).catch((error: unknown) => {
        throw new Error(`${line}: ${String(error)}`);
      });
    }
  });

  it("refuse what the schema of POST /message refuses, field by field", async () => {
    const gateway = await openGateway();
    const schema = document.components.schemas["Message"];
    const properties = Object.entries((schema?.["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>);
    expect(properties.map(([name]) => name)).toContain("timeout");
    for (const [name] of properties) {
      for (const value of [7.5, true, "", "x", [], {}, -1]) {
        const body = { message: "hi", [name]: value };
        if (check(schema ?? {}, body).length === 0) continue;
        const response = await gateway.ask("POST /message", { body, transport: "socket" });
        expect([name, value, response.status, await response.json()]).toEqual([name, value, 400, { error: expect.objectContaining({ code: "request.invalid", message: expect.stringContaining(JSON.stringify(name)) }) }]);
      }
    }
  });
});
