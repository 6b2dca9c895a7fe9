// Reads a backup file. What cannot be read is told in one sentence; nothing is given out that was not checked first.
import { timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { parseJson } from '../../protocol/parse-json.ts';
import { CliFailure } from '../cli-failure.ts';
import { openChunks, type CipherParts } from './backup-cipher.ts';
import {
  anyHeaderSchema,
  BACKUP_FORMAT_VERSION,
  backupHeaderSchema,
  MAX_HEADER_BYTES,
  type BackupHeader,
} from './backup-header.ts';
import { backupRecordSchema, type BackupRecord, type BackupTotals, type GatewayRecord } from './backup-record.ts';
import { deriveBackupKey } from './derive-backup-key.ts';
import { PageCount } from './page-count.ts';

const LINE_FEED = 10;

/** What a whole backup says of itself. */
export type BackupContents = { gateway: GatewayRecord; totals: BackupTotals };

export class BackupFile {
  readonly header: BackupHeader;
  readonly #path: string;
  readonly #parts: CipherParts;

  private constructor(path: string, header: BackupHeader, parts: CipherParts) {
    this.header = header;
    this.#path = path;
    this.#parts = parts;
  }

  /** Throws a `CliFailure` for what is no backup, or not one of this release, and for a wrong passphrase. */
  static async open(path: string, readPassphrase: () => Promise<string>): Promise<BackupFile> {
    const { header, context } = await readHeader(path);
    const { key, check } = await deriveBackupKey(await readPassphrase(), Buffer.from(header.kdf.salt, 'base64url'));
    if (!isSame(check, header.check)) throw new CliFailure(`The passphrase is not the one that ${path} was made with.`);
    return new BackupFile(path, header, { key, noncePrefix: Buffer.from(header.nonce, 'base64url'), context });
  }

  /** Reads the file to its end. Throws a `CliFailure` unless all of it is there and is what was written. */
  async verify(): Promise<BackupContents> {
    const count = new PageCount();
    let gateway: GatewayRecord | null = null;
    let end: BackupTotals | null = null;
    for await (const record of this.records()) {
      if (end !== null || (gateway === null) !== (record.kind === 'gateway')) throw this.#damaged();
      if (record.kind === 'gateway') gateway = record;
      else if (record.kind === 'end') end = record;
      else
        record.pages.forEach((page) => {
          count.add(page);
        });
    }
    const { totals } = count;
    const isAll = count.isWhole && end?.accounts === totals.accounts && end.rows === totals.rows;
    if (gateway === null || !isAll) throw this.#damaged();
    return { gateway, totals };
  }

  /** Throws a `CliFailure` where the file is damaged. */
  async *records(): AsyncGenerator<BackupRecord, void, undefined> {
    for await (const line of this.#lines()) yield this.#parse(line);
  }

  async *#lines(): AsyncGenerator<string, void, undefined> {
    const packed = createReadStream(this.#path, { start: this.#parts.context.length });
    const unpacked = createGunzip();
    const feeding = pipeline(packed, (chunks: AsyncIterable<Buffer>) => openChunks(chunks, this.#parts), unpacked);
    // It is `unpacked` that tells of its failure.
    feeding.catch(() => undefined);
    try {
      yield* splitLines(unpacked);
    } catch (error) {
      throw isReadFailure(error) ? error : this.#damaged();
    } finally {
      unpacked.destroy();
    }
  }

  #parse(line: string): BackupRecord {
    const record = backupRecordSchema.safeParse(parseJson(line));
    if (!record.success) throw this.#damaged();
    return record.data;
  }

  #damaged(): CliFailure {
    return new CliFailure(`${this.#path} is damaged or cut off, so nothing is restored from it; use another copy.`);
  }
}

async function readHeader(path: string): Promise<{ header: BackupHeader; context: Buffer }> {
  const begin = await readBegin(path);
  const end = begin.indexOf(LINE_FEED);
  const line = parseJson(begin.toString('utf8', 0, Math.max(end, 0)));
  const known = anyHeaderSchema.safeParse(line);
  if (!known.success) throw new CliFailure(`${path} is not a Hearthkey backup.`);
  if (known.data.version > BACKUP_FORMAT_VERSION) {
    throw new CliFailure(
      `${path} was made by a newer release of Hearthkey (${known.data.product}); install that one to restore it.`,
    );
  }
  const header = backupHeaderSchema.safeParse(line);
  if (!header.success) throw new CliFailure(`The beginning of ${path} is damaged; use another copy.`);
  return { header: header.data, context: begin.subarray(0, end + 1) };
}

async function readBegin(path: string): Promise<Buffer> {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_HEADER_BYTES), 0, MAX_HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new CliFailure(code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read (${code}).`);
  }
}

/** The disk's failure, not the file's. */
function isReadFailure(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}

async function* splitLines(source: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let pieces: Buffer[] = [];
  for await (const piece of source) {
    let begin = 0;
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, begin)) {
      pieces.push(piece.subarray(begin, end));
      yield Buffer.concat(pieces).toString('utf8');
      pieces = [];
      begin = end + 1;
    }
    if (begin < piece.length) pieces.push(piece.subarray(begin));
  }
  if (pieces.length > 0) yield Buffer.concat(pieces).toString('utf8');
}
