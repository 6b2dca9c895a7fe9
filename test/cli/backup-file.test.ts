// Guarantee: a backup file gives out what was put into it, to whoever has the passphrase, and nothing else: not to anybody without it, and
// nothing from a file that is not whole and unchanged. It never takes the place of another file by accident.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StoragePage } from '../../protocol/admin/backup.ts';
import { BackupFile } from '../../cli/backup/backup-file.ts';
import type { BackupRecord } from '../../cli/backup/backup-record.ts';
import { PageCount } from '../../cli/backup/page-count.ts';
import { writeBackupFile } from '../../cli/backup/write-backup-file.ts';
import { createSigningKey } from '../../cli/state-folder/gateway-secrets.ts';
import { randomId } from '../../protocol/credentials/credential.ts';
import { temporaryFolder } from './temporary-folder.ts';

const PASSPHRASE = 'correct horse battery staple';
/** Of a chunk in the file: 64 KiB and its tag. */
const SEALED_CHUNK_BYTES = 65_552;
const secrets = { version: 1 as const, keyCheckSecret: 'x'.repeat(43), nodeSigningKey: createSigningKey() };

/** Random texts do not pack: enough of them for several chunks. */
const pages = Array.from({ length: 12 }, (_, number): StoragePage => ({
  object: 'registry',
  version: 1,
  attempt: 0,
  number,
  last: number === 11,
  tables: [{ name: 'keys', columns: ['id'], rows: Array.from({ length: 1_500 }, () => [randomId()]) }],
}));

function recordsOf(): BackupRecord[] {
  const count = new PageCount();
  for (const page of pages) count.add(page);
  return [
    { kind: 'gateway', keyCheck: 'A'.repeat(22), secrets },
    ...pages.map((page): BackupRecord => ({ kind: 'pages', pages: [page] })),
    { kind: 'end', ...count.totals },
  ];
}

async function write(
  path: string,
  records: Iterable<BackupRecord> | AsyncIterable<BackupRecord>,
  replace = false,
): Promise<number> {
  const options = { path, passphrase: PASSPHRASE, replace, product: '9.9.9', signal: new AbortController().signal };
  return writeBackupFile(options, toAsync(records));
}

async function* toAsync(records: Iterable<BackupRecord> | AsyncIterable<BackupRecord>): AsyncGenerator<BackupRecord> {
  yield* records;
}

function open(path: string, passphrase = PASSPHRASE): Promise<BackupFile> {
  return BackupFile.open(path, () => Promise.resolve(passphrase));
}

let whole: Buffer;
let headerLength: number;

beforeAll(async () => {
  await using folder = await temporaryFolder();
  await write(folder.file('backup'), recordsOf());
  whole = await readFile(folder.file('backup'));
  headerLength = whole.indexOf('\n') + 1;
  expect(whole.length - headerLength).toBeGreaterThan(3 * SEALED_CHUNK_BYTES);
});

/** What is said of a file with these bytes, from opening it to its end. */
async function complaint(bytes: Buffer): Promise<string> {
  await using folder = await temporaryFolder();
  await writeFile(folder.file('backup'), bytes);
  const said = await open(folder.file('backup'))
    .then((file) => file.verify())
    .then(
      () => 'nothing',
      (error: unknown) => String(error),
    );
  return said.replaceAll(folder.path, '');
}

const DAMAGED = 'CliFailure: /backup is damaged or cut off, so nothing is restored from it; use another copy.';

describe('happy', () => {
  it('gives out what was put in, in order', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('backup');
    expect(await write(path, recordsOf())).toBe((await stat(path)).size);
    const file = await open(path);
    const contents = await file.verify();
    expect(contents).toMatchObject({ gateway: { secrets }, totals: { accounts: 0, rows: 18_000 } });
    const records: BackupRecord[] = [];
    for await (const record of file.records()) records.push(record);
    expect(records).toEqual(recordsOf());
    expect(file.header).toMatchObject({ product: '9.9.9', id: expect.stringMatching(/^\w{16}$/) as string });
  });

  it('is its owner’s alone, and there is nothing beside it', async () => {
    await using folder = await temporaryFolder();
    await write(folder.file('backup'), recordsOf());
    expect((await stat(folder.file('backup'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(['backup']);
  });

  it('takes the place of another file only when it should', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('backup'), 'a letter');
    await expect(write(folder.file('backup'), recordsOf())).rejects.toThrow('--force');
    expect(await readFile(folder.file('backup'), 'utf8')).toBe('a letter');
    await write(folder.file('backup'), recordsOf(), true);
    await (await open(folder.file('backup'))).verify();
    expect(await readdir(folder.path)).toEqual(['backup']);
  });
});

describe('error', () => {
  it('what fails half-way leaves nothing behind, and the file of before as it was', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('backup'), 'the backup of yesterday');
    async function* failing(): AsyncGenerator<BackupRecord> {
      yield* recordsOf().slice(0, 5);
      await Promise.reject(new Error('the gateway is gone'));
    }
    await expect(write(folder.file('backup'), failing(), true)).rejects.toThrow('the gateway is gone');
    expect(await readdir(folder.path)).toEqual(['backup']);
    expect(await readFile(folder.file('backup'), 'utf8')).toBe('the backup of yesterday');
  });

  it('what is no backup is called so', async () => {
    const archive = 'PK\u0003\u0004'.repeat(2_000);
    for (const text of ['', 'x', '{}', '{"format":"zip"}\n', archive, '{"format":"hearthkey-backup"}\n']) {
      expect(await complaint(Buffer.from(text))).toBe('CliFailure: /backup is not a Hearthkey backup.');
    }
  });

  it('one of a newer format says which release can read it', async () => {
    const header = JSON.parse(whole.toString('utf8', 0, headerLength)) as object;
    const newer = `${JSON.stringify({ ...header, version: 2, cipher: 'other' })}\n`;
    const said = await complaint(Buffer.concat([Buffer.from(newer), whole.subarray(headerLength)]));
    expect(said).toContain('newer release of Hearthkey (9.9.9)');
  });

  it('a file that is not there is named', async () => {
    await expect(open('/nowhere/backup')).rejects.toThrow('There is no file /nowhere/backup.');
  });

  it('records that say too little or too much are not restored', async () => {
    const [gateway, first, ...rest] = recordsOf() as [BackupRecord, BackupRecord, ...BackupRecord[]];
    for (const records of [
      [],
      [gateway],
      [first, gateway, ...rest],
      [gateway, ...rest],
      [gateway, first, ...rest.slice(0, -1)],
      [gateway, gateway, first, ...rest],
      [gateway, first, ...rest, first],
    ]) {
      await using folder = await temporaryFolder();
      await write(folder.file('backup'), records);
      await expect((await open(folder.file('backup'))).verify()).rejects.toThrow('damaged or cut off');
    }
  });
});

