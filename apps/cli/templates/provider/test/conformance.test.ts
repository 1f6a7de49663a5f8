import type { JsonObject } from "@omni/core";
import type { PlacedReply, PlacedRequest, ProviderFault } from "@omni/testkit";
import { describeProvider } from "@omni/testkit";
import { createFakeHost, createManualClock } from "@omni/testkit/fakes";
import { create__Name__Provider } from "../src/index.ts";

const statuses: Readonly<Partial<Record<ProviderFault, number>>> = { unauthorised: 401, "not-found": 404, "context-too-long": 413, "rate-limited": 429, refused: 400, unavailable: 503 };

/** The lines of a reply, without its end where that never comes. */
function toLines({ text = [], reasoning = [], toolCalls = [], finish, usage, fault, stall }: PlacedReply, body: JsonObject): readonly string[] {
  const tools = Array.isArray(body["tools"]) ? body["tools"] : [];
  const calls = toolCalls.map(({ tool, id, arguments: words }, index) => ({ call: { id: id ?? `c${index}`, name: tools[tool]?.name, arguments: words } }));
  const used = usage === false ? {} : { used: { input: usage?.inputTokens ?? 1, output: usage?.outputTokens ?? 1 } };
  const end = fault === undefined && stall !== true ? [{ end: finish ?? (calls.length > 0 ? "tool-calls" : "stop"), ...used }] : [];
  return [...reasoning.map((thought) => ({ thought })), ...text.map((words) => ({ text: words })), ...calls, ...end].map((line) => `${JSON.stringify(line)}\n`);
}

/** The body of a response that sends its lines, then ends, breaks or stays open; and what became of it. */
function createBody(lines: readonly string[], { fault, stall }: PlacedReply, signal: AbortSignal | undefined): { readonly body: ReadableStream<Uint8Array>; readonly closed: PlacedRequest["closed"] } {
  const { promise, resolve } = Promise.withResolvers<"sent" | "broken">();
  const waiting = [...lines];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      signal?.addEventListener("abort", () => {
        resolve("broken");
        controller.error(signal.reason);
      });
    },
    pull(controller) {
      const line = waiting.shift();
      if (line !== undefined) return controller.enqueue(new TextEncoder().encode(line));
      if (stall === true) return new Promise<void>(() => undefined);
      resolve(fault === undefined ? "sent" : "broken");
      return fault === undefined ? controller.close() : controller.error(new TypeError("the connection broke"));
    },
    cancel: () => resolve("broken"),
  }, { highWaterMark: 0 });
  return { body, closed: promise };
}

describeProvider(
  "__name__",
  () => {
    const script: PlacedReply[] = [];
    const requests: PlacedRequest[] = [];
    const endpoint: typeof fetch = async (_url, init) => {
      init?.signal?.throwIfAborted();
      const body: JsonObject = JSON.parse(String(init?.body));
      const reply = script.shift() ?? {};
      const { body: answer, closed } = createBody(toLines(reply, body), reply, init?.signal ?? undefined);
      requests.push({ model: String(body["model"]), body, closed });
      if (reply.fault === "unreachable") throw new TypeError("nobody listens");
      if (reply.fault === "bad-response") return new Response("<html>");
      const status = reply.fault === undefined ? undefined : statuses[reply.fault];
      return status === undefined ? new Response(answer) : new Response(null, { status });
    };
    // Waiting between tries costs no time here.
    const clock = { ...createManualClock(), sleep: async () => undefined };
    const host = createFakeHost({ clock, egress: { fetch: endpoint, configured: () => endpoint } });
    return {
      create: async () => create__Name__Provider({ url: "https://letters.example/" }, host),
      script: (replies) => void script.splice(0, script.length, ...replies),
      requests: () => requests,
      dispose: async () => undefined,
    };
  },
  { abilities: ["script", "tools", "images", "wire"] },
);
