// Schema versions of an object's SQLite storage: forward only, in one transaction, on wake. Storage of a newer schema than
// this code knows is refused, since code that misreads it would do harm; the way out is to run the newer release again.

/** One step forward, as SQL statements. Its place in the list (from 1) is the version that it leads to. Never edited later. */
export type Migration = string;

const VERSION_TABLE = 'schema_version';

/** The schema version of the storage; 0: it was never used. Writes nothing. */
export function storedSchemaVersion(sql: SqlStorage): number {
  const known = sql.exec(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`, VERSION_TABLE).toArray();
  if (known.length === 0) return 0;
  return sql.exec<{ version: number }>(`SELECT version FROM ${VERSION_TABLE}`).one().version;
}

/** Brings the storage to the newest schema. Throws for a newer one; the storage is then left as it is. */
export function migrateSchema(storage: DurableObjectStorage, migrations: readonly Migration[], owner: string): void {
  const { sql } = storage;
  const stored = storedSchemaVersion(sql);
  if (stored === migrations.length) return;
  if (stored > migrations.length) {
    throw new Error(
      `${owner}: the storage has schema version ${stored}, this release knows up to ${migrations.length}. ` +
        'Run the release that wrote it, or a newer one.',
    );
  }
  storage.transactionSync(() => {
    for (const migration of migrations.slice(stored)) sql.exec(migration);
    writeSchemaVersion(sql, migrations.length);
  });
}

/** Notes that the storage has the tables of a version. */
export function writeSchemaVersion(sql: SqlStorage, version: number): void {
  sql.exec(`CREATE TABLE IF NOT EXISTS ${VERSION_TABLE} (version INTEGER NOT NULL)`);
  sql.exec(`DELETE FROM ${VERSION_TABLE}`);
  sql.exec(`INSERT INTO ${VERSION_TABLE} (version) VALUES (?)`, version);
}
