import type { Episode, JsonObject, JsonValue, Memory, ScopeReference, Store } from "@omni/core";
import type { MemoryPages } from "./memory-pages.ts";
import { mostFacts } from "./page-text.ts";
import { toScopes } from "../memory-scopes.ts";

const kind = "memory-promoted";

/** Most ids that are noted for one page, the newest: twice as many as it has items that count, since a person may have taken out as many again. */
export const mostNoted: number = 2 * mostFacts;

/** Memories that are listed in one go; a whole number of times they are as many as are noted. */
const pageSize = 500;

/** What promotions are written with. */
export interface PromotionParts {
  readonly memory: Memory;
  readonly pages: Pick<MemoryPages, "add">;
  readonly store: Pick<Store, "getDocument" | "putDocument">;
}

/** Ids of promoted memories, as a document of a workspace has them. */
interface Notes {
  /** On the page, or taken out of it or reworded since, which is a person's to do and stays; or promoted before the page was looked after. */
  readonly written: readonly string[];
  /** To be written. */
  readonly waiting: readonly string[];
}

/** Notes that these are to be written onto the page of a workspace, those that were already left out. */
export async function awaitPromoted(workspace: string, ids: readonly string[], { store }: Pick<PromotionParts, "store">): Promise<void> {
  const { written, waiting } = toNotes((await store.getDocument(kind, workspace))?.value);
  const noted = new Set([...written, ...waiting]);
  if (ids.every((id) => noted.has(id))) return;
  await change(workspace, store, (now) => ({ ...now, waiting: [...now.waiting, ...ids.filter((id) => !now.written.includes(id))] }));
}

/**
 * Ids of what stands promoted and may be on a page, the oldest first, at most
 * as many as are noted. None of a memory that tells nothing of an id: nothing
 * of it is ever written.
 */
export async function listPromoted(memory: Memory): Promise<readonly string[]> {
  const found = new Set<string>();
  if (memory.get === undefined) return [];
  for (let offset = 0; offset < mostNoted; offset += pageSize) {
    const page = await memory.list({ scopes: scopesOfAll, standing: "promoted", limit: pageSize, offset });
    // A memory that does not know `standing` gives others too.
    for (const each of page) if (each.standing === "promoted" && isForAll(each)) found.add(each.id);
    if (page.length < pageSize) break;
  }
  return [...found].toReversed();
}

/**
 * Notes of what stands promoted, before the gate decides anew, that it is to
 * be written where nothing is noted of it: that was lost between an earlier
 * decision and its note. A page that is looked after for the first time is
 * not filled with all that was ever promoted elsewhere: that counts as
 * written. Notes that are full may have dropped what is on the page or was
 * taken out of it, which nothing tells from what was lost: then nothing is
 * taken for lost, so that nothing is written again, and what the gate reports
 * is all that is added.
 */
export async function awaitLost(workspace: string, promoted: readonly string[], { store }: Pick<PromotionParts, "store">): Promise<void> {
  const found = await store.getDocument(kind, workspace);
  // Where another process is faster, it notes the same.
  if (found === undefined) await store.putDocument(kind, workspace, toDocument({ written: promoted, waiting: [] }), 0);
  else if (toNotes(found.value).written.length < mostNoted) await awaitPromoted(workspace, promoted, { store });
}

/**
 * Writes what waits onto the page of a workspace, then notes that it was.
 * Killed in between, it is found on the page the next time; rejected, it waits
 * for that. What not every reader of the page may know is written nowhere.
 */
export async function writePromoted(workspace: string, { memory, pages, store }: PromotionParts): Promise<void> {
  const { waiting } = toNotes((await store.getDocument(kind, workspace))?.value);
  if (waiting.length === 0) return;
  const known = (await memory.get?.(waiting)) ?? [];
  const shared = known.filter(isForAll);
  if (shared.length > 0) await pages.add(workspace, shared.map(({ text }) => text));
  const settled = new Set(waiting);
  await change(workspace, store, (now) => ({ written: [...now.written, ...shared.map(({ id }) => id)], waiting: now.waiting.filter((id) => !settled.has(id)) }));
}

/** Where everybody looks who is told what a page says: every session that works in its folder, whoever speaks there. */
const scopesOfAll: readonly ScopeReference[] = toScopes("global", { sessionId: "", principal: { id: "" } }).filter(({ scope }) => scope === "agent" || scope === "global");

function isForAll({ scope, source, standing }: Episode): boolean {
  return source.trusted && standing !== "retired" && scopesOfAll.some((each) => each.scope === scope.scope && each.owner === scope.owner);
}

/** Another process may settle the same page: what it has noted stays. */
async function change(workspace: string, store: PromotionParts["store"], next: (notes: Notes) => Notes): Promise<void> {
  for (;;) {
    const found = await store.getDocument(kind, workspace);
    if (await store.putDocument(kind, workspace, toDocument(next(toNotes(found?.value))), found?.version ?? 0)) return;
  }
}

function toDocument({ written, waiting }: Notes): JsonObject {
  const toNewest = (ids: readonly string[]): string[] => [...new Set(ids)].slice(-mostNoted);
  return { written: toNewest(written), waiting: toNewest(waiting) };
}

function toNotes(value: JsonValue | undefined): Notes {
  const read = (name: keyof Notes): readonly string[] => {
    const field = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject)[name] : undefined;
    return Array.isArray(field) ? (field as readonly JsonValue[]).filter((id) => typeof id === "string") : [];
  };
  return { written: read("written"), waiting: read("waiting") };
}
