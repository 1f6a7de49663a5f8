import type { LongLine } from "../../line-reader.ts";
import type { McpId } from "./mcp-message.ts";
import { toRequestId } from "./mcp-message.ts";

/** A text, a sign of JSON or a word; a text that is cut off goes to the end. It fits at every quote, so nothing is read twice. */
const token = /"(?:[^"\\]|\\.?)*(?:"|$)|[{}[\]:,]|[^\s"{}[\]:,]+/gs;

/** Members of an object up to its end that hold a text or a word. Quotes are even from there to the end, so it begins outside of any text. */
const lastMembers = /(?:,\s*"[^"\\]*"\s*:\s*(?:"[^"\\]*"|[\w.+-]+)\s*)+\}\s*$/;

/** The id of a request whose line is too long; undefined where it stands neither at its beginning nor at its end, where most clients write it, and for an answer. */
export function findRequestId({ head, tail }: Pick<LongLine, "head" | "tail">): McpId | undefined {
  return toRequestId({ ...toFirstMembers(head), ...toLastMembers(tail) });
}

/** The members that an object begins with: what they hold where that is a text or a word and is whole, else undefined. */
function toFirstMembers(head: string): Readonly<Record<string, unknown>> {
  const members = new Map<string, unknown>();
  let level = 0;
  let name: string | undefined;
  let last: string | undefined;
  for (const [each] of head.matchAll(token)) {
    if (each === "{" || each === "[") level += 1;
    else if (each === "}" || each === "]") level -= 1;
    else if (level !== 1) continue;
    else if (each === ":" && last !== undefined) {
      name = String(toValue(last));
      last = undefined;
      members.set(name, undefined);
    } else if (each === ",") {
      if (name !== undefined && last !== undefined) members.set(name, toValue(last));
      name = undefined;
    } else last = each;
  }
  return Object.fromEntries(members);
}

function toLastMembers(tail: string): Readonly<Record<string, unknown>> {
  const found = lastMembers.exec(tail)?.[0];
  const value = found === undefined ? undefined : toValue(`{${found.slice(1)}`);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function toValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
