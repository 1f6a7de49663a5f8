import type { Reads } from "./shared-reads.ts";

/** A document as it is kept. */
export interface DocumentRow {
  readonly id: string;
  readonly value: string;
  readonly version: number;
}

/** Documents that are kept in memory at most, and characters of one that is. */
const mostDocuments = 256;
const mostCharacters = 4_096;

/** Documents that were read before, for as long as they are as they were. */
export interface DocumentCache {
  /** The document, read where it is not known; undefined where there is none. */
  get(kind: string, id: string): DocumentRow | undefined;
  /** This connection changes it. */
  forget(kind: string, id: string): void;
  /** This connection may have changed any. */
  forgetAll(): void;
}

/**
 * Every turn reads the same few documents (who speaks, what was set for the
 * conversation), and hardly anyone writes them. SQLite says in a third of the
 * time of one read whether another connection has committed anything since;
 * then everything is read anew. What this connection commits it does not
 * count: who changes documents over it says so. `read` reads a document of
 * that moment or later.
 */
export function createDocumentCache({ look }: Pick<Reads, "look">, read: (kind: string, id: string) => DocumentRow | undefined): DocumentCache {
  const known = new Map<string, DocumentRow | undefined>();
  let seen: number | undefined;
  const toKey = (kind: string, id: string): string => `${kind}\n${id}`;
  return {
    get(kind, id) {
      const now = look<{ data_version: number }>("PRAGMA data_version")?.data_version;
      if (now !== seen) known.clear();
      seen = now;
      const key = toKey(kind, id);
      const row = known.get(key);
      if (row !== undefined || known.has(key)) return row;
      const found = read(kind, id);
      if (known.size >= mostDocuments) known.clear();
      if ((found?.value.length ?? 0) <= mostCharacters && key.length <= mostCharacters) known.set(key, found);
      return found;
    },
    forget: (kind, id) => void known.delete(toKey(kind, id)),
    forgetAll: () => known.clear(),
  };
}
