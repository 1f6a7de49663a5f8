import type { JsonObject } from "@omni/core";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import type { Finished, Gateway, Place } from "./omni-process.ts";
import { createPlace, omni, toJson } from "./omni-process.ts";

/** A memory as `omni memory list` shows it. */
export interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly utility: number;
  readonly uses: number;
  readonly scope: string;
}

/** Runs the body in a place whose model is the fake. */
export async function inMemoryPlace(model: FakeOpenAI, body: (place: Place) => Promise<void>, config: JsonObject = {}): Promise<void> {
  const place = await createPlace({}, { OPENAI_BASE_URL: model.url });
  try {
    await place.configure({ policy: { use: "workspace", with: { autonomy: "full" } }, ...config });
    await body(place);
  } finally {
    await place.dispose();
  }
}

/** Everything that is remembered in a home. */
export async function listAll(place: Place): Promise<readonly Listed[]> {
  return toJson<{ readonly memories: readonly Listed[] }>(await omni(place, ["memory", "list", "--json"])).memories;
}

/** One message to a session of a gateway, and its answer. */
export async function say(gateway: Gateway, sessionId: string, message: string): Promise<{ readonly status: string; readonly output: string; readonly turn_id: string }> {
  return (await gateway.post("/message", { message, session_id: sessionId })).json() as Promise<{ readonly status: string; readonly output: string; readonly turn_id: string }>;
}

/** The lines that were recalled into the newest request to the model. */
export function toRecalled(model: FakeOpenAI): readonly string[] {
  const messages = model.chats.at(-1)?.body["messages"];
  const last: unknown = Array.isArray(messages) ? messages.findLast((message: unknown) => typeof message === "object" && message !== null && Reflect.get(message, "role") === "user") : undefined;
  const block = /<recalled[^>]*>\\n(.*?)\\n<\/recalled>/.exec(JSON.stringify(last ?? ""))?.[1];
  return block === undefined ? [] : block.split("\\n- ");
}

/** Takes memories into a home. */
export function takeIn(place: Place, memories: readonly JsonObject[]): Promise<Finished> {
  const numbers = { q: 0.5, uses: 0, successes: 0, failures: 0, at: 1_700_000_000_000, createdAt: 1_700_000_000_000, lastUsedAt: 1_700_000_000_000 };
  const lines = memories.map((memory) => JSON.stringify({ kind: "episode", intent: "", experience: "", outcome: "", ...numbers, source: { trusted: true }, scope: { scope: "agent", owner: "default" }, ...memory }));
  return omni(place, ["memory", "import", "-"], { input: lines.join("\n") });
}
