// Models that are loaded when they are called: the embedded ones, in a memory that holds one of them at a time.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EngineOptions, ModelOptions } from '../../../inference-node/engine/engine-options.ts';
import type { Engine } from '../../../inference-node/engine/engine.ts';
import { EngineProcess } from '../../../inference-node/engine/engine-process.ts';
import { startEngine } from '../../../inference-node/engine/start-engine.ts';
import { temporaryFolder } from '../server/node-under-test.ts';
import { ask, readUntil, request, TINY_LLAMA, TINY_PHI2 } from './tiny-engine.ts';

const MIB = 1_048_576;
/** Each needs about 67 MiB with these settings. */
const ROOM_FOR_ONE = { memoryLimit: 90 * MIB };
/** Not for the vectors of one of them beside both: those need about 17 MiB. */
const ROOM_FOR_BOTH = { memoryLimit: 140 * MIB };
const ROOM_WITHOUT_VECTORS = { memoryLimit: 72 * MIB };
const LLAMA: ModelOptions = { id: 'tiny-llama', path: TINY_LLAMA, sequences: 1, load: 'on_demand' };
const PHI2: ModelOptions = { id: 'tiny-phi2', path: TINY_PHI2, sequences: 1, load: 'on_demand' };
const LONG = { prompt: { text: 'xq zv' }, sampling: { temperature: 2, topK: 40, minP: 0.05, seed: 3 }, maxTokens: 300 };
/** Long for a step of the tiny models on any machine. */
const SILENCE_MS = 1500;
const never = new AbortController().signal;

async function start(models: readonly ModelOptions[], options: Partial<EngineOptions> = {}) {
  const log: string[] = [];
  const onLog = ({ message }: { message: string }): void => void log.push(message);
  const engine = await startEngine({ gpu: false, threads: 1, models, onLog, ...options });
  onTestFinished(() => engine.close());
  const states = (): (string | undefined)[] => engine.models().map(({ state }) => state);
  return { engine, log, states };
}

test('a start takes no memory for them, and tells of them as if they were there', async () => {
  const { engine, states } = await start([LLAMA, PHI2]);
  await engine.ready;
  expect(states()).toEqual(['unloaded', 'unloaded']);
  const before = engine.models();
  await ask(engine);
  expect(states()).toEqual(['loaded', 'unloaded']);
  const [loaded] = engine.models();
  // The file is a little larger than the weights in it; what tells of the loaded one is there only then.
  const later = { sizeBytes: 0, state: 'loaded', device: '', fingerprint: '', tokensPerSecond: 0 };
  expect({ ...before[0], ...later }).toEqual({ ...loaded, ...later });
  expect(engine.traitsOf('tiny-phi2')?.toolFormat).toBe('described');
  expect(engine.traitsOf('tiny-llama')?.fingerprint).toMatch(/^fp_/);
});

test('a call waits for its model, and its answer is the same as of one that was there from the start', async () => {
  const { engine: kept } = await start([{ ...LLAMA, load: 'start' }]);
  await kept.ready;
  const { engine } = await start([LLAMA]);
  await engine.ready;
  const [first, second, right] = await Promise.all([ask(engine), ask(engine), ask(kept)]);
  expect(first.text).toBe(right.text);
  expect(second.text).toBe(right.text);
});

test('where there is room for one, calls of two take turns, and none goes without its answer', async () => {
  const { engine, states } = await start([LLAMA, PHI2], { memory: ROOM_FOR_ONE });
  await engine.ready;
  await ask(engine, { maxTokens: 4 });
  expect(states()).toEqual(['loaded', 'unloaded']);
  await ask(engine, { model: 'tiny-phi2', maxTokens: 4 });
  expect(states()).toEqual(['unloaded', 'loaded']);
  const answers = ['tiny-llama', 'tiny-phi2', 'tiny-llama'].map((model) => ask(engine, { model, maxTokens: 4 }));
  for (const { result } of await Promise.all(answers)) expect(result.completionTokens).toBeGreaterThan(0);
  expect(engine.stats().restarts).toBe(0);
});

test('a model that answers is not unloaded: a call of another waits until it is done', async () => {
  const { engine } = await start([LLAMA, PHI2], { memory: ROOM_FOR_ONE });
  await engine.ready;
  const events = engine.generate(request(LONG), never).events[Symbol.asyncIterator]();
  await readUntil(events, 'text');
  const ended: string[] = [];
  const other = ask(engine, { model: 'tiny-phi2', maxTokens: 1 }).then(() => ended.push('other'));
  await readUntil(events, 'finished').then(() => ended.push('running'));
  await other;
  expect(ended).toEqual(['running', 'other']);
});

test('a call that has waited long enough is told when to come again', async () => {
  const { engine } = await start([LLAMA], { memory: { loadWaitMs: 0 } });
  await engine.ready;
  await expect(ask(engine)).rejects.toMatchObject({
    code: 'model_loading',
    status: 503,
    retryAfterSeconds: expect.any(Number) as unknown,
  });
});

test('a question that is no generation brings its model, too', async () => {
  const { engine } = await start([LLAMA]);
  await engine.ready;
  const asker = { model: 'tiny-llama', account: 'account1', priority: 'normal' } as const;
  const source = { text: 'key', addBeginning: false, readControl: false };
  const { tokens } = await engine.ask(asker, { type: 'tokenize', source, withPieces: false }, never);
  expect(tokens.length).toBeGreaterThan(0);
});

