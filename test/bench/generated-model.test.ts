// The models that the benchmarks measure on are files that the engine takes, of exactly the size that their shape has.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama, LlamaCompletion, readGgufFileInfo } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODEL_SHAPES, type ModelShapeName } from '../../bench/gguf/model-shapes.ts';
import { writeModel } from '../../bench/gguf/write-model.ts';

const TINY: ModelShapeName[] = ['llama-tiny', 'phi-2-tiny'];

describe('a generated model', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hearthkey-gguf-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(TINY)('%s loads and generates', async (name) => {
    const path = join(folder, `${name}.gguf`);
    await writeModel(name, MODEL_SHAPES[name], path);
    const llama = await getLlama({ gpu: false, build: 'never' });
    const model = await llama.loadModel({ modelPath: path });
    // One token per byte, so that a benchmark knows a prompt's length.
    expect(model.tokenize('Hello, wörld')).toHaveLength(13);
    const context = await model.createContext({ contextSize: 128, threads: 1 });
    const completion = new LlamaCompletion({ contextSequence: context.getSequence() });
    const answer = await completion.generateCompletionWithMeta('Hello', { maxTokens: 16, temperature: 0 });
    expect(answer.metadata.stopReason).toBe('maxTokens');
    expect(answer.response).not.toBe('');
    await llama.dispose();
  });

  it.each(TINY)('%s says what it is and has no byte too many', async (name) => {
    const path = join(folder, `${name}-2.gguf`);
    const bytes = await writeModel(name, MODEL_SHAPES[name], path);
    const info = await readGgufFileInfo(path);
    const shape = MODEL_SHAPES[name];
    expect(info.metadata.general.architecture).toBe(shape.architecture);
    expect(info.architectureMetadata.embedding_length).toBe(shape.width);
    expect(info.fullTensorInfo).toHaveLength(
      shape.architecture === 'llama' ? 2 + 9 * shape.blocks : 5 + 10 * shape.blocks,
    );
    expect((await stat(path)).size).toBe(bytes);
    const first = await readFile(path);
    await writeModel(name, shape, path);
    // Same shape, same file: two runs of a benchmark measure the same model.
    expect((await readFile(path)).equals(first)).toBe(true);
  });
});
