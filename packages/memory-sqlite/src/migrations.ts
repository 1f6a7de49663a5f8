/** One step from a version of the tables to the next. */
export interface Migration {
  /** The version afterwards; numbers follow each other from 1. */
  readonly version: number;
  /** Run in one transaction, with the new version. */
  readonly sql: string;
}

/** Marks a file as Omni's memory: "OMNM" in ASCII. */
export const applicationId = 0x4f4d4e4d;

/**
 * Every version of the tables. What has been released is never edited.
 *
 * What was said (`body`, `words`) lies apart from the numbers that change
 * (`episode`): a row rewritten in place may leave a copy behind in its page,
 * and what is forgotten must be gone. `search` holds no text of its own: its
 * rows are made from `words`, and taken out with the same words. `scrub` has
 * one row: how often something was forgotten, and up to which of these times
 * the file was written anew since.
 */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE scope (
        seq INTEGER PRIMARY KEY,
        scope TEXT NOT NULL,
        owner TEXT NOT NULL,
        episodes INTEGER NOT NULL DEFAULT 0,
        UNIQUE (scope, owner)
      ) STRICT;

      CREATE TABLE episode (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        scope INTEGER NOT NULL REFERENCES scope (seq),
        kind TEXT NOT NULL,
        speaker TEXT,
        session_id TEXT,
        turn_id TEXT,
        trusted INTEGER NOT NULL,
        at REAL NOT NULL,
        created_at REAL NOT NULL,
        stretch INTEGER NOT NULL,
        q REAL NOT NULL,
        uses INTEGER NOT NULL,
        successes INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        last_used_at REAL NOT NULL,
        decayed_at REAL NOT NULL,
        decided_uses INTEGER NOT NULL,
        standing TEXT NOT NULL
      ) STRICT;
      CREATE INDEX episode_time ON episode (scope, at, seq);
      CREATE INDEX episode_session ON episode (scope, session_id, seq);
      CREATE INDEX episode_kind ON episode (kind, standing);
      CREATE INDEX episode_standing ON episode (scope, standing, at, seq) WHERE standing <> 'kept';

      CREATE TABLE body (
        episode INTEGER PRIMARY KEY REFERENCES episode (seq),
        text TEXT NOT NULL,
        intent TEXT NOT NULL,
        experience TEXT NOT NULL,
        outcome TEXT NOT NULL,
        previous TEXT,
        next TEXT
      ) STRICT;

      CREATE TABLE words (
        episode INTEGER PRIMARY KEY REFERENCES episode (seq),
        own TEXT NOT NULL,
        near TEXT NOT NULL,
        speaker TEXT NOT NULL,
        asks INTEGER NOT NULL,
        answers INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE word (
        scope INTEGER NOT NULL,
        word TEXT NOT NULL,
        episodes INTEGER NOT NULL,
        PRIMARY KEY (scope, word)
      ) STRICT, WITHOUT ROWID;
      CREATE VIRTUAL TABLE search USING fts5 (words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
      INSERT INTO search (search, rank) VALUES ('secure-delete', 1);

      CREATE TABLE entity (
        scope INTEGER NOT NULL,
        name TEXT NOT NULL,
        episode INTEGER NOT NULL REFERENCES episode (seq),
        PRIMARY KEY (scope, name, episode)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX entity_episode ON entity (episode, name);

      CREATE TABLE embedding (
        seq INTEGER PRIMARY KEY,
        model TEXT NOT NULL,
        dimensions INTEGER NOT NULL,
        version TEXT NOT NULL,
        UNIQUE (model, dimensions, version)
      ) STRICT;
      CREATE TABLE vector (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        episode INTEGER NOT NULL UNIQUE REFERENCES episode (seq),
        embedding INTEGER NOT NULL REFERENCES embedding (seq),
        scope INTEGER NOT NULL,
        numbers BLOB NOT NULL
      ) STRICT;
      CREATE INDEX vector_embedding ON vector (embedding);

      CREATE TABLE turn (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE) STRICT;

      CREATE TABLE scrub (forgotten INTEGER NOT NULL, scrubbed INTEGER NOT NULL) STRICT;
      INSERT INTO scrub (forgotten, scrubbed) VALUES (0, 0);
    `,
  },
];
