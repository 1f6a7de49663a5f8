import type { Message } from "@omni/core";

/** The person's own words of a message: its last text, without what the loop framed before it. */
export function toPersonText(message: Extract<Message, { role: "user" }>): string {
  const texts = message.content.flatMap((block) => (block.type === "text" ? [block.text] : []));
  let text = (texts.at(-1) ?? "").trim();
  // Where everything is one block, the framed parts stand at its head: <time>…</time>, <recalled …>…</recalled>.
  for (let frame = toFrame(text); frame !== undefined; frame = toFrame(text)) text = text.slice(frame).trimStart();
  return text;
}

/** Length of the framed block at the head of a text; undefined when there is none, or nothing after it. */
function toFrame(text: string): number | undefined {
  const tag = /^<([a-z][a-z-]*)(?: [^>\n]*)?>/.exec(text)?.[1];
  if (tag === undefined) return undefined;
  const close = `</${tag}>`;
  const at = text.indexOf(close);
  const end = at + close.length;
  return at === -1 || text.slice(end).trim() === "" ? undefined : end;
}
