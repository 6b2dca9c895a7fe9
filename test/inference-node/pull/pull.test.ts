// A pulled model is the file that was meant, or one sentence says why not; what was broken off goes on.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { planPull } from '../../../inference-node/pull/model-reference.ts';
import { modelCatalogueSchema } from '../../../protocol/catalogue/model-catalogue.ts';
import { temporaryFolder } from '../server/node-under-test.ts';
import { FileServer } from './file-server.ts';

const ROOT = join(import.meta.dirname, '../../..');
const TINY = readFileSync(join(ROOT, 'models/tiny-llama.gguf'));
const MIB = 1024 * 1024;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const catalogue = modelCatalogueSchema.parse(JSON.parse(readFileSync(join(ROOT, 'models/catalogue.json'), 'utf8')));

function start(args: string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(ROOT, 'inference-node/pull/main.ts'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  return { child, ended };
}

const pull = (args: string[], environment?: Record<string, string>) => start(args, environment).ended;

describe('a download', () => {
  test('by URL arrives under its name, is checked, and says how to serve it', async () => {
    const server = await FileServer.start(TINY);
    const directory = temporaryFolder();
    const { code, stdout } = await pull([`${server.url}/some/tiny.gguf?download=1`, '--dir', directory]);
    const file = join(directory, 'tiny.gguf');
    expect(stdout).toBe(`${file} is here: ${TINY.length} bytes, verified.\nServe it: hearthkey up --model ${file}\n`);
    expect(code).toBe(0);
    expect(readFileSync(file).equals(TINY)).toBe(true);
    expect(readdirSync(directory)).toEqual(['tiny.gguf']);
  });

  test('from Hugging Face asks for the pinned revision and checks the SHA-256 that it tells', async () => {
    const server = await FileServer.start(TINY);
    server.headers = { 'x-linked-etag': `"${sha256(TINY)}"`, 'x-linked-size': String(TINY.length) };
    const directory = temporaryFolder();
    const { code, stdout } = await pull(['hf:user/repo/dir/tiny.gguf#abc123', '--dir', directory, '--json'], {
      HF_ENDPOINT: server.url,
    });
    expect(code).toBe(0);
    const file = join(directory, 'tiny.gguf');
    expect(JSON.parse(stdout)).toEqual({
      file,
      sizeBytes: TINY.length,
      sha256: sha256(TINY),
      verified: true,
      present: false,
    });
    expect(stdout.split('\n')).toHaveLength(2);
    expect(server.paths.every((path) => path.startsWith('/user/repo/resolve/abc123/dir/tiny.gguf'))).toBe(true);
  });

  test('that was interrupted keeps what has come, and the next one goes on from there', async () => {
    // Larger than one of the downloader's 5 MiB chunks, else there is nothing to go on from; and unlike a hole in a file.
    const padded = Buffer.concat([TINY, randomBytes(40 * MIB)]);
    const server = await FileServer.start(padded);
    server.silentAfter = 6 * MIB;
    const directory = temporaryFolder();
    const url = `${server.url}/big.gguf`;
    const first = start([url, '--dir', directory]);
    await vi.waitUntil(() => holdsChunk(join(directory, 'big.gguf.ipull'), padded), { timeout: 20_000 });
    first.child.kill('SIGINT');
    const { code, stderr } = await first.ended;
    expect(stderr).toContain('hearthkey models pull: Stopped; what has come is kept: pull it again to go on.\n');
    expect(code).toBe(130);
    expect(readdirSync(directory)).toEqual(['big.gguf.ipull']);
    server.silentAfter = Infinity;
    server.bodyBytesSent = 0;
    const second = await pull([url, '--dir', directory]);
    expect(second.stderr).not.toContain('models pull:');
    expect(readFileSync(join(directory, 'big.gguf')).equals(padded)).toBe(true);
    // The downloader may ask for one byte to see whether parts of a file are served.
    expect(server.bodyBytesSent).toBeLessThanOrEqual(padded.length - 5 * MIB + 1);
  });

  test('that is another file than its SHA-256 says is removed', async () => {
    const server = await FileServer.start(TINY);
    server.headers = { 'x-linked-etag': `"${'0'.repeat(64)}"` };
    const directory = temporaryFolder();
    const { code, stdout, stderr } = await pull([`${server.url}/tiny.gguf`, '--dir', directory]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /tiny\.gguf has the SHA-256 \w{64} instead of 0{64}: it is damaged or another file\. It was removed; pull it again\./,
    );
    expect(readdirSync(directory)).toEqual([]);
  });

  test('that has another size than announced is removed', async () => {
    const server = await FileServer.start(TINY);
    server.headers = { 'x-linked-size': String(TINY.length + 1) };
    const directory = temporaryFolder();
    const { code, stderr } = await pull([`${server.url}/tiny.gguf`, '--dir', directory]);
    expect(code).toBe(1);
    expect(stderr).toContain(`has ${TINY.length} bytes instead of ${TINY.length + 1}`);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('that is no model is removed', async () => {
    const server = await FileServer.start(Buffer.from('<html>Please sign in</html>'.repeat(100)));
    const directory = temporaryFolder();
    const { code, stderr } = await pull([`${server.url}/tiny.gguf`, '--dir', directory]);
    expect(code).toBe(1);
    expect(stderr).toContain('tiny.gguf');
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('a source that gives nothing is told in one sentence', () => {
  const oneSentence = (stderr: string) => stderr.split('\n').filter((line) => line.includes('models pull:'));

  test('no network', async () => {
    // A port that was free a moment ago, and that nothing listens on.
    const { createServer } = await import('node:net');
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as { port: number };
        probe.close(() => {
          resolve(port);
        });
      });
    });
    const { code, stdout, stderr } = await pull([`http://127.0.0.1:${port}/tiny.gguf`, '--dir', temporaryFolder()]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      `hearthkey models pull: 127.0.0.1:${port} cannot be reached (ECONNREFUSED): is this machine online? Models that are here already need no network: hearthkey up --model FILE.\n`,
    );
  });

  test.each([
    [404, 'There is no file at'],
    [403, 'then set HF_TOKEN to a token of yours'],
  ])('an answer of %i', async (status, sentence) => {
    const server = await FileServer.start(TINY);
    server.status = status;
    const { code, stderr } = await pull([`${server.url}/tiny.gguf`, '--dir', temporaryFolder()]);
    expect(code).toBe(1);
    expect(oneSentence(stderr)).toHaveLength(1);
    expect(stderr).toContain(sentence);
  });

  test('a catalogue file that has another size than pinned is not even downloaded', async () => {
    const server = await FileServer.start(TINY);
    const directory = temporaryFolder();
    const [model] = catalogue.models;
    const { code, stderr } = await pull([model!.name, '--dir', directory], { HF_ENDPOINT: server.url });
    expect(code).toBe(1);
    expect(stderr).toContain(`has ${TINY.length} bytes, the catalogue says`);
    expect(stderr).toContain(model!.licence.name);
    expect(server.paths).toHaveLength(1);
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each([
    [['no-such-model'], 1, /is not in the catalogue \(phi-2, /],
    [['hf:nonsense'], 1, /is not of the form hf:user\/repository\/file\.gguf/],
    [['https://host/file.bin'], 1, /does not end in the name of a \.gguf file/],
    [['http://example.com/file.gguf'], 1, /is not encrypted; give an https URL/],
    [[], 2, /give one model\. See --help\./],
    [['--nonsense', 'x'], 2, /Unknown option '--nonsense'/],
  ])('%j', async (args, code, sentence) => {
    const result = await pull(args);
    expect(result.code).toBe(code);
    expect(oneSentence(result.stderr)).toHaveLength(1);
    expect(result.stderr).toMatch(sentence);
  });
});

describe('what a reference means', () => {
  const endpoint = 'https://huggingface.co/';

  test('every name of the catalogue is a pinned file with what is known of it', () => {
    for (const model of catalogue.models) {
      expect(planPull(model.name, catalogue, endpoint)).toMatchObject({
        ok: true,
        plan: { uri: model.source, fileName: model.file, sizeBytes: model.sizeBytes, sha256: model.sha256 },
      });
    }
  });

  test.each([
    ['hf:a/b/c.gguf', 'https://huggingface.co/a/b/resolve/main/c.gguf', 'c.gguf'],
    ['hf:a/b/d/c.gguf#r', 'https://huggingface.co/a/b/resolve/r/d/c.gguf', 'c.gguf'],
    ['hf:a/b:Q4_K_M', 'https://huggingface.co/', null],
    ['https://h/x/My%2DModel.gguf', 'https://h/x/My%2DModel.gguf', 'My-Model.gguf'],
  ])('%s', (reference, checkUrl, fileName) => {
    expect(planPull(reference, catalogue, endpoint)).toMatchObject({
      ok: true,
      plan: { uri: reference, checkUrl, fileName },
    });
  });

  test.each([
    'https://h/%2e%2e%2fetc.gguf',
    'https://h/.gguf',
    'https://h/%zz.gguf',
    'https://h/a%00.gguf',
    'https://h/',
  ])('%s is refused', (reference) => {
    expect(planPull(reference, catalogue, endpoint).ok).toBe(false);
  });
});

/** Whether an unfinished download holds one of its 5 MiB chunks, and behind the model's bytes the downloader's note of it. */
function holdsChunk(file: string, model: Buffer): boolean {
  if (!existsSync(file)) return false;
  const bytes = readFileSync(file);
  const holds = (start: number) =>
    bytes.subarray(start, start + 5 * MIB).equals(model.subarray(start, start + 5 * MIB));
  return bytes.length > model.length && Array.from({ length: 8 }, (_, index) => index * 5 * MIB).some(holds);
}
