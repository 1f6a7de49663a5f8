/** Where a memory is visible. Recall crosses a scope only where configuration says so. */
export type MemoryScope = "session" | "user" | "agent" | "global";

/** A scope with whose it is: `{ scope: "session", owner: "cli:default" }`. */
export interface ScopeReference {
  readonly scope: MemoryScope;
  readonly owner: string;
}

/** Where a memory came from. */
export interface MemorySource {
  readonly sessionId?: string;
  readonly turnId?: string;
  /** False for what came from strangers or the open world: never promoted by itself. */
  readonly trusted: boolean;
}

/** What is stored: an experience, something that was said, or a plain fact. */
export interface NewEpisode {
  readonly kind: "episode" | "passage" | "fact";
  /** Given for repeatable writes: storing the same id again changes nothing. Made when absent. */
  readonly id?: string;
  /** The text of a passage or fact, or what an episode's intent, experience and outcome say together. */
  readonly text?: string;
  readonly intent?: string;
  readonly experience?: string;
  readonly outcome?: string;
  /** Who said it; `assistant` for the agent itself, `tool` for what one of its tools found. */
  readonly speaker?: string;
  /** When it was said or happened, Unix milliseconds. */
  readonly at: number;
  /** Text just before and after it, which helps to find it: one line a text, at most two each, the nearest beside it; a line may be cut, and its white space folded. */
  readonly previous?: string;
  readonly next?: string;
  readonly source: MemorySource;
  readonly scope: ScopeReference;
}

/** What the gate made of a memory: `retired` is kept and no longer recalled, `promoted` is durable knowledge. */
export type MemoryStanding = "kept" | "retired" | "promoted";

/** A stored memory. `q` is its learned utility in [0, 1], 0.5 when nothing is known. */
export interface Episode {
  readonly id: string;
  readonly kind: NewEpisode["kind"];
  readonly text: string;
  readonly intent: string;
  readonly experience: string;
  readonly outcome: string;
  readonly speaker?: string;
  readonly q: number;
  readonly uses: number;
  readonly successes: number;
  readonly failures: number;
  readonly at: number;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly source: MemorySource;
  readonly scope: ScopeReference;
  /** `kept` when absent. */
  readonly standing?: MemoryStanding;
}

/** A recalled memory: `score` orders, `similarity` and `utility` explain, all in [0, 1]. */
export interface RecalledEpisode {
  readonly episode: Episode;
  readonly score: number;
  readonly similarity: number;
  readonly utility: number;
}

