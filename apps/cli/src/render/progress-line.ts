import type { ContentBlock } from "@omni/core";
import { unframe } from "@omni/runtime";
import type { ShownEvent, ShownResult } from "../shown-event.ts";
import type { Style } from "./style.ts";
import { toFit } from "./text-width.ts";
import { toOneLine } from "./safe-text.ts";

/** Cells of a progress line where the output has no width of its own. */
const plainColumns = 200;

/** What a person is told of an event while a turn runs, one line without its end; undefined for what is not told. */
export function toProgressLine(event: ShownEvent, style: Style): string | undefined {
  switch (event.type) {
    case "tool-call":
      return style.dim(fit(`call ${event.name} ${JSON.stringify(event.arguments)}`, style));
    case "tool-result":
      return toResultLine(event, style);
    case "progress":
      return style.dim(fit(`     ${event.text}`, style));
    case "trim":
      return style.dim(fit(`note the context was cut from ${event.tokensBefore} to ${event.tokensAfter} tokens`, style));
    case "text-reset":
      return style.dim(fit(event.reason === "recovered" ? "note the turn begins again after an interruption" : "note some of the progress was too fast to be shown", style));
    case "note":
      return style.dim(fit(`note ${event.text}`, style));
    default:
      return undefined;
  }
}

function toResultLine(event: ShownResult, style: Style): string {
  const text = toText(event.content);
  if (event.status === "completed") return style.good(fit(`done ${event.name}${toSize(text, event.lines)}`, style));
  return style.bad(fit(`${event.status === "unknown" ? "lost" : event.status === "denied" ? "deny" : "fail"} ${event.name}: ${text}`, style));
}

/** The texts of a content, one after the other; what is no text is named in brackets. */
export function toText(content: readonly ContentBlock[]): string {
  return content.map((block) => (block.type === "text" ? unframe(block.text) : `[${block.type}]`)).join("\n");
}

function toSize(text: string, told: ShownResult["lines"]): string {
  if (told === "unknown") return "";
  const lines = told ?? (text.trimEnd() === "" ? 0 : text.trimEnd().split("\n").length);
  if (lines === 1 && text.length <= 80) return `: ${text}`;
  return lines === 0 ? "" : `: ${lines} lines`;
}

function fit(text: string, style: Style): string {
  const indent = /^ */.exec(text)?.[0] ?? "";
  return toFit(indent + toOneLine(text), style.columns ?? plainColumns);
}
