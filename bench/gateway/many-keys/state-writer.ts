// Writes many users with many keys into a stopped gateway's state folder: one user with one key, which the gateway itself made, is
// copied row by row. Through the admin API it would take an hour: each key is some ten commits to disk.
import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { importCheckKeys, mintCredential } from '../../../protocol/credentials/credential-check.ts';
import { ACCOUNT_ID_LENGTH, CREDENTIAL_ID_LENGTH, randomId } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { readRow, replaceIn, rowInserter, type Replacements, type Row } from './clone-rows.ts';
import { objectId } from './object-id.ts';

/** As miniflare names them. */
const ACCOUNTS = 'hearthkey-Account';
const REGISTRY = 'hearthkey-Registry';
const KV_OBJECTS = 'miniflare-KVNamespaceObject';
/** Some 40 bytes of hexadecimal digits, as miniflare's own. */
const BLOB_ID_BYTES = 40;
/** Of the accounts' tables, those that hold what was made of the model: not to be copied. */
const EMPTIED = ['audit', 'outbox', 'usage', 'settled_calls', 'limit_counters', 'leases'];

/** What the model is called. Ids and names are such that they occur nowhere else. */
export type Model = { userId: string; userName: string; keyId: string; keyName: string; digest: string };
type NewKey = { id: string; name: string; digest: string };

export class StateWriter implements Disposable {
  readonly #storage: string;
  readonly #model: Model;
  readonly #checkKeys: ReturnType<typeof importCheckKeys>;
  readonly #registry: DatabaseSync;
  readonly #index: DatabaseSync;
  readonly #accountModel: string;
  readonly #entry: string;
  readonly #addUser: (replacements: Replacements) => void;
  readonly #addKey: (replacements: Replacements) => void;
  readonly #addEntry: (replacements: Replacements) => void;
  readonly #entryBlob: string;

  constructor(storage: string, model: Model, keyCheckSecret: string) {
    this.#storage = storage;
    this.#model = model;
    this.#checkKeys = importCheckKeys(keyCheckSecret);
    this.#registry = openDatabase(join(storage, 'do', REGISTRY, `${objectId(REGISTRY, 'registry')}.sqlite`));
    this.#addUser = this.#inserter(this.#registry, 'users', `id = '${model.userId}'`, ['sequence']);
    this.#addKey = this.#inserter(this.#registry, 'keys', `id = '${model.keyId}'`, ['sequence']);
    this.#index = openDatabase(indexFile(storage));
    const entry = readRow(this.#index, '_mf_entries', `key LIKE '%${model.digest}'`);
    this.#addEntry = rowInserter(this.#index, '_mf_entries', entry);
    this.#entryBlob = textOf(entry, 'blob_id');
    this.#entry = readFileSync(this.#blobFile(this.#entryBlob), 'utf8');
    this.#accountModel = join(storage, 'do', ACCOUNTS, `${objectId(ACCOUNTS, model.userId)}.sqlite`);
    // Whole in its one file, so that this can be copied.
    openDatabase(this.#accountModel).close();
    for (const database of [this.#registry, this.#index]) database.exec('BEGIN');
  }

  /** Adds a user with so many keys. Resolves to the secret of one of them. */
  async addUser(name: string, keyNames: readonly string[]): Promise<string> {
    const userId = randomId(ACCOUNT_ID_LENGTH);
    const user = [[this.#model.userId, userId], ...named(this.#model.userName, name)] as const;
    const keys: NewKey[] = [];
    let secret = '';
    for (const keyName of keyNames) {
      const id = userId + randomId(CREDENTIAL_ID_LENGTH - ACCOUNT_ID_LENGTH);
      secret = (await mintCredential('api-key', id, await this.#checkKeys)).text;
      keys.push({ id, name: keyName, digest: await sha256(secret) });
    }
    // Searches look for the id in lower case.
    this.#addUser([...user, [this.#model.userId.toLowerCase(), userId.toLowerCase()]]);
    this.#writeAccount(userId, keys);
    for (const key of keys) {
      const replacements = [...this.#ofKey(key), ...user];
      this.#addKey(replacements);
      this.#writeEntry(replacements);
    }
    return secret;
  }

  [Symbol.dispose](): void {
    for (const database of [this.#registry, this.#index]) {
      database.exec('COMMIT');
      database.close();
    }
  }

  #writeAccount(userId: string, keys: readonly NewKey[]): void {
    const file = join(this.#storage, 'do', ACCOUNTS, `${objectId(ACCOUNTS, userId)}.sqlite`);
    copyFileSync(this.#accountModel, file);
    const database = openDatabase(file);
    database.exec('BEGIN');
    database.prepare('UPDATE account SET id = ?').run(userId);
    for (const table of ['keys', 'secrets']) {
      const insert = rowInserter(database, table, readRow(database, table, 'true'));
      database.exec(`DELETE FROM ${table}`);
      for (const key of keys) insert(this.#ofKey(key));
    }
    for (const table of EMPTIED) database.exec(`DELETE FROM ${table}`);
    database.exec('COMMIT');
    database.close();
  }

  #writeEntry(replacements: Replacements): void {
    const blob = randomBytes(BLOB_ID_BYTES).toString('hex');
    this.#addEntry([...replacements, [this.#entryBlob, blob]]);
    writeFileSync(this.#blobFile(blob), replaceIn(this.#entry, replacements));
  }

  #ofKey({ id, name, digest }: NewKey): Replacements {
    const { keyId, keyName } = this.#model;
    return [
      [keyId, id],
      [keyId.toLowerCase(), id.toLowerCase()],
      ...named(keyName, name),
      [this.#model.digest, digest],
    ];
  }

  #inserter(database: DatabaseSync, table: string, where: string, leftOut: readonly string[]) {
    return rowInserter(database, table, readRow(database, table, where), leftOut);
  }

  #blobFile(id: string): string {
    return join(this.#storage, 'kv', 'KEYS', 'blobs', id);
  }
}

function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new Error(`${column} is not a text`);
  return value;
}

/** A name as it was given, and as searches look for it. */
function named(old: string, fresh: string): Replacements {
  return [
    [old, fresh],
    [old.toLowerCase(), fresh.toLowerCase()],
  ];
}

/** The database of the one KV namespace. */
function indexFile(storage: string): string {
  const folder = join(storage, 'kv', KV_OBJECTS);
  const [file, ...others] = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  if (file === undefined || others.length > 0) throw new Error(`${folder} does not hold one namespace`);
  return join(folder, file);
}

/** For a file that nobody else has open. Should the machine fail, it is made again. */
function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA synchronous = OFF; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
  return database;
}