/** How to recall. */
export interface RecallOptions {
  /** Scopes to look in; nothing outside them is ever returned. */
  readonly scopes: readonly ScopeReference[];
  /** Most results, best first. */
  readonly limit: number;
  /**
   * Least similarity in [0, 1]. Absent for what goes into a prompt: then the
   * memory's own floor holds, and it may give fewer experiences than `limit`.
   */
  readonly floor?: number;
  /** Ends the wait; the call rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** What a turn's outcome says about the memories that were shown in it. */
export interface Reinforcement {
  /** A turn is counted once, however often it is reported. */
  readonly turnId: string;
  readonly ids: readonly string[];
  /** In [0, 1]: 0 hindered, 1 helped. */
  readonly reward: number;
}

/** Counts for people, over every scope. */
export interface MemoryStats {
  readonly episodes: number;
  /** The model whose vectors are used; null for words alone. */
  readonly embedder: string | null;
  /** How many of each kind. */
  readonly kinds?: Readonly<Record<NewEpisode["kind"], number>>;
  /** How many the gate retired and promoted. */
  readonly retired?: number;
  readonly promoted?: number;
  /** How many have a vector of the present embedder, and how many wait for one. */
  readonly vectors?: number;
  readonly pending?: number;
}

/** A memory near another in the graph. */
export interface MemoryNeighbour {
  readonly episode: Episode;
  /** In (0, 1]: how much they share, rare things counting more. */
  readonly strength: number;
  /** What both name: people, places, numbers, quoted things. */
  readonly shared: readonly string[];
}

/** What the gate decided of one memory, with the numbers it looked at. */
export interface GateDecision {
  readonly id: string;
  readonly decision: "retain" | "retire" | "promote";
  /** For people. */
  readonly reason: string;
  readonly q: number;
  readonly uses: number;
  readonly successes: number;
  readonly failures: number;
  /** Milliseconds since it was last used, or stored when it never was. */
  readonly idle: number;
  readonly trusted: boolean;
  /** When it was decided, Unix milliseconds. */
  readonly at: number;
}

/** What tending did. */
export interface TendReport {
  /** How many utilities moved toward 0.5. */
  readonly decayed: number;
  /** One for each memory there was something new to decide about. */
  readonly decisions: readonly GateDecision[];
}

/** A memory with all that is known of it, as it is carried from one memory to another. */
export interface ExportedEpisode extends Episode {
  readonly previous?: string;
  readonly next?: string;
}

/**
 * Long-term memory that learns which experience helps.
 *
 * Obligations of an implementer:
 * - `store` resolves once the episode is durable, with its id.
 * - `recall` treats the query as words of a person: no character in it is
 *   syntax, and a query that fits nothing recalls nothing.
 * - `reinforce` moves `q` of the named ids toward the reward, once per turn id;
 *   where experiences are among them it may move these alone.
 * - `forget` removes every trace; it resolves with how many existed.
 * - Order is by score, then the newer first, and the same call gives the same order.
 *
 * The members that may be absent are abilities that not every memory has: a
 * caller looks whether they are there, and does without.
 */
export interface Memory {
  store(episode: NewEpisode): Promise<string>;
  recall(query: string, options: RecallOptions): Promise<readonly RecalledEpisode[]>;
  reinforce(reinforcement: Reinforcement): Promise<void>;
  forget(ids: readonly string[]): Promise<number>;
  /** What is kept in these scopes, retired memories too; with `standing` only those of which the gate made that. */
  list(options: { readonly scopes: readonly ScopeReference[]; readonly limit: number; readonly offset?: number; readonly standing?: MemoryStanding }): Promise<readonly Episode[]>;
  stats(): Promise<MemoryStats>;
  /** Those of the ids that exist, in the order asked for, retired ones too. */
  get?(ids: readonly string[]): Promise<readonly Episode[]>;
  /** What shares people, places or things with these, the nearest first; never one of them, nothing outside the scopes. */
  neighbours?(ids: readonly string[], options: { readonly scopes: readonly ScopeReference[]; readonly limit: number }): Promise<readonly MemoryNeighbour[]>;
  /**
   * Lets time pass, whenever there is leisure: utility falls back toward 0.5
   * by the time since it was last tended, and the gate retains, retires or
   * promotes. What is not trusted is never promoted. A second call at the
   * same time changes nothing.
   */
  tend?(): Promise<TendReport>;
  /** Every scope in which something is kept, each once: for those who look after the memory. */
  scopes?(): Promise<readonly ScopeReference[]>;
  /** Everything, the oldest stored first. What is stored meanwhile may be missing. */
  export?(): AsyncIterable<ExportedEpisode>;
  /** Takes in what was exported, with what was learned; an id that is known stays as it is. Resolves with how many were new. */
  import?(episodes: Iterable<ExportedEpisode> | AsyncIterable<ExportedEpisode>): Promise<number>;
  /** Looks at integrity, for people; slow is allowed, wrong is not. */
  check?(): Promise<{ readonly ok: boolean; readonly detail: string }>;
  /**
   * Writes a copy of everything, as it is at one moment, into this folder,
   * which is absolute, there, and the caller's; an empty copy where nothing is
   * remembered. A memory whose state folder it is, and that is made without
   * options, is the copy. Others go on reading and writing meanwhile. What was
   * forgotten is not in the copy.
   */
  backup?(folder: string): Promise<void>;
  /**
   * Puts what a copy in this folder holds in the place of everything, at once:
   * killed anywhere, it is done or it is not. Rejects with `memory.failed`
   * where there is no copy that can be opened; then nothing was changed.
   * Afterwards the memory is closed, and is opened anew.
   */
  restore?(folder: string): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}