describe('security', () => {
  it('holds no text in the clear but its header, and tells nothing to who has another passphrase', async () => {
    for (const text of [secrets.keyCheckSecret, secrets.nodeSigningKey.d, 'registry', 'keys', PASSPHRASE]) {
      expect(whole.subarray(headerLength).includes(text), text).toBe(false);
      expect(whole.subarray(0, headerLength).includes(text), text).toBe(false);
    }
    await using folder = await temporaryFolder();
    await writeFile(folder.file('backup'), whole);
    for (const wrong of ['', 'correct horse battery stapl', `${PASSPHRASE} `]) {
      await expect(open(folder.file('backup'), wrong)).rejects.toThrow('The passphrase is not the one');
    }
  });

  it('two backups of the same have nothing in common', async () => {
    await using folder = await temporaryFolder();
    await write(folder.file('other'), recordsOf());
    const other = await readFile(folder.file('other'));
    expect(other.includes(whole.subarray(headerLength, headerLength + 16))).toBe(false);
  });

  it('the same passphrase in other code points opens it', async () => {
    await using folder = await temporaryFolder();
    const options = { path: folder.file('b'), replace: false, product: '1', signal: new AbortController().signal };
    await writeBackupFile({ ...options, passphrase: 'Zürich\u00e9'.repeat(2) }, toAsync(recordsOf()));
    await open(folder.file('b'), 'Zu\u0308riche\u0301'.repeat(2));
  });

  it('a byte that was changed is found, wherever it is', async () => {
    const places = [0, 1, 20_000, SEALED_CHUNK_BYTES - 1, SEALED_CHUNK_BYTES, 2 * SEALED_CHUNK_BYTES + 5];
    for (const place of [...places.map((offset) => headerLength + offset), whole.length - 1]) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8((bytes[place] ?? 0) ^ 1, place);
      expect(await complaint(bytes), `byte ${place}`).toBe(DAMAGED);
    }
  });

  it('a header that was changed is found', async () => {
    const header = JSON.parse(whole.toString('utf8', 0, headerLength)) as { created: number };
    const changed = `${JSON.stringify({ ...header, created: header.created + 1 })}\n`;
    expect(await complaint(Buffer.concat([Buffer.from(changed), whole.subarray(headerLength)]))).toBe(DAMAGED);
  });

  it('a file that was cut off is found, also between chunks; so is one with more at its end', async () => {
    for (const length of [0, 1, SEALED_CHUNK_BYTES, 2 * SEALED_CHUNK_BYTES, 2 * SEALED_CHUNK_BYTES + 7]) {
      expect(await complaint(whole.subarray(0, headerLength + length)), `${length} bytes`).toBe(DAMAGED);
    }
    expect(await complaint(whole.subarray(0, -1))).toBe(DAMAGED);
    expect(await complaint(Buffer.concat([whole, Buffer.from('x')]))).toBe(DAMAGED);
  });

  it('chunks in another order, twice, or of another backup are found', async () => {
    const chunk = (number: number): Buffer =>
      whole.subarray(headerLength + number * SEALED_CHUNK_BYTES, headerLength + (number + 1) * SEALED_CHUNK_BYTES);
    const [header, rest] = [whole.subarray(0, headerLength), whole.subarray(headerLength + 2 * SEALED_CHUNK_BYTES)];
    expect(await complaint(Buffer.concat([header, chunk(0), chunk(1), rest]))).toBe('nothing');
    for (const order of [[chunk(1), chunk(0)], [chunk(0), chunk(0)], [chunk(0), chunk(0), chunk(1)], [chunk(0)]]) {
      expect(await complaint(Buffer.concat([header, ...order, rest]))).toBe(DAMAGED);
    }
  });
});