describe('memory that does not suffice', () => {
  test('stops the start with a sentence of what is needed, what there is, and what to change', async () => {
    const { engine } = await start([{ ...LLAMA, load: 'start' }], { memory: { memoryLimit: 20 * MIB } });
    await expect(engine.ready).rejects.toMatchObject({
      name: 'ModelLoadError',
      modelId: 'tiny-llama',
      message: expect.stringMatching(
        /^models\/tiny-llama\.gguf needs \d+ MiB of memory for 1 calls at once, and 20 MiB are available: lower context_size/,
      ) as unknown,
    });
  });

  test('stops it before more is taken than this machine has', async () => {
    const much = { ...LLAMA, load: 'start', contextSize: 1_048_576, sequences: 256 } as const;
    const { engine } = await start([much]);
    await expect(engine.ready).rejects.toThrow(
      /needs \d{6} MiB of memory for 256 calls at once, and \d+ MiB are available/,
    );
  });

  test('refuses a call whose model can never fit, and tells the operator; others go on', async () => {
    const { engine, log } = await start([{ ...PHI2, sequences: 64 }, LLAMA], { memory: ROOM_FOR_ONE });
    await engine.ready;
    await expect(ask(engine, { model: 'tiny-phi2' })).rejects.toMatchObject({ code: 'model_unavailable', status: 503 });
    expect(log).toEqual([expect.stringMatching(/tiny-phi2\.gguf needs \d+ MiB .* 90 MiB are available/)]);
    expect((await ask(engine, { maxTokens: 4 })).result.completionTokens).toBeGreaterThan(0);
  });
});

describe('memory for vectors', () => {
  const asker = { model: 'tiny-llama', account: 'account1', priority: 'normal' } as const;
  const countTokens = (engine: Engine) =>
    engine.ask<'embedding_tokens'>(asker, { type: 'embedding_tokens', input: 'An API key', dimensions: null }, never);

  test('is made room for by a model that nobody uses', async () => {
    const { engine, states } = await start([LLAMA, PHI2], { memory: ROOM_FOR_BOTH });
    await engine.ready;
    await ask(engine, { model: 'tiny-phi2', maxTokens: 1 });
    await ask(engine, { maxTokens: 1 });
    expect(states()).toEqual(['loaded', 'loaded']);
    const { tokens } = await countTokens(engine);
    expect(states()).toEqual(['loaded', 'unloaded']);
    const { vector } = await engine.ask<'embed'>(asker, { type: 'embed', tokens, dimensions: null }, never);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });

  test('that there is not is refused, and the operator told; answers go on', async () => {
    const { engine, log } = await start([LLAMA], { memory: ROOM_WITHOUT_VECTORS });
    await engine.ready;
    await expect(countTokens(engine)).rejects.toMatchObject({ code: 'model_unavailable', status: 503 });
    expect(log).toEqual([
      expect.stringMatching(
        /tiny-llama\.gguf needs \d+ MiB more of memory for vectors \(\/v1\/embeddings\), and \d+ MiB/,
      ),
    ]);
    expect((await ask(engine, { maxTokens: 4 })).result.completionTokens).toBeGreaterThan(0);
  });
});

test('a model whose loading aborts the process is not tried again by the next call', async () => {
  const path = join(temporaryFolder(), 'aborts.gguf');
  const file = readFileSync(TINY_LLAMA);
  file.write('#', file.indexOf('llama.attention.head_count'));
  writeFileSync(path, file);
  let backAgain = (): void => undefined;
  const back = new Promise<void>((resolve) => (backAgain = resolve));
  let wasDown = false;
  // Without the check of its file, which would have refused it.
  const { engine: checked } = await start([LLAMA]);
  await checked.ready;
  const [facts] = checked.models();
  const known = [
    { ...facts!, id: 'aborts', aliases: [], toolFormat: 'described' as const, fingerprint: '', device: '' },
  ];
  const engine = new EngineProcess({
    models: [
      { id: 'tiny-llama', path: TINY_LLAMA, sequences: 1 },
      { id: 'aborts', path, load: 'on_demand' },
    ],
    gpu: false,
    threads: 1,
    known,
    memory: { memoryLimit: 'none' },
    onState: (state) => {
      if (state === 'restarting') wasDown = true;
      if (state === 'ready' && wasDown) backAgain();
    },
  });
  onTestFinished(() => engine.close());
  await engine.ready;
  await expect(ask(engine, { model: 'aborts' })).rejects.toMatchObject({ code: 'engine_restarting' });
  await back;
  await expect(ask(engine, { model: 'aborts' })).rejects.toMatchObject({
    code: 'model_unavailable',
    retryAfterSeconds: expect.any(Number) as unknown,
  });
  expect((await ask(engine, { maxTokens: 4 })).result.completionTokens).toBeGreaterThan(0);
  expect(engine.stats().restarts).toBe(1);
});

test('an engine that is silent while it loads is not taken for hung', async () => {
  const silence = { stopped: false };
  const { engine } = await start([{ ...PHI2, load: 'start' }, LLAMA], {
    watchdog: { minimumMs: SILENCE_MS, firstStepMs: 60_000 },
    onLoadProgress: (model) => {
      if (model !== 'tiny-llama' || silence.stopped) return;
      silence.stopped = true;
      if (!(engine instanceof EngineProcess)) throw new Error('the engine is no process');
      const pid = engine.pid!;
      process.kill(pid, 'SIGSTOP');
      setTimeout(() => process.kill(pid, 'SIGCONT'), 2 * SILENCE_MS);
    },
  });
  await engine.ready;
  // From the first step on a silence counts.
  await ask(engine, { model: 'tiny-phi2', maxTokens: 4 });
  expect((await ask(engine, { maxTokens: 2 })).result.completionTokens).toBeGreaterThan(0);
  expect(silence.stopped).toBe(true);
  expect(engine.stats().restarts).toBe(0);
});
