import type { SlotName } from "@omni/core";
import { OmniError } from "@omni/core";
import { findNearest } from "../find-nearest.ts";

/** Every slot that a package can fill. */
const slots: Readonly<Record<SlotName, true>> = { provider: true, channel: true, memory: true, window: true, tool: true, policy: true, store: true, embedder: true, sandbox: true, hook: true };

/** Most characters of a name, so that the folder's and the package's stay within what systems and registries take. */
const mostCharacters = 64;

/** Most characters of a package name (npm's own bound). */
const mostOfPackage = 214;

/** The slot a word names. Rejects with `usage.invalid` and the nearest one. */
export async function toSlot(word: string): Promise<SlotName> {
  if (isSlot(word)) return word;
  const names = Object.keys(slots);
  const nearest = await findNearest(word, names);
  throw new OmniError("usage.invalid", `There is no slot ${JSON.stringify(word.slice(0, 80))}; ${nearest === undefined ? `there are ${names.join(", ")}` : `did you mean ${nearest}?`} Nothing was made.`);
}

function isSlot(word: string): word is SlotName {
  return Object.hasOwn(slots, word);
}

/** The name of an implementation, checked. It becomes part of a folder, of a package, of identifiers and of tools. Throws `usage.invalid`. */
export function toName(word: string): string {
  if (word.length <= mostCharacters && /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(word)) return word;
  const mended = toKebab(word);
  const hint = mended === undefined ? "such as my-own" : `such as ${mended}`;
  throw new OmniError("usage.invalid", `The name ${JSON.stringify(word.slice(0, 80))} cannot be taken: write at most ${mostCharacters} letters a to z, digits and single dashes, beginning with a letter, ${hint}. Nothing was made.`);
}

function toKebab(word: string): string | undefined {
  const kebab = word
    .slice(0, mostCharacters)
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "-")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "");
  return kebab === "" ? undefined : kebab;
}

/** The name of a package, checked as registries do. Throws `usage.invalid`. */
export function toPackageName(word: string): string {
  if (word.length <= mostOfPackage && /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(word)) return word;
  throw new OmniError("usage.invalid", `The package name ${JSON.stringify(word.slice(0, 80))} cannot be taken: write small letters, digits, dashes and dots, such as omni-memory-own or @me/memory-own. Nothing was made.`);
}

/** `my-own` as part of an identifier: `MyOwn`. */
export function toPascal(name: string): string {
  return name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
