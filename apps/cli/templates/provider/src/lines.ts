import type { JsonObject } from "@omni/core";
import { OmniError } from "@omni/core";

/** The JSON objects of a reply, a line each, as they come. Throws `provider.bad-response` for a line that is none, and the stream's own error where it breaks. */
export async function* linesOf(response: Response): AsyncGenerator<JsonObject, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of response.body ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield toObject(line);
  }
  if (rest.trim() !== "") yield toObject(rest);
}

function toObject(line: string): JsonObject {
  try {
    const value: JsonObject | null = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Told below: what came is not the protocol.
  }
  throw new OmniError("provider.bad-response", "The endpoint answered with a line that is no JSON object. Check that it is the right address.");
}
