import type { RawData } from "ws";
import { mostIdCharacters } from "./frames.ts";

/** Most bytes of a frame that is refused in which its id is looked for. */
const mostRead = 1_024;

/** A text or a sign of JSON; a text that is cut off goes to the end. It fits at every quote, so nothing is read twice. */
const token = /"(?:[^"\\]|\\.?)*(?:"|$)|[{}[\]:,]/gs;

/** The id of a frame that is refused as it comes; undefined where there is none in its first 1,024 bytes. The frame is not read any further, whatever its length. */
export function findFrameId(given: RawData): string | undefined {
  if (Array.isArray(given)) return undefined;
  const head = (given instanceof ArrayBuffer ? Buffer.from(given) : given).subarray(0, mostRead).toString();
  let level = 0;
  let name: string | undefined;
  let last: string | undefined;
  let id: string | undefined;
  for (const [each] of head.matchAll(token)) {
    if (each === "{" || each === "[") level += 1;
    else if (each === "}" || each === "]") level -= 1;
    else if (level !== 1) continue;
    else if (each === ":") name = last;
    else if (each === ",") name = undefined;
    else {
      if (name === '"id"') id = toId(each);
      last = each;
    }
  }
  return id;
}

/** What the text says, where it is whole and short enough. */
function toId(text: string): string | undefined {
  try {
    const id: unknown = JSON.parse(text);
    return typeof id === "string" && id.length <= mostIdCharacters ? id : undefined;
  } catch {
    return undefined;
  }
}
