import type { JsonValue } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Place } from "./place.ts";
import { configSchema } from "./config-schema.ts";
import { findSchemaProblems } from "./schema-problems.ts";
import { isWithinPlace, toPlaceText } from "./place.ts";
import { parseConfigText } from "./config-text.ts";

/**
 * The text of a configuration with the value at `place` set, or removed where
 * it is undefined. Comments and the layout of the rest stay. An empty text
 * becomes a new file. Throws `config.invalid` when the text is broken, the key
 * is unknown or the value does not fit there; what was wrong elsewhere before
 * does not stand in the way.
 */
export async function editConfigText(text: string, place: Place, value: JsonValue | undefined): Promise<string> {
  if (place.length === 0) throw new OmniError("config.invalid", "Name the key to change, like agent.maxRounds.");
  const { applyEdits, modify } = await import("jsonc-parser");
  const before = text.trim() === "" ? "{}\n" : text;
  await parseConfigText(before, "omni.json");
  const edits = toEdits(() => modify(before, [...place], value, { formattingOptions: { insertSpaces: true, tabSize: 2 } }), place);
  const after = applyEdits(before, edits);
  const problems = findSchemaProblems(configSchema, await parseConfigText(after, "omni.json"));
  const own = problems.find((problem) => problem.kind !== "reserved" && (isWithinPlace(problem.place, place) || isWithinPlace(place, problem.place)));
  if (own !== undefined && value !== undefined) throw new OmniError("config.invalid", `${toPlaceText(own.place) || "omni.json"}: ${own.message}`);
  return after;
}

function toEdits<T>(modify: () => T, place: Place): T {
  try {
    return modify();
  } catch (error) {
    throw new OmniError("config.invalid", `${toPlaceText(place)}: nothing can be put below a value that is no object or list.`, { cause: error });
  }
}

/** The place a text like `agent.maxRounds` or `hooks[0].use` means; a key with dots is quoted: `tools."my.tool"`. Throws `config.invalid`. */
export function toPlace(text: string): Place {
  const place: (string | number)[] = [];
  const part = /(?:^|\.)(?:"((?:[^"\\]|\\.)*)"|([^.[\]"]+))|\[(\d+)\]/y;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) throw new OmniError("config.invalid", `${JSON.stringify(text)} is no path of a key; write it like agent.maxRounds or hooks[0].use.`);
    const [, quoted, plain, index] = match;
    if (index !== undefined) place.push(Number(index));
    else place.push(plain ?? (quoted ?? "").replace(/\\(.)/g, "$1"));
  }
  return place;
}
