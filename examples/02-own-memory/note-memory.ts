import type { Episode, Memory, OmniModule } from "@omni/core";

/** What the memory knows. */
interface NoteMemoryOptions {
  readonly note: string;
}

/** Makes a memory that knows one note and recalls it when a word of it is asked for. */
function createNoteMemory(options: NoteMemoryOptions): Memory {
  const scope = { scope: "global", owner: "" } as const;
  const note: Episode = { id: "note", kind: "fact", text: options.note, intent: "", experience: "", outcome: "", q: 0.5, uses: 0, successes: 0, failures: 0, at: 0, createdAt: 0, lastUsedAt: 0, source: { trusted: true }, scope };
  const words = (text: string): readonly string[] => text.toLowerCase().match(/\p{L}{4,}/gu) ?? [];
  return {
    store: async () => note.id,
    async recall(query) {
      const isAsked = words(query).some((word) => words(options.note).includes(word));
      return isAsked ? [{ episode: note, score: 1, similarity: 1, utility: note.q }] : [];
    },
    reinforce: async () => undefined,
    forget: async () => 0,
    list: async () => [note],
    stats: async () => ({ episodes: 1, embedder: null }),
    close: async () => undefined,
  };
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"memory", NoteMemoryOptions> = {
  slot: "memory",
  name: "note",
  contract: 1,
  options: {
    jsonSchema: { type: "object", properties: { note: { type: "string" } }, required: ["note"], additionalProperties: false },
    parse: (value) => value as NoteMemoryOptions,
  },
  create: createNoteMemory,
};
