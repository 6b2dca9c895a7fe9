// The Registry's tables, version by version. docs/storage-schema.md explains each. Lists are read backwards along `sequence`,
// so a page costs the same wherever it lies; the indexes …_in_order and …_of_user hold all that lists filter by, so that a
// filter which matches little reads narrow index rows and no others. `state`: pending (begun, not acknowledged), cancelling
// (being undone), active, deleted. Times are Unix seconds, unless the name ends in _ms.
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
  `
  CREATE TABLE users_2 (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    external_id TEXT,
    metadata TEXT NOT NULL,
    limits TEXT,
    search TEXT,
    created_at INTEGER NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    account_version INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    change_number INTEGER NOT NULL DEFAULT 0,
    deletion_actor TEXT,
    settle_due_ms INTEGER,
    settle_failures INTEGER NOT NULL DEFAULT 0
  );
  INSERT INTO users_2 (sequence, id, name, external_id, metadata, created_at, disabled, account_version, state,
      settle_due_ms, settle_failures)
    SELECT sequence, id, name, external_id, metadata, created_at, disabled, account_version, state, settle_due_ms,
      settle_failures FROM users;
  DROP TABLE users;
  ALTER TABLE users_2 RENAME TO users;
  CREATE UNIQUE INDEX users_by_name ON users (name) WHERE state <> 'deleted';
  CREATE UNIQUE INDEX users_by_external_id ON users (external_id) WHERE external_id IS NOT NULL AND state <> 'deleted';
  CREATE INDEX users_in_order ON users (sequence, search) WHERE state = 'active';
  CREATE INDEX users_to_settle ON users (settle_due_ms) WHERE settle_due_ms IS NOT NULL;

  ALTER TABLE keys ADD COLUMN scopes TEXT;
  ALTER TABLE keys ADD COLUMN addresses TEXT;
  ALTER TABLE keys ADD COLUMN limits TEXT;
  ALTER TABLE keys ADD COLUMN disabled_at INTEGER;
  ALTER TABLE keys ADD COLUMN rotate_after INTEGER;
  ALTER TABLE keys ADD COLUMN rotated_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE keys ADD COLUMN rotation_due_at INTEGER;
  ALTER TABLE keys ADD COLUMN grace_secrets TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE keys ADD COLUMN search TEXT;
  UPDATE keys SET rotated_at = created_at;
  DROP INDEX keys_by_user;
  CREATE INDEX keys_in_order ON keys (sequence, revoked_at, disabled_at, expires_at, rotation_due_at, search)
    WHERE state = 'active';
  CREATE INDEX keys_of_user ON keys (user_id, sequence, revoked_at, disabled_at, expires_at, rotation_due_at, search)
    WHERE state = 'active';

  ALTER TABLE admin_tokens ADD COLUMN former_digest TEXT;
  ALTER TABLE admin_tokens ADD COLUMN former_ends_at INTEGER;
  ALTER TABLE admin_tokens ADD COLUMN revoked_at INTEGER;
  CREATE UNIQUE INDEX admin_tokens_by_name ON admin_tokens (name) WHERE revoked_at IS NULL;
  CREATE UNIQUE INDEX admin_tokens_by_former ON admin_tokens (former_digest) WHERE former_digest IS NOT NULL;

  CREATE TABLE usage (
    hour INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    model TEXT NOT NULL,
    calls INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    estimated_calls INTEGER NOT NULL,
    first_tokens INTEGER NOT NULL,
    first_token_ms REAL NOT NULL,
    errors TEXT NOT NULL,
    PRIMARY KEY (hour, key_id, model)
  ) WITHOUT ROWID;
  CREATE TABLE usage_totals (
    model TEXT PRIMARY KEY,
    total TEXT NOT NULL,
    told TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    hash TEXT NOT NULL
  );
  CREATE TABLE audit_heads (
    account_id TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    mac TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  ALTER TABLE keys ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal';
  `,
  `
  CREATE TABLE nodes (
    id TEXT PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    former_digest TEXT UNIQUE,
    former_ends_at INTEGER
  );
  `,
  `
  CREATE TABLE nodes_2 (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    origin TEXT,
    digest TEXT UNIQUE,
    models TEXT,
    weight INTEGER NOT NULL DEFAULT 1,
    draining INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    former_digest TEXT UNIQUE,
    former_ends_at INTEGER
  );
  INSERT INTO nodes_2 (id, kind, digest, created_at, last_used_at, former_digest, former_ends_at)
    SELECT id, 'link', digest, created_at, last_used_at, former_digest, former_ends_at FROM nodes;
  DROP TABLE nodes;
  ALTER TABLE nodes_2 RENAME TO nodes;
  `,
  `
  ALTER TABLE nodes ADD COLUMN server TEXT;
  `,
];
