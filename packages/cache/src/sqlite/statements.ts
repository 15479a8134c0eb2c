import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * 1048576 is PLACES of the schema. What stands in braces is a number of an entry, NULL where it is one that no healthy row holds: node:sqlite throws for integers that no number of
 * JavaScript holds, and of several rows nobody could say which one it is that has to go. `{entry}` is what is to be known of an entry to remove it.
 */
const TEXTS = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  checkpoint: 'PRAGMA wal_checkpoint(TRUNCATE)',

  lookup: `SELECT seq, id, variant, url, {body_bytes}, {sum}, head, EXISTS (SELECT 1 FROM sweeps) AS sweeps
    FROM entries WHERE key = ?`,
  read: `SELECT e.seq, {e.used}, c.place - e.seq * 1048576 AS number, {c.sum}, c.bytes FROM entries e
    LEFT JOIN chunks c ON c.place BETWEEN e.seq * 1048576 + ?2 AND e.seq * 1048576 + ?3 WHERE e.id = ?1 ORDER BY c.place`,
  chunk: 'SELECT {sum}, bytes FROM chunks WHERE place = ?',
  hold: 'UPDATE entries SET held_until_ms = iif(held_until_ms = ?2 OR held_until_ms <= ?3, ?4, ?5) WHERE seq = ?1 RETURNING held_until_ms',
  giveBack: 'UPDATE entries SET held_until_ms = 0 WHERE seq = ? AND held_until_ms = ?',

  begun: 'INSERT INTO entries (bytes, held_until_ms) VALUES (0, ?)',
  grow: 'UPDATE entries SET bytes = bytes + ?, held_until_ms = ? WHERE seq = ? AND key IS NULL',
  addChunk: 'INSERT INTO chunks (place, sum, bytes) VALUES (?, ?, ?)',
  name: `UPDATE entries SET bytes = ?, held_until_ms = 0, used = ?, body_bytes = ?, sum = ?, id = ?, key = ?, variant = ?, url = ?, head = ?
    WHERE seq = ? AND key IS NULL`,
  insert: `INSERT INTO entries (bytes, held_until_ms, used, body_bytes, sum, id, key, variant, url, head)
    VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?)`,
  addLabel: 'INSERT OR IGNORE INTO labels (label, entry) VALUES (?, ?)',
  addTotals: 'UPDATE totals SET entries = entries + ?, bytes = bytes + ?',

  before: 'SELECT {entry}, id, variant, url, {body_bytes}, {sum}, head FROM entries WHERE id = ?',
  update: 'UPDATE entries SET bytes = ?, used = ?, sum = ?, variant = ?, head = ? WHERE seq = ?',
  touch: 'UPDATE entries SET used = ?1 WHERE id = ?2 AND used <= ?3',
  lastUsed: 'SELECT max(used) AS used FROM entries WHERE key IS NOT NULL AND used < 4503599627370496',

  unname: `UPDATE entries SET held_until_ms = min(held_until_ms, ?), used = NULL, sum = NULL, id = NULL, key = NULL, variant = NULL, url = NULL, head = NULL
    WHERE seq = ?`,
  removeEntry: 'DELETE FROM entries WHERE seq = ?',
  removeChunks: 'DELETE FROM chunks WHERE place BETWEEN ?1 * 1048576 AND ?1 * 1048576 + 1048575',
  removeLabels: 'DELETE FROM labels WHERE entry = ?',

  entry: 'SELECT {entry} FROM entries WHERE seq = ?',
  byId: 'SELECT {entry} FROM entries WHERE id = ?',
  byVariant: 'SELECT {entry} FROM entries WHERE key = ? AND variant = ?',
  oldest: 'SELECT {entry} FROM entries WHERE key IS NOT NULL AND seq <= ?2 ORDER BY seq LIMIT ?3',
  byUrl: 'SELECT {entry} FROM entries WHERE url = ?1 AND key IS NOT NULL AND seq <= ?2 LIMIT ?3',
  byPrefix: `SELECT {entry} FROM entries
    WHERE key IS NOT NULL AND url >= ?1 AND url < ?1 || char(1114111) AND substr(url, 1, length(?1)) = ?1 AND seq <= ?2 LIMIT ?3`,
  byLabel: 'SELECT {entry} FROM labels JOIN entries ON seq = entry WHERE label = ?1 AND entry <= ?2 LIMIT ?3',
  countAll: 'SELECT count(*) AS count FROM entries WHERE key IS NOT NULL AND seq <= ?2',
  countUrl: 'SELECT count(*) AS count FROM entries WHERE url = ?1 AND key IS NOT NULL AND seq <= ?2',
  countPrefix: `SELECT count(*) AS count FROM entries
    WHERE key IS NOT NULL AND url >= ?1 AND url < ?1 || char(1114111) AND substr(url, 1, length(?1)) = ?1 AND seq <= ?2`,
  countLabel: 'SELECT count(*) AS count FROM labels WHERE label = ?1 AND entry <= ?2',
  oldestVariants: `SELECT {entry} FROM entries WHERE key = ?1
    ORDER BY seq LIMIT max(0, (SELECT count(*) FROM entries WHERE key = ?1) - ?2)`,
  leastUsed: 'SELECT {entry} FROM entries WHERE key IS NOT NULL AND seq <> ? ORDER BY used LIMIT 16',
  unheld: 'SELECT {entry} FROM entries WHERE key IS NULL AND held_until_ms <= ? LIMIT 16',
  cutHolds: 'UPDATE entries SET held_until_ms = ?1 | 1 WHERE key IS NULL AND held_until_ms > ?1',

  totals: 'SELECT entries, bytes FROM totals',
  recount:
    'UPDATE totals SET (entries, bytes) = (SELECT count(key), coalesce(sum(bytes) FILTER (WHERE bytes BETWEEN 0 AND 9007199254740991), 0) FROM entries)',
  lastNumbers: `SELECT (SELECT max(seq) FROM sqlite_sequence) AS taken, (SELECT coalesce(max(seq), 0) FROM entries) AS entry,
    (SELECT coalesce(max(place), 0) FROM chunks) AS place, (SELECT coalesce(max(entry), 0) FROM labels) AS labelled`,
  lastDeletion: 'SELECT max(seq) AS seq FROM deletions',
  deletionsAfter: 'SELECT seq, target FROM deletions WHERE seq > ? ORDER BY seq',
  addDeletion: 'INSERT INTO deletions (target) VALUES (?)',
  forgetDeletions: 'DELETE FROM deletions WHERE seq <= ?',
  addSweep: 'INSERT INTO sweeps (target, last) SELECT ?, coalesce(max(seq), 0) FROM entries',
  sweeps: 'SELECT target, last FROM sweeps',
  sweep: 'SELECT seq FROM sweeps WHERE seq = ?',
  oldestSweep: 'SELECT seq, target, last FROM sweeps ORDER BY seq LIMIT 1',
  endSweep: 'DELETE FROM sweeps WHERE seq = ?',
} as const;

type StatementName = keyof typeof TEXTS;

/** A statement by its name. */
export type Statements = (name: StatementName) => StatementSync;

/** The statements on a connection, each prepared once, when it is first asked for. */
export function statementsOf(database: DatabaseSync): Statements {
  const prepared = new Map<StatementName, StatementSync>();
  return (name) => {
    const known = prepared.get(name);
    if (known !== undefined) return known;
    const statement = database.prepare(textOf(name));
    prepared.set(name, statement);
    return statement;
  };
}

function textOf(name: StatementName): string {
  const text: string = TEXTS[name];
  return text
    .replace('{entry}', 'seq, {bytes}, {held_until_ms}, key')
    .replaceAll(/\{((?:\w\.)?(\w+))\}/g, 'iif($1 BETWEEN -9007199254740991 AND 9007199254740991, $1, NULL) AS $2');
}
