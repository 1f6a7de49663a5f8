import type { JsonObject, JsonValue } from "@omni/core";
import type { Connection, RequestOptions } from "./connection.ts";
import { isJsonList } from "./json-shape.ts";

/** Most pages and most items that are asked for. */
const mostPages = 1_000;
const mostItems = 10_000;

/** A list a server gave, as it came. */
export interface ListedItems {
  readonly items: readonly JsonValue[];
  /** Set where the server would have gone on for ever. */
  readonly warning?: string;
}

/** Reads every page of a list; `key` is where the items stand in a page. A cursor that comes twice ends it. */
export async function listPages(connection: Connection, method: string, key: string, options: RequestOptions): Promise<ListedItems> {
  const items: JsonValue[] = [];
  const cursors = new Set<string>();
  let params: JsonObject = {};
  for (let page = 0; page < mostPages; page += 1) {
    const result = await connection.request(method, params, options);
    const found = result[key];
    if (isJsonList(found)) for (const item of found) items.push(item);
    if (items.length > mostItems) return { items: items.slice(0, mostItems), warning: `it lists more than ${mostItems} ${key}; the rest is left out` };
    const cursor = result["nextCursor"];
    if (typeof cursor !== "string" || cursor === "") return { items };
    if (cursors.has(cursor)) return { items, warning: `its list of ${key} gives the same cursor twice; it ends there` };
    cursors.add(cursor);
    params = { cursor };
  }
  return { items, warning: `its list of ${key} has more than ${mostPages} pages; the rest is left out` };
}
