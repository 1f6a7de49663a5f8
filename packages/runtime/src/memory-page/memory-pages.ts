import type { Clock, Files, JsonValue, Log, Memory, RootedFiles, ScopeReference, Store } from "@omni/core";
import { isOmniError, OmniError, toOmniError } from "@omni/core";
import { createKeyedOrder } from "../keyed-order.ts";
import { mostFacts, toFacts, withFacts } from "./page-text.ts";
import { toSha256 } from "../sha256.ts";

/** The page's name in a workspace. */
const pageName = "MEMORY.md";

/** Most bytes of a page that is read. */
const mostBytes = 1_048_576;

/** Most workspaces that are remembered as looked at. */
const mostWorkspaces = 256;

/** Items that are handed to the memory at once: what comes together it can write together. */
const storedTogether = 64;

const kind = "memory-page";

/** What pages are kept with. */
export interface MemoryPagesParts {
  readonly memory: Memory;
  readonly files: Files;
  readonly store: Pick<Store, "getDocument" | "putDocument">;
  readonly clock: Clock;
  readonly log: Log;
}

/** The pages on which people read and write what is known for good, one a workspace. */
export interface MemoryPages {
  /**
   * Brings the memory in step with the page of a workspace when that was
   * edited: new items are learned, and what is no longer there is forgotten. A
   * page that is not there, or cannot be read as text, changes nothing. Never
   * rejects.
   */
  sync(workspace: string): Promise<void>;
  /** Writes facts onto the page, and makes it where there is none. Rejects where it is no text or cannot be read or written, and as the memory does; what comes behind it is not held up by that. */
  add(workspace: string, facts: readonly string[]): Promise<void>;
}

/** Where the facts of a workspace's page are kept: with the folder, for every session that works in it. */
export function toPageScope(workspace: string): ScopeReference {
  return { scope: "agent", owner: `workspace ${workspace}` };
}

/** Makes the pages of a memory. */
export function createMemoryPages(parts: MemoryPagesParts): MemoryPages {
  const { files, log } = parts;
  const seen = new Map<string, string>();
  /** One change of a page at a time. */
  const inTurn = createKeyedOrder();
  const waiting = new Map<string, Promise<void>>();
  const look = async (workspace: string): Promise<void> => {
    try {
      const rooted = files.within(workspace);
      const entry = await rooted.stat(pageName);
      if (entry === undefined) return;
      const stamp = `${entry.modifiedAt} ${entry.size}`;
      if (seen.get(workspace) === stamp) return;
      await read(workspace, rooted, parts);
      if (seen.size >= mostWorkspaces) seen.clear();
      seen.set(workspace, stamp);
    } catch (error) {
      log.warn("the page of what is known here could not be read; what is known stays as it is", { workspace, message: toOmniError(error).message });
    }
  };
  return {
    sync(workspace) {
      // A look that has not begun sees for all that come before it does: many turns at once would else wait for as many looks.
      const shared = waiting.get(workspace);
      if (shared !== undefined) return shared;
      const mine = inTurn.of(workspace, () => {
        waiting.delete(workspace);
        return look(workspace);
      });
      waiting.set(workspace, mine);
      return mine;
    },
    add: (workspace, facts) =>
      inTurn.of(workspace, async () => {
        const rooted = files.within(workspace);
        const page = await readPage(rooted);
        const next = withFacts(page, facts);
        if (next !== page) await rooted.write(pageName, next);
        await read(workspace, rooted, parts);
      }),
  };
}

async function read(workspace: string, rooted: RootedFiles, { memory, store, clock, log }: MemoryPagesParts): Promise<void> {
  const page = await readPage(rooted);
  if (page === undefined) return;
  const { facts, isCut } = toFacts(page);
  if (isCut) log.warn(`${pageName} has more than ${mostFacts} items; the first ${mostFacts} count`, { workspace });
  const wanted = new Map(facts.map((fact) => [toId(workspace, fact), fact]));
  const known = new Set(toIds((await store.getDocument(kind, workspace))?.value));
  const missing = await toMissing([...wanted.keys()], memory);
  // Noted before it is learned: what an interruption leaves behind is forgotten with its item.
  if (missing.some((id) => !known.has(id))) await store.putDocument(kind, workspace, [...new Set([...known, ...missing])]);
  const learn = (id: string): Promise<string> => memory.store({ id, kind: "fact", text: wanted.get(id) ?? "", at: clock.now(), source: { trusted: true }, scope: toPageScope(workspace) });
  for (let start = 0; start < missing.length; start += storedTogether) await Promise.all(missing.slice(start, start + storedTogether).map(learn));
  const gone = [...known].filter((id) => !wanted.has(id));
  if (gone.length === 0) return;
  await memory.forget(gone);
  await store.putDocument(kind, workspace, [...wanted.keys()]);
}

/** What the page says and the memory does not know; it may be another than the one that learned it. One that cannot be asked is told everything: what it knows already changes nothing. */
async function toMissing(ids: readonly string[], memory: Memory): Promise<readonly string[]> {
  const kept = new Set((await memory.get?.(ids))?.map(({ id }) => id));
  return ids.filter((id) => !kept.has(id));
}

/** The page's text; undefined where there is none. Throws for what is no text. */
async function readPage(rooted: RootedFiles): Promise<string | undefined> {
  try {
    const bytes = await rooted.read(pageName, { limit: mostBytes + 1 });
    if (bytes.length > mostBytes) throw new OmniError("files.too-large", `${pageName} is larger than ${mostBytes} bytes; make it shorter.`);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (isOmniError(error) && error.code === "files.not-found") return undefined;
    throw error;
  }
}

function toId(workspace: string, fact: string): string {
  return `page-${toSha256(JSON.stringify([workspace, fact])).slice(0, 32)}`;
}

function toIds(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter((id) => typeof id === "string") : [];
}
