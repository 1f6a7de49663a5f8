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
  readonly speaker?: string;
  /** When it was said or happened, Unix milliseconds. */
  readonly at: number;
  /** Text just before and after it, which helps to find it. */
  readonly previous?: string;
  readonly next?: string;
  readonly source: MemorySource;
  readonly scope: ScopeReference;
}

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
  /** Least similarity in [0, 1]; the memory's own default when absent. */
  readonly floor?: number;
}

/** What a turn's outcome says about the memories that were shown in it. */
export interface Reinforcement {
  /** A turn is counted once, however often it is reported. */
  readonly turnId: string;
  readonly ids: readonly string[];
  /** In [0, 1]: 0 hindered, 1 helped. */
  readonly reward: number;
}

/** Counts for people. */
export interface MemoryStats {
  readonly episodes: number;
  readonly embedder: string | null;
}

/**
 * Long-term memory that learns which experience helps.
 *
 * Obligations of an implementer:
 * - `store` resolves once the episode is durable, with its id.
 * - `recall` treats the query as words of a person: no character in it is
 *   syntax, and a query that fits nothing recalls nothing.
 * - `reinforce` moves `q` of the named ids toward the reward, once per turn id.
 * - `forget` removes every trace; it resolves with how many existed.
 * - Order is by score, then the newer first, and the same call gives the same order.
 */
export interface Memory {
  store(episode: NewEpisode): Promise<string>;
  recall(query: string, options: RecallOptions): Promise<readonly RecalledEpisode[]>;
  reinforce(reinforcement: Reinforcement): Promise<void>;
  forget(ids: readonly string[]): Promise<number>;
  list(options: { readonly scopes: readonly ScopeReference[]; readonly limit: number; readonly offset?: number }): Promise<readonly Episode[]>;
  stats(): Promise<MemoryStats>;
  /** Idempotent. */
  close(): Promise<void>;
}
