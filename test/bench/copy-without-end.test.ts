// The tiny chat models stop after a few tokens of a random prompt: the copy must not, and must else be the same model.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyWithoutEnd } from '../../bench/gguf/copy-without-end.ts';

const ORIGINAL = join(import.meta.dirname, '../../models/tiny-llama.gguf');
const TOKENS = 64;

describe('copyWithoutEnd', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hearthkey-copy-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('makes a model that goes on for as long as it is asked to', async () => {
    const path = join(folder, 'tiny.gguf');
    await copyWithoutEnd(ORIGINAL, path);
    expect((await readFile(path)).length).toBe((await readFile(ORIGINAL)).length);
    const llama = await getLlama({ gpu: false, build: 'never' });
    const model = await llama.loadModel({ modelPath: path });
    const context = await model.createContext({ contextSize: 128, threads: 1 });
    let generated = 0;
    for await (const token of context.getSequence().evaluate(model.tokenize('well then'), { temperature: 0 })) {
      expect(model.isEogToken(token)).toBe(false);
      if (++generated === TOKENS) break;
    }
    expect(generated).toBe(TOKENS);
    await llama.dispose();
  });
});
