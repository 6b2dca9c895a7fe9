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
  `
  ALTER TABLE account ADD COLUMN limits TEXT;
  ALTER TABLE account ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE keys ADD COLUMN scopes TEXT;
  ALTER TABLE keys ADD COLUMN addresses TEXT;
  ALTER TABLE keys ADD COLUMN limits TEXT;
  ALTER TABLE keys ADD COLUMN disabled_at INTEGER;
  ALTER TABLE keys ADD COLUMN rotate_after INTEGER;
  ALTER TABLE keys ADD COLUMN rotated_at INTEGER NOT NULL DEFAULT 0;
  UPDATE keys SET rotated_at = created_at;
  ALTER TABLE secrets ADD COLUMN ends_at INTEGER;
  ALTER TABLE secrets ADD COLUMN last_used_at INTEGER;
  CREATE INDEX secrets_by_end ON secrets (ends_at) WHERE ends_at IS NOT NULL;
  CREATE TABLE limit_counters (
    scope TEXT PRIMARY KEY,
    state TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE leases (
    call_id TEXT PRIMARY KEY,
    lease TEXT NOT NULL,
    renewed_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE settled_calls (
    call_id TEXT PRIMARY KEY,
    settled_ms INTEGER NOT NULL,
    provisional TEXT
  ) WITHOUT ROWID;
  CREATE INDEX settled_calls_by_time ON settled_calls (settled_ms);
  CREATE TABLE usage (
    hour INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    model TEXT NOT NULL,
    calls INTEGER NOT NULL DEFAULT 0,
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    cached_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    estimated_calls INTEGER NOT NULL DEFAULT 0,
    first_tokens INTEGER NOT NULL DEFAULT 0,
    first_token_ms REAL NOT NULL DEFAULT 0,
    errors TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (hour, key_id, model)
  ) WITHOUT ROWID;
  CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    hash TEXT NOT NULL
  );
  `,
  `
  ALTER TABLE keys ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal';
  `,
];
