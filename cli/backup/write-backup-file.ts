// Writes a backup file: a header, then everything else packed and encrypted while it comes in. The file appears when it is whole, and is
// its owner's alone.
import { randomBytes } from 'node:crypto';
import { link, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { randomId } from '../../protocol/credentials/credential.ts';
import { syncFolder } from '../state-folder/sync-folder.ts';
import { NONCE_PREFIX_BYTES, sealChunks } from './backup-cipher.ts';
import { BACKUP_FORMAT, BACKUP_FORMAT_VERSION, KEY_DERIVATION, type BackupHeader } from './backup-header.ts';
import type { BackupRecord } from './backup-record.ts';
import { deriveBackupKey } from './derive-backup-key.ts';
import { refuseExisting } from '../output/refuse-existing.ts';

const SALT_BYTES = 32;
/** Owner reads and writes; nobody else. */
const OWNER_ONLY_FILE = 0o600;

export type BackupFileOptions = {
  path: string;
  passphrase: string;
  /** Whether to replace a file of that name. */
  replace: boolean;
  /** The product's version. */
  product: string;
  signal: AbortSignal;
};

/** Writes `records` as they come. Leaves nothing behind when they end with an error. Gives the file's size in bytes. */
export async function writeBackupFile(
  options: BackupFileOptions,
  records: AsyncIterable<BackupRecord>,
): Promise<number> {
  const { path } = options;
  const temporary = `${path}.${process.pid}.new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', OWNER_ONLY_FILE);
  try {
    let size: number;
    try {
      await writeInto(file, options, records);
      await file.sync();
      ({ size } = await file.stat());
    } finally {
      await file.close();
    }
    await place(temporary, path, options.replace);
    await syncFolder(dirname(path));
    return size;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeInto(
  file: FileHandle,
  { passphrase, product, signal }: BackupFileOptions,
  records: AsyncIterable<BackupRecord>,
): Promise<void> {
  const [salt, noncePrefix] = [randomBytes(SALT_BYTES), randomBytes(NONCE_PREFIX_BYTES)];
  const { key, check } = await deriveBackupKey(passphrase, salt);
  const header: BackupHeader = {
    format: BACKUP_FORMAT,
    version: BACKUP_FORMAT_VERSION,
    product,
    id: randomId(),
    created: Math.floor(Date.now() / 1000),
    kdf: { ...KEY_DERIVATION, salt: salt.toString('base64url') },
    cipher: 'aes-256-gcm',
    nonce: noncePrefix.toString('base64url'),
    check,
  };
  const context = Buffer.from(`${JSON.stringify(header)}\n`);
  await file.appendFile(context);
  await pipeline(
    Readable.from(toLines(records)),
    createGzip(),
    (packed: AsyncIterable<Buffer>) => sealChunks(packed, { key, noncePrefix, context }),
    async (sealed: AsyncIterable<Buffer>) => {
      for await (const chunk of sealed) await file.appendFile(chunk);
    },
    { signal },
  );
}

async function* toLines(records: AsyncIterable<BackupRecord>): AsyncGenerator<string> {
  for await (const record of records) yield `${JSON.stringify(record)}\n`;
}

/** Gives the file its name. */
async function place(temporary: string, path: string, replace: boolean): Promise<void> {
  if (replace) {
    await rename(temporary, path);
    return;
  }
  try {
    // Unlike a rename, a link never takes the place of another file.
    await link(temporary, path);
  } catch {
    await refuseExisting(path);
    // A file system without links.
    await rename(temporary, path);
  }
}
