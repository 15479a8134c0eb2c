/** In the header of every cache file, so that nobody else's database is taken for one. */
export const APPLICATION_ID = 0x72_74_63_61;

/** Grows with every change of the tables: a file of another version is begun anew. */
export const SCHEMA_VERSION = 2;

/** Pieces of one body have consecutive numbers, the first of them `seq * PLACES`: one index finds both the body and the place in it. */
export const PLACES = 1_048_576;

/**
 * - `entries`: a response is seen from the moment its row has a key. One that is being written has none yet; one that was deleted while somebody reads it has none any more: such a
 *   row is held until `held_until_ms` (wall clock), and swept by whoever comes by after that. `used` orders by last use, as far as that was written down (`Uses`). `seq` is never used again, or a reader might get another's body.
 * - `totals`: one row, kept by every change, since adding up would take longer the more there is.
 * - `deletions`: the last ones, for those whose entries were begun before and come after them.
 * - `sweeps`: deletions of more than can go in one step. What they name, up to the row `last`, is gone already, and removed by and by.
 */
export const SCHEMA: string = `
  CREATE TABLE entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    bytes INTEGER NOT NULL,
    held_until_ms INTEGER NOT NULL,
    used INTEGER,
    body_bytes INTEGER,
    sum INTEGER,
    id TEXT UNIQUE,
    key TEXT,
    variant TEXT,
    url TEXT,
    head TEXT,
    UNIQUE (key, variant)
  ) STRICT;
  CREATE INDEX entries_by_use ON entries (used) WHERE key IS NOT NULL;
  CREATE INDEX entries_unseen ON entries (held_until_ms) WHERE key IS NULL;
  CREATE INDEX entries_by_url ON entries (url) WHERE key IS NOT NULL;
  CREATE TABLE chunks (place INTEGER PRIMARY KEY, sum INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE labels (label TEXT NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (label, entry)) STRICT, WITHOUT ROWID;
  CREATE INDEX labels_by_entry ON labels (entry);
  CREATE TABLE totals (entries INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
  INSERT INTO totals VALUES (0, 0);
  CREATE TABLE deletions (seq INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL) STRICT;
  INSERT INTO deletions (target) VALUES ('');
  CREATE TABLE sweeps (seq INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, last INTEGER NOT NULL) STRICT;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;
