import type { JsonValue, Store } from "@omni/core";
import type { DocumentCache, DocumentRow } from "./document-cache.ts";
import type { StoreParts } from "./store-parts.ts";

/** Every statement of documents; a test looks at their plans. */
export const documentSql = {
  get: "SELECT id, value, version FROM document WHERE kind = ? AND id = ?",
  list: "SELECT id, value, version FROM document WHERE kind = ? ORDER BY id",
  next: "INSERT INTO counter (name, value) VALUES ('document', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
  put: "INSERT OR REPLACE INTO document (kind, id, version, value) VALUES (?, ?, ?, ?)",
  remove: "DELETE FROM document WHERE kind = ? AND id = ?",
} as const;

type Documents = Pick<Store, "getDocument" | "putDocument" | "listDocuments" | "deleteDocument">;

interface DocumentParts extends Pick<StoreParts, "database" | "reads" | "writes"> {
  readonly cache: DocumentCache;
}

/** Small named documents. Versions come from one counter, so one that was deleted and made anew never has an old version. */
export function createDocuments({ database, reads, writes, cache }: DocumentParts): Documents {
  return {
    async getDocument(kind, id) {
      const row = cache.get(kind, id);
      return row === undefined ? undefined : { value: JSON.parse(row.value) as JsonValue, version: row.version };
    },
    putDocument: (kind, id, value, ifVersion) =>
      writes.write(() => {
        const current = database.get<DocumentRow>(documentSql.get, kind, id)?.version ?? 0;
        if (ifVersion !== undefined && ifVersion !== current) return false;
        cache.forget(kind, id);
        const version = database.get<{ value: number }>(documentSql.next)?.value ?? 0;
        database.run(documentSql.put, kind, id, version, JSON.stringify(value));
        return true;
      }),
    listDocuments: async (kind) => reads.all<DocumentRow>(documentSql.list, kind).map(({ id, value, version }) => ({ id, value: JSON.parse(value) as JsonValue, version })),
    deleteDocument: (kind, id) =>
      writes.write(() => {
        cache.forget(kind, id);
        return database.run(documentSql.remove, kind, id) > 0;
      }),
  };
}
