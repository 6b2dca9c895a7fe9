// Models on the disk: what is listed is what is there, and nothing is removed but downloads, and not without a yes.
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hearthkey } from './hearthkey.ts';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts';

const PHI_2 = 'phi-2.Q4_K_M.gguf';

function fill(folder: TemporaryFolder, files: Record<string, number>): string {
  const models = folder.file('models');
  mkdirSync(models);
  for (const [name, size] of Object.entries(files)) writeFileSync(join(models, name), Buffer.alloc(size));
  return models;
}

function models(folder: TemporaryFolder, ...args: string[]) {
  return hearthkey(['models', ...args, '--state', folder.path]);
}

describe('list', () => {
  it('tells what each download takes on the disk, broken-off ones included, and all together', async () => {
    await using folder = await temporaryFolder();
    fill(folder, { [PHI_2]: 300, 'a-00001-of-00002.gguf': 10, 'a-00002-of-00002.gguf.ipull': 5, 'notes.txt': 1000 });
    const { stdout } = await models(folder, 'list', '--json');
    const overview = JSON.parse(stdout) as { local: object[]; downloadedBytes: number };
    expect(overview.downloadedBytes).toBe(315);
    expect(overview.local.slice(2)).toMatchObject([
      { sizeBytes: 15, complete: false },
      { sizeBytes: 300, complete: true },
    ]);
    expect((await models(folder, 'list')).stdout).toMatch(/15 B, broken off\n[^]*Downloads take 315 B\.\n/);
  });
});

describe('rm', () => {
  it('removes a model by the name of the catalogue, and tells what that freed', async () => {
    await using folder = await temporaryFolder();
    const there = fill(folder, { [PHI_2]: 300, 'other.gguf': 1 });
    const { exitCode, stdout } = await models(folder, 'rm', 'phi-2', '--yes', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ freedBytes: 300 });
    expect(readdirSync(there)).toEqual(['other.gguf']);
  });

  it('removes all parts of a model, and what a broken-off download left', async () => {
    await using folder = await temporaryFolder();
    const there = fill(folder, {
      'a-00001-of-00002.gguf': 10,
      'a-00002-of-00002.gguf.ipull': 5,
      'b.gguf.ipull': 7,
      'a.gguf': 1,
    });
    expect((await models(folder, 'rm', 'a-00001-of-00002.gguf', '--yes')).stdout).toContain('15 bytes freed');
    expect((await models(folder, 'rm', 'b', '--yes')).stdout).toContain('7 bytes freed');
    expect(readdirSync(there)).toEqual(['a.gguf']);
  });

  it('asks first, and where nobody can answer does nothing', async () => {
    await using folder = await temporaryFolder();
    const there = fill(folder, { [PHI_2]: 300 });
    const { exitCode, stderr } = await models(folder, 'rm', 'phi-2');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^hearthkey: Remove .*phi-2\.Q4_K_M\.gguf \(300 B\)\? Add --yes to do it without being asked\.\n$/,
    );
    expect(readdirSync(there)).toEqual([PHI_2]);
  });

  it.each([
    ['a file elsewhere', 'models/tiny-llama.gguf', /is not in .*models, and only what lies there is removed/],
    ['an embedded model', 'tiny-llama', /There is no model 'tiny-llama' in /],
    ['a way out of the folder', '../run.gguf', /is not in .*models/],
    ['what is no model', 'notes.txt', /There is no model 'notes\.txt'/],
  ])('refuses %s', async (_, wanted, sentence) => {
    await using folder = await temporaryFolder();
    fill(folder, { 'notes.txt': 1 });
    writeFileSync(folder.file('run.gguf'), 'x');
    expect(await models(folder, 'rm', wanted, '--yes')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(sentence) as unknown,
    });
    expect(existsSync('models/tiny-llama.gguf') && existsSync(folder.file('run.gguf'))).toBe(true);
  });

  it('removes a link, and not what it leads to', async () => {
    await using folder = await temporaryFolder();
    const there = fill(folder, {});
    writeFileSync(folder.file('mine.bin'), 'x');
    symlinkSync(folder.file('mine.bin'), join(there, 'linked.gguf'));
    expect((await models(folder, 'rm', 'linked', '--yes')).exitCode).toBe(0);
    expect(readdirSync(there)).toEqual([]);
    expect(existsSync(folder.file('mine.bin'))).toBe(true);
  });
});

it('show and verify are the node’s program, with its exit code', async () => {
  await using folder = await temporaryFolder();
  const shown = await models(folder, 'show', 'tiny-phi2', '--sequences', '2', '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({ architecture: 'phi2', memory: { sequences: 2 } });
  expect(await models(folder, 'verify', 'tiny-phi2')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^ok .*tiny-phi2\.gguf\n/) as unknown,
  });
  expect((await hearthkey(['models', 'verify', '--state', folder.path, '--', '--dir'])).exitCode).toBe(1);
});
