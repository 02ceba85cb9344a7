/** The first shape: a table a noun, each record as JSON beside the columns that are looked up. */
const documents = [
  'environments',
  'apps',
  'placements',
  'connections',
  'artifacts',
  'releases',
  'settings_revisions',
  'plans',
  'capsules',
  'observations',
  'source_hints',
] as const

export const sql = [
  ...documents.flatMap((table) => [
    `CREATE TABLE ${table} (id TEXT PRIMARY KEY, parent TEXT NOT NULL DEFAULT '', position INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL) STRICT`,
    `CREATE INDEX ${table}_by_parent ON ${table} (parent, position)`,
  ]),
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT`,
  `CREATE TABLE runs (id TEXT PRIMARY KEY, plan_id TEXT NOT NULL UNIQUE, placement_id TEXT NOT NULL, ended INTEGER NOT NULL, started_at INTEGER NOT NULL, body TEXT NOT NULL) STRICT`,
  `CREATE INDEX runs_by_placement ON runs (placement_id, started_at)`,
  `CREATE INDEX runs_unfinished ON runs (ended) WHERE ended = 0`,
  `CREATE TABLE run_events (run_id TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run_id, seq)) STRICT, WITHOUT ROWID`,
  `CREATE TABLE audit (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT`,
  `CREATE TABLE locks (placement_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, actor TEXT NOT NULL, since INTEGER NOT NULL, beat INTEGER NOT NULL, fence INTEGER NOT NULL) STRICT`,
  `CREATE TABLE fences (placement_id TEXT PRIMARY KEY, fence INTEGER NOT NULL) STRICT`,
  `CREATE TABLE secrets (id TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT`,
].join(';\n')
