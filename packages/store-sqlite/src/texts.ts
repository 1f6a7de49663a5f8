import type { Store } from "@omni/core";
import type { StoreParts } from "./store-parts.ts";

/** UTF-16 units of a text in one row: a page of it reads one or two rows, whatever the text's length. */
export const chunkUnits = 65_536;

/** How the units of a chunk are kept: one byte each where all are below 256, else two. Both keep lone surrogates. */
type ChunkEncoding = "latin1" | "utf16le";

interface ChunkRow {
  readonly encoding: ChunkEncoding;
  readonly units: Uint8Array;
}

/** Every statement of texts; a test looks at their plans. */
export const textSql = {
  insert: "INSERT INTO text (id, session_id, turn_id, length) VALUES (?, ?, ?, ?)",
  taken: "SELECT seq, length FROM text WHERE id = ?",
  chunk: "INSERT INTO text_chunk (text, part, encoding, units) VALUES (?, ?, ?, ?)",
  find: "SELECT seq, length FROM text WHERE id = ? AND session_id = ?",
  read: "SELECT encoding, units FROM text_chunk WHERE text = ? AND part BETWEEN ? AND ? ORDER BY part",
} as const;

/** Long texts, kept in chunks. */
export function createTexts({ database, writes, host }: Pick<StoreParts, "database" | "writes" | "host">): Pick<Store, "putText" | "readText"> {
  return {
    // Whatever points at the text is written after it, into the same log, and its commit takes the text along to the disk.
    putText: (sessionId, turnId, text) =>
      writes.writeQuick(() => {
        let id = host.random.id();
        while (database.get(textSql.taken, id) !== undefined) id = host.random.id();
        const seq = database.insert(textSql.insert, id, sessionId, turnId, text.length);
        for (let start = 0; start < text.length; start += chunkUnits) {
          const { encoding, units } = toChunk(text.slice(start, start + chunkUnits));
          database.run(textSql.chunk, seq, start / chunkUnits, encoding, units);
        }
        return id;
      }),
    async readText(sessionId, checkpointId, { offset, limit }) {
      const found = database.get<{ seq: number; length: number }>(textSql.find, checkpointId, sessionId);
      if (found === undefined) return undefined;
      const from = clamp(offset, found.length);
      const to = clamp(from + clamp(limit, found.length), found.length);
      if (to <= from) return { text: "", length: found.length };
      const first = Math.floor(from / chunkUnits);
      const rows = database.all<ChunkRow>(textSql.read, found.seq, first, Math.floor((to - 1) / chunkUnits));
      const start = first * chunkUnits;
      return { text: rows.map(fromChunk).join("").slice(from - start, to - start), length: found.length };
    },
  };
}

function clamp(value: number, length: number): number {
  return Math.min(Math.max(Math.trunc(value) || 0, 0), length);
}

function toChunk(text: string): ChunkRow {
  const encoding: ChunkEncoding = /^[\u0000-\u00ff]*$/.test(text) ? "latin1" : "utf16le";
  return { encoding, units: Buffer.from(text, encoding) };
}

/** The text of a kept chunk. */
function fromChunk({ encoding, units }: ChunkRow): string {
  return Buffer.from(units.buffer, units.byteOffset, units.byteLength).toString(encoding);
}
