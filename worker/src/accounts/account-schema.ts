// The Account object's tables, version by version. docs/storage-schema.md explains each. Times are Unix seconds, unless the
// name ends in _ms.
import type { Migration } from '../objects/migrate-schema.ts';

export const ACCOUNT_MIGRATIONS: readonly Migration[] = [
  `
  CREATE TABLE account (
    id TEXT PRIMARY KEY,
    disabled INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
  );
  CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    models TEXT,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER,
    version INTEGER NOT NULL DEFAULT 1
  );
  CREATE TABLE secrets (
    digest TEXT PRIMARY KEY,
    key_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    index_written_ms INTEGER
  );
  CREATE INDEX secrets_by_key ON secrets (key_id);
  CREATE TABLE cancelled_keys (
    id TEXT PRIMARY KEY,
    cancelled_at INTEGER NOT NULL
  );
  CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    subject TEXT NOT NULL,
    due_ms INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    UNIQUE (target, subject)
  );
  CREATE INDEX outbox_by_due ON outbox (due_ms);
  `,
];
