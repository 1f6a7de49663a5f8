import type { Embedder, Memory, NewEpisode, RecalledEpisode, RecallOptions, ScopeReference } from "@omni/core";
import type { ContractCase } from "./contract.ts";
import type { MemoryPlace } from "./memory.ts";

/** The scope the cases store in. */
export const mine: ScopeReference = { scope: "session", owner: "cli:default" };

/** The time of the first stored text; the next ones are later by a second. */
export const firstTime = 1_700_000_000_000;

/** What a case works with. */
export interface MemoryScene {
  readonly memory: Memory;
  /** The place's memory once more, as another process would open it. */
  reopen(embedder?: Embedder): Promise<Memory>;
  /** Opens what was copied into this folder. */
  openCopy(folder: string): Promise<Memory>;
  /** Lets time pass. */
  pass(milliseconds: number): Promise<void>;
}

/** What else a case asks for. */
export interface MemoryCaseOptions {
  /** The ability it needs. */
  readonly needs?: string;
  /** Makes the embedder of its memory. */
  readonly embedder?: () => Embedder;
}

/** A case on the memory of a new place. All that was opened is closed after it. */
export function memoryCase(id: string, title: string, body: (memory: Memory, reopen: () => Promise<Memory>) => Promise<void>): ContractCase<MemoryPlace> {
  return memoryScene(id, title, {}, ({ memory, reopen }) => body(memory, () => reopen()));
}

/** A case that needs an ability. */
export function memoryScene(id: string, title: string, { needs, embedder }: MemoryCaseOptions, body: (scene: MemoryScene) => Promise<void>): ContractCase<MemoryPlace> {
  const run: ContractCase<MemoryPlace>["run"] = async (create) => {
    const place = await create();
    const opened: Memory[] = [];
    const open = async (given?: Embedder): Promise<Memory> => {
      const memory = await place.open(given === undefined ? undefined : { embedder: given });
      opened.push(memory);
      return memory;
    };
    const openCopy = async (folder: string): Promise<Memory> => {
      if (place.openCopy === undefined) throw new Error("the place cannot open a copy");
      const memory = await place.openCopy(folder);
      opened.push(memory);
      return memory;
    };
    const pass = async (milliseconds: number): Promise<void> => {
      if (place.pass === undefined) throw new Error("the place cannot let time pass");
      await place.pass(milliseconds);
    };
    try {
      await body({ memory: await open(embedder?.()), reopen: open, openCopy, pass });
    } finally {
      for (const memory of opened) await memory.close();
      await place.dispose();
    }
  };
  return { id, title, ...(needs === undefined ? {} : { needs }), run };
}

/** A member that an implementation may leave out; a case that uses it names the ability. */
export function ability<Member>(member: Member | undefined, name: string): Member {
  if (member === undefined) throw new Error(`the memory has no ${name}`);
  return member;
}

/** A passage said by a trusted person in the cases' scope, with what is given in its place. */
export function toNew(text: string, parts: Partial<NewEpisode> = {}): NewEpisode {
  return { kind: "passage", text, at: firstTime, source: { trusted: true }, scope: mine, ...parts };
}

/** Stores texts one after the other, a second apart; gives their ids. */
export async function storeAll(memory: Memory, texts: readonly string[], parts: Partial<NewEpisode> = {}): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const [index, text] of texts.entries()) ids.push(await memory.store(toNew(text, { at: firstTime + index * 1_000, ...parts })));
  return ids;
}

/** Recalls in the cases' scope. */
export function recall(memory: Memory, query: string, options: Partial<RecallOptions> = {}): Promise<readonly RecalledEpisode[]> {
  return memory.recall(query, { scopes: [mine], limit: 10, ...options });
}

/** The recalled texts, best first. */
export async function recallTexts(memory: Memory, query: string, options: Partial<RecallOptions> = {}): Promise<readonly string[]> {
  return (await recall(memory, query, options)).map(({ episode }) => episode.text);
}

/** Texts listed in the cases' scope. */
export async function listTexts(memory: Memory): Promise<readonly string[]> {
  return (await memory.list({ scopes: [mine], limit: 1_000 })).map((episode) => episode.text);
}
