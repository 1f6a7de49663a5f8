import type { JsonObject, JsonValue } from "@omni/core";
import { isJsonList, toExtent } from "./json-shape.ts";

/** Most pages that are asked for, most items where nothing else is said, and most characters that are kept of all of them together. */
const mostPages = 1_000;
const usualItems = 10_000;
const mostCharacters = 16_777_216;

/** A list a server gave, as it came. */
export interface ListedItems {
  readonly items: readonly JsonValue[];
  /** Set where the server would have gone on for ever. */
  readonly warning?: string;
}

/** What is read of a list. */
export interface ListParts {
  /** Asks for one page. */
  readonly ask: (params: JsonObject) => Promise<JsonObject>;
  /** Where the items stand in a page. */
  readonly key: string;
  readonly mostItems?: number;
}

/** Reads every page of a list. A cursor that comes twice ends it. */
export async function listPages({ ask, key, mostItems = usualItems }: ListParts): Promise<ListedItems> {
  const items: JsonValue[] = [];
  const cursors = new Set<string>();
  const tooLong = { items, warning: `its list of ${key} has more than ${mostCharacters} characters; the rest is left out` };
  let left = mostCharacters;
  let params: JsonObject = {};
  for (let page = 0; page < mostPages; page += 1) {
    const result = await ask(params);
    const found = result[key];
    for (const item of isJsonList(found) ? found : []) {
      if (items.length === mostItems) return { items, warning: `it lists more than ${mostItems} ${key}; the rest is left out` };
      left -= toExtent(item, left);
      if (left < 0) return tooLong;
      items.push(item);
    }
    const cursor = result["nextCursor"];
    if (typeof cursor !== "string" || cursor === "") return { items };
    if (cursors.has(cursor)) return { items, warning: `its list of ${key} gives the same cursor twice; it ends there` };
    left -= cursor.length;
    if (left < 0) return tooLong;
    cursors.add(cursor);
    params = { cursor };
  }
  return { items, warning: `its list of ${key} has more than ${mostPages} pages; the rest is left out` };
}
