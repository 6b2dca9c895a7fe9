// The Registry's tables, version by version. docs/storage-schema.md explains each. Lists are read backwards along `sequence`,
// so a page costs the same wherever it lies. `state`: pending (begun, not acknowledged), cancelling (being undone), active.
// Times are Unix seconds, unless the name ends in _ms.
import type { Migration } from '../objects/migrate-schema.ts';

export const REGISTRY_MIGRATIONS: readonly Migration[] = [
  `
  CREATE TABLE users (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    external_id TEXT UNIQUE,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    account_version INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    settle_due_ms INTEGER,
    settle_failures INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX users_to_settle ON users (settle_due_ms) WHERE settle_due_ms IS NOT NULL;
  CREATE TABLE keys (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    models TEXT,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER,
    version INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    settle_due_ms INTEGER,
    settle_failures INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX keys_by_user ON keys (user_id, sequence);
  CREATE INDEX keys_to_settle ON keys (settle_due_ms) WHERE settle_due_ms IS NOT NULL;
  CREATE TABLE admin_tokens (
    id TEXT PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
  );
  CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  );
  `,
];
