// The parts of a pull that need its own settings: a silent server, and files that are here already.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pullModel, type PullOptions } from '../../../inference-node/pull/pull-model.ts';
import { createPullProgress } from '../../../inference-node/pull/pull-progress.ts';
import { temporaryFolder } from '../server/node-under-test.ts';
import { FileServer } from './file-server.ts';

const TINY_FILE = join(import.meta.dirname, '../../../models/tiny-llama.gguf');
const TINY = readFileSync(TINY_FILE);
const known = { sizeBytes: TINY.length, sha256: createHash('sha256').update(TINY).digest('hex') };

function options(url: string, directory: string, plan: Partial<PullOptions['plan']> = {}): PullOptions {
  return {
    plan: { uri: url, checkUrl: url, fileName: 'tiny.gguf', sizeBytes: null, sha256: null, licence: null, ...plan },
    directory,
    huggingFaceEndpoint: 'https://huggingface.co/',
    onProgress: () => undefined,
    tell: () => undefined,
    signal: new AbortController().signal,
  };
}

test('a server that falls silent is given up after the stall limit, and what has come is kept', async () => {
  // So large that each of the downloader's connections has more to fetch than the server gives.
  const server = await FileServer.start(Buffer.concat([TINY, Buffer.alloc(40 * 1024 * 1024)]));
  server.silentAfter = 6 * 1024 * 1024;
  const directory = temporaryFolder();
  const result = await pullModel({ ...options(`${server.url}/tiny.gguf`, directory), stallMs: 1500 });
  expect(result).toEqual({
    ok: false,
    problem: `${new URL(server.url).host} sent nothing for 2 s; what has come is kept: pull it again to go on.`,
  });
  expect(readdirSync(directory)).toEqual(['tiny.gguf.ipull']);
});

test('a file that is here and right is not asked for again, not even whether it is there', async () => {
  const directory = temporaryFolder();
  copyFileSync(TINY_FILE, join(directory, 'tiny.gguf'));
  const result = await pullModel(options('http://127.0.0.1:1/tiny.gguf', directory, known));
  expect(result).toMatchObject({ ok: true, model: { present: true, verified: true, ...known } });
});

test('a file that is here and damaged is fetched anew', async () => {
  const server = await FileServer.start(TINY);
  const directory = temporaryFolder();
  writeFileSync(join(directory, 'tiny.gguf'), Buffer.from(TINY).fill(1, 100_000, 100_001));
  const result = await pullModel(options(`${server.url}/tiny.gguf`, directory, known));
  expect(result).toMatchObject({ ok: true, model: { present: false, ...known } });
  expect(readFileSync(join(directory, 'tiny.gguf')).equals(TINY)).toBe(true);
});

test('a folder that is not there yet is made, and one without room is told of before the download', async () => {
  const server = await FileServer.start(TINY);
  const directory = join(temporaryFolder(), 'new', 'folder');
  const enormous = 2 ** 60;
  server.headers = { 'x-linked-size': String(enormous) };
  const result = await pullModel(options(`${server.url}/tiny.gguf`, directory));
  expect(result).toMatchObject({ ok: false });
  expect(result.ok ? '' : result.problem).toMatch(
    /MB free, the model needs 1152921504607 MB; free some space or give --dir DIR\./,
  );
  expect(existsSync(directory)).toBe(true);
  expect(server.paths).toHaveLength(1);
});

test('progress is a bar that replaces itself on a terminal, and a line every few seconds elsewhere', () => {
  for (const isTTY of [true, false]) {
    let written = '';
    let now = 0;
    const stream = { isTTY, write: (text: string) => (written += text) } as unknown as NodeJS.WriteStream;
    const progress = createPullProgress(stream, () => now);
    for (; now <= 10_000; now += 50) {
      progress.show({ doneBytes: now * 1000, totalBytes: 10_000_000, bytesPerSecond: 1_000_000, secondsLeft: 3 });
    }
    progress.end();
    if (isTTY) {
      expect(written).toContain(
        `\r\u001b[2K[${'#'.repeat(15)}${'.'.repeat(15)}] 50 %, 5.0 MB of 10.0 MB, 1.0 MB/s, 3 s left`,
      );
      expect(written).not.toContain('\n');
    } else {
      expect(written).toBe(
        '50 %, 5.0 MB of 10.0 MB, 1.0 MB/s, 3 s left\n100 %, 10.0 MB of 10.0 MB, 1.0 MB/s, 3 s left\n',
      );
    }
  }
});
