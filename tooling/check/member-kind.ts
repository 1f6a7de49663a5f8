/** The room a package stands in. `beside` is what may hang on core alone: a client of a running gateway. */
export type MemberKind = "core" | "agent" | "slot" | "testkit" | "runtime" | "preset" | "app" | "beside" | "private";

/** What a folder name such as `memory-map` says. */
export interface SlotPackage {
  readonly slot: string;
  /** The name in configuration: `map`. */
  readonly name: string;
  /** `MapMemory`, in front of `Options` and behind `create`. */
  readonly title: string;
  /** `mapMemory`, in front of `Options`. */
  readonly variable: string;
}

/** The slots, as the folders name them. */
export const slotNames: readonly string[] = ["provider", "channel", "memory", "window", "tool", "policy", "store", "embedder", "sandbox", "hook"];

/** Names that are not written as the folder suggests. */
const irregular: ReadonlyMap<string, string> = new Map([["openai", "OpenAI"]]);

const byFolder: ReadonlyMap<string, MemberKind> = new Map([
  ["packages/core", "core"],
  ["packages/agent", "agent"],
  ["packages/testkit", "testkit"],
  ["packages/runtime", "runtime"],
  ["packages/client", "beside"],
  ["packages/chaos", "private"],
]);

/** The kind of the package in `folder`, by its name alone. */
export function toMemberKind(folder: string): MemberKind {
  const known = byFolder.get(folder);
  if (known !== undefined) return known;
  if (folder.startsWith("apps/")) return "app";
  if (folder.startsWith("packages/preset-")) return "preset";
  if (toSlotPackage(folder) !== undefined) return "slot";
  return folder.startsWith("packages/") ? "beside" : "private";
}

/** What the folder of a slot package says; undefined for any other. */
export function toSlotPackage(folder: string): SlotPackage | undefined {
  const [, slot, name] = /^packages\/([a-z]+)-([a-z0-9-]+)$/.exec(folder) ?? [];
  if (slot === undefined || name === undefined || !slotNames.includes(slot)) return undefined;
  const title = name.split("-").map((part) => irregular.get(part) ?? capitalised(part)).join("") + capitalised(slot);
  return { slot, name, title, variable: title.slice(0, 1).toLowerCase() + title.slice(1) };
}

function capitalised(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
