/** One step from a version of the tables to the next. */
export interface Migration {
  /** The version afterwards; numbers follow each other from 1. */
  readonly version: number;
  /** Run in one transaction, with the new version. */
  readonly sql: string;
}

/** Marks a file as Omni's store: "OMNI" in ASCII. */
export const applicationId = 0x4f4d4e49;

/**
 * Every version of the tables. What has been released is never edited.
 *
 * Content (inputs, events, bodies, texts) lies in rows that are only ever
 * added at the end and removed, in tables apart from the numbers that change:
 * a row that is rewritten in place may leave a copy behind in its page.
 */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE session (
        id TEXT PRIMARY KEY,
        total_turns INTEGER NOT NULL DEFAULT 0,
        total_tool_calls INTEGER NOT NULL DEFAULT 0,
        released_through INTEGER NOT NULL DEFAULT 0,
        activity INTEGER NOT NULL,
        created_at REAL NOT NULL,
        updated_at REAL NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX session_activity ON session (activity);

      CREATE TABLE turn (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        session_id TEXT NOT NULL REFERENCES session (id),
        status TEXT NOT NULL,
        owner TEXT,
        fence INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        open_asks INTEGER NOT NULL DEFAULT 0,
        steps INTEGER NOT NULL DEFAULT 0,
        accepted_at REAL NOT NULL,
        started_at REAL,
        ended_at REAL,
        ended_number INTEGER,
        tool_calls INTEGER,
        tokens REAL
      ) STRICT;
      CREATE INDEX turn_session ON turn (session_id, seq);
      CREATE INDEX turn_open ON turn (session_id, seq, status) WHERE ended_at IS NULL;
      CREATE UNIQUE INDEX turn_slot ON turn (session_id, ended_number) WHERE ended_number IS NOT NULL;

      CREATE TABLE inbox (
        channel TEXT NOT NULL,
        platform_id TEXT NOT NULL,
        turn_id TEXT NOT NULL UNIQUE,
        sender TEXT NOT NULL,
        authority TEXT NOT NULL,
        UNIQUE (channel, platform_id)
      ) STRICT;

      CREATE TABLE input (turn INTEGER PRIMARY KEY REFERENCES turn (seq), body TEXT NOT NULL) STRICT;

      CREATE TABLE idempotency (
        principal TEXT NOT NULL,
        key TEXT NOT NULL,
        body_hash TEXT NOT NULL,
        turn INTEGER NOT NULL REFERENCES turn (seq),
        PRIMARY KEY (principal, key)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX idempotency_turn ON idempotency (turn);

      CREATE TABLE step (
        turn INTEGER NOT NULL REFERENCES turn (seq),
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        event TEXT NOT NULL,
        UNIQUE (turn, seq)
      ) STRICT;

      CREATE TABLE outbox (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        turn INTEGER NOT NULL REFERENCES turn (seq),
        part INTEGER NOT NULL,
        channel TEXT NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        receipt TEXT,
        attempts INTEGER NOT NULL,
        sender TEXT
      ) STRICT;
      CREATE INDEX outbox_turn ON outbox (turn);
      CREATE INDEX outbox_open ON outbox (channel, seq) WHERE state IN ('pending', 'sending');
      CREATE TABLE outbox_body (outbox INTEGER PRIMARY KEY REFERENCES outbox (seq), conversation TEXT NOT NULL, body TEXT NOT NULL) STRICT;

      CREATE TABLE text (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        session_id TEXT NOT NULL,
        turn_id TEXT NOT NULL,
        length INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX text_session ON text (session_id);
      CREATE TABLE text_chunk (
        text INTEGER NOT NULL REFERENCES text (seq),
        part INTEGER NOT NULL,
        encoding TEXT NOT NULL,
        units BLOB NOT NULL,
        UNIQUE (text, part)
      ) STRICT;

      CREATE TABLE document (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (kind, id)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

      CREATE TABLE instance (id TEXT PRIMARY KEY, kind TEXT NOT NULL, pid INTEGER NOT NULL, joined_at REAL NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE lock (name TEXT PRIMARY KEY, holder TEXT NOT NULL) STRICT, WITHOUT ROWID;

      CREATE TABLE tombstone (
        seq INTEGER PRIMARY KEY,
        session_id TEXT NOT NULL,
        deleted_at REAL NOT NULL,
        turns INTEGER NOT NULL,
        hash TEXT NOT NULL
      ) STRICT;
    `,
  },
];
