import type { NamedKey } from "./terminal-key.ts";
import { toKey } from "./terminal-key.ts";

/** Final letters of CSI and SS3. */
const letters: Readonly<Record<string, string>> = { A: "up", B: "down", C: "right", D: "left", H: "home", F: "end", M: "enter", Z: "tab" };

/** Numbers before `~`. */
const numbers: Readonly<Record<string, string>> = { 1: "home", 2: "insert", 3: "delete", 4: "end", 5: "pageup", 6: "pagedown", 7: "home", 8: "end" };

/** Code points that have a name, in the forms that send keys as numbers. */
const points: Readonly<Record<number, string>> = { 8: "backspace", 9: "tab", 10: "newline", 13: "enter", 27: "escape", 127: "backspace" };

/** The key of a whole CSI or SS3 sequence without its introducer; undefined for what is no key, or none that is known here. */
export function toSequenceKey(body: string): NamedKey | undefined {
  const final = body.at(-1) ?? "";
  const [first = "", second = "", third = ""] = body.slice(0, -1).split(";");
  if (final === "~" && first === "27") return toPointKey(third, second);
  if (final === "u") return toPointKey(first, second);
  const name = final === "~" ? numbers[first] : /^\d*$/.test(first) ? letters[final] : undefined;
  if (name === undefined) return undefined;
  return toKey(name, final === "Z" ? { isShift: true } : toHeld(second));
}

/** A key that is sent as the number of its character, with what was held. */
function toPointKey(point: string, modifier: string): NamedKey | undefined {
  const code = Number(point.split(":")[0]);
  const name = points[code] ?? (code > 32 && code <= 0x10_ffff ? String.fromCodePoint(code).toLowerCase() : undefined);
  return name === undefined ? undefined : toKey(name, toHeld(modifier));
}

function toHeld(modifier: string): { readonly isCtrl: boolean; readonly isAlt: boolean; readonly isShift: boolean } {
  const bits = Math.max(0, Number(modifier.split(":")[0] ?? "") - 1) || 0;
  return { isShift: (bits & 1) !== 0, isAlt: (bits & 2) !== 0, isCtrl: (bits & 4) !== 0 };
}
