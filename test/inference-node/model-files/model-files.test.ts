// What the operator is told of a model file is what is in it, and a file that is not what it should be is never called sound.
import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../server/node-under-test.ts';

const PROGRAM = join(import.meta.dirname, '../../../inference-node/model-files/main.ts');
const TINY = 'models/tiny-llama.gguf';

type Result = { code: number; stdout: string; stderr: string };

function run(...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe('show', () => {
  test('tells what the file says, what it takes, and what suits this machine', async () => {
    const { code, stdout } = await run('show', 'tiny-llama', '--json', '--context-size', '1024', '--sequences', '2');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'tiny-llama',
      architecture: 'llama',
      quantization: 'Q8_0',
      layers: 4,
      heads: 6,
      keyValueHeads: 2,
      trainedContext: 2048,
      vocabulary: 2048,
      chatTemplate: true,
      toolFormat: 'described',
      diskBytes: readFileSync(TINY).length,
      memory: {
        contextSize: 1024,
        sequences: 2,
        fits: true,
        bytes: { kvCache: 1024 * 2 * 4 * 2 * 32 * 2 * 2, flashAttention: false },
      },
      suggestion: { contextSize: 2048, sequences: 4, toml: expect.stringContaining('[[models]]') as unknown },
    });
  });

  test('says in one word whether it fits', async () => {
    expect((await run('show', TINY)).stdout).toMatch(/\nattention +plain\n(.*\n)*fits +yes\n/);
    // 340 GB of context.
    const much = await run('show', TINY, '--context-size', '1048576', '--sequences', '256');
    expect(much.stdout).toMatch(/\nfits +no\n/);
  });

  test('refuses a file that is no model, and a name that there is not, with the way out', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'x.gguf'), 'no model');
    expect(await run('show', 'x', '--dir', folder)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^hearthkey models show: .*Download it again, or take another file\.\n$/,
      ) as unknown,
    });
    expect(await run('show', 'phi-2', '--dir', folder)).toMatchObject({
      code: 1,
      stderr: "hearthkey models show: 'phi-2' is not here yet. Download it: hearthkey models pull phi-2\n",
    });
    expect((await run('show', 'phi-3', '--dir', folder)).stderr).toMatch(/no model 'phi-3': give a file, .*tiny-llama/);
    expect((await run('show', TINY, '--sequences', '0')).code).toBe(2);
  });
});

describe('verify', () => {
  test('without a name looks at all that is here, and fails when one is bad', async () => {
    const folder = temporaryFolder();
    copyFileSync(TINY, join(folder, 'good.gguf'));
    const sound = await run('verify', '--dir', folder, '--json');
    expect(sound.code).toBe(0);
    expect(JSON.parse(sound.stdout)).toMatchObject([
      { name: 'tiny-llama', ok: true, checked: 'catalogue' },
      { name: 'tiny-phi2', ok: true, checked: 'catalogue' },
      { file: join(folder, 'good.gguf'), ok: true, checked: 'structure', sha256: expect.any(String) as unknown },
    ]);
    copyFileSync(TINY, join(folder, 'cut.gguf'));
    truncateSync(join(folder, 'cut.gguf'), 1_000_000);
    const bad = await run('verify', '--dir', folder);
    expect(bad).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/BAD .*cut\.gguf\n .*is truncated/) as unknown,
    });
    expect(bad.stdout).toContain('SHA-256 as published');
  });

  test('a file under the name of a catalogue model that is another one is bad, though it is a sound model', async () => {
    const folder = temporaryFolder();
    copyFileSync(TINY, join(folder, 'phi-2.Q4_K_M.gguf'));
    const { code, stdout } = await run('verify', 'phi-2', '--dir', folder);
    expect(code).toBe(1);
    expect(stdout).toMatch(/instead of 1789239136: .*another file\. Pull it again: hearthkey models pull phi-2\n/);
  });

  test('a model in parts needs all of them', async () => {
    const folder = temporaryFolder();
    copyFileSync(TINY, join(folder, 'm-00001-of-00002.gguf'));
    const { code, stdout } = await run('verify', '--dir', folder);
    expect(code).toBe(1);
    expect(stdout).toMatch(/m-00002-of-00002\.gguf is missing/);
  });
});
