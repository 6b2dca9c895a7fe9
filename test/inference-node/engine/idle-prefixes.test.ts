// Beginnings that no sequence holds any more come back from the store: for their account alone, without changing a token, and
// whatever becomes of the files.
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ask, chatPrompt, tinyEngine, TINY_LLAMA, TINY_PHI2, type RequestChange } from './tiny-engine.ts';
import { plainEvaluation, type PlainEvaluation } from '../llama-cpp/plain-evaluation.ts';
import { temporaryFolder } from '../server/node-under-test.ts';
import type { EngineOptions, ModelOptions, PrefixStoreOptions } from '../../../inference-node/engine/engine-options.ts';

const FIRST = chatPrompt(`${'You are a careful helper who answers in one sentence. '.repeat(12)}What is an API key?`);
const SECOND = chatPrompt(`${'Never mind what others say; be quick. '.repeat(12)}How do I revoke a key?`);
const ONE_SEQUENCE: ModelOptions = { id: 'tiny-llama', path: TINY_LLAMA, sequences: 1 };

let plain: PlainEvaluation;
beforeAll(async () => {
  plain = await plainEvaluation(TINY_LLAMA);
});
afterAll(() => plain.dispose());

async function start(
  change: Partial<PrefixStoreOptions> = {},
  { models = [ONE_SEQUENCE], ...options }: Partial<EngineOptions> = {},
) {
  const folder = join(temporaryFolder(), 'prefixes');
  const prefixStore = { folder, maxBytes: 64 * 1_048_576, keepWithKey: null, costs: 'ignored' as const, ...change };
  const log: string[] = [];
  const engine = await tinyEngine(models, { prefixStore, onLog: ({ message }) => log.push(message), ...options });
  onTestFinished(() => engine.close());
  /** Text, and how much of the prompt did not have to be computed. */
  const turn = async (prompt: string, request: RequestChange = {}) => {
    const { text, result } = await ask(engine, { prompt: { text: prompt }, maxTokens: 30, ...request });
    return { text, cached: result.cachedTokens, all: result.cachedTokens === result.promptTokens - 1 };
  };
  const files = (): string[] => readdirSync(prefixStore.folder).map((file) => join(prefixStore.folder, file));
  return { engine, log, turn, files, prefixStore };
}

test('two conversations on one sequence: each comes back whole, and answers as ever', async () => {
  const { turn, files, engine } = await start();
  const [first, second] = [await plain.complete(FIRST, 30), await plain.complete(SECOND, 30)];
  expect(await turn(FIRST)).toMatchObject({ text: first.text, cached: 0 });
  expect(await turn(SECOND)).toMatchObject({ text: second.text, cached: expect.any(Number) as unknown, all: false });
  for (let time = 0; time < 2; time++) {
    expect(await turn(FIRST)).toMatchObject({ text: first.text, all: true });
    expect(await turn(SECOND)).toMatchObject({ text: second.text, all: true });
  }
  expect(files()).toHaveLength(2);
  expect(statSync(files()[0]!).mode & 0o777).toBe(0o600);
  await engine.close();
  expect(files()).toEqual([]);
});

test('a conversation that went on is stored once, as far as it came', async () => {
  const { turn, files } = await start();
  const { text } = await turn(FIRST);
  await turn(SECOND);
  const next = `${FIRST}${text}<|im_end|>\n<|im_start|>user\nHow do I revoke it?<|im_end|>\n<|im_start|>assistant\n`;
  const expected = await plain.complete(next, 30);
  expect((await turn(next)).text).toBe(expected.text);
  await turn(SECOND);
  expect(files()).toHaveLength(2);
  expect(await turn(next)).toMatchObject({ text: expected.text, all: true });
});

test('nothing comes back across accounts', async () => {
  const { turn } = await start();
  await turn(FIRST, { account: 'alice' });
  await turn(SECOND, { account: 'bob' });
  expect(await turn(FIRST, { account: 'carol' })).toMatchObject({ cached: 0 });
  expect(await turn(SECOND, { account: 'carol', maxTokens: 1 })).toMatchObject({ all: false });
  expect(await turn(FIRST, { account: 'alice' })).toMatchObject({ all: true });
});

test('without a store they are forgotten, as ever', async () => {
  const { turn } = await start({}, { prefixStore: null });
  await turn(FIRST);
  await turn(SECOND);
  expect(await turn(FIRST)).toMatchObject({ all: false });
});

describe('a file that is not what was written', () => {
  test.each<[string, (path: string) => void]>([
    ['is gone', rmSync],
    [
      'is cut',
      (path) => {
        writeFileSync(path, 'ggsq');
      },
    ],
  ])('because it %s costs the time to compute, and nothing else', async (_, change) => {
    const { turn, files, log, engine } = await start();
    const { text } = await turn(FIRST);
    await turn(SECOND, { account: 'other' });
    for (const file of files()) change(file);
    expect(await turn(FIRST)).toMatchObject({ text, cached: 0 });
    expect(log).toEqual([expect.stringMatching(/^the prefix store cannot use a prefix that it kept/)]);
    expect(engine.stats().restarts).toBe(0);
  });

  test('because there is no folder any more neither', async () => {
    const { turn, log, prefixStore } = await start();
    rmSync(prefixStore.folder, { recursive: true });
    const { text } = await turn(FIRST);
    await turn(SECOND, { account: 'other' });
    expect(await turn(FIRST)).toMatchObject({ text, cached: 0 });
    expect(log).toEqual([expect.stringMatching(/^the prefix store cannot keep a prefix/)]);
  });
});

test('a folder that is no folder stops nothing', async () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, '');
  const { turn, log } = await start({ folder: path });
  expect((await turn(FIRST)).text).toBe((await plain.complete(FIRST, 30)).text);
  expect(log).toEqual([expect.stringMatching(/^there is no prefix store: /)]);
});

test('a model that was unloaded meanwhile has them again', async () => {
  const models: ModelOptions[] = [
    { ...ONE_SEQUENCE, load: 'on_demand' },
    { id: 'tiny-phi2', path: TINY_PHI2, sequences: 1, load: 'on_demand' },
  ];
  const { engine, turn } = await start({}, { models, memory: { memoryLimit: 90 * 1_048_576 } });
  const { text } = await turn(FIRST);
  await turn('Instruct: hi\nOutput:', { model: 'tiny-phi2' });
  expect(engine.models()[0]?.state).toBe('unloaded');
  expect(await turn(FIRST)).toMatchObject({ text, all: true });
});

describe('kept over a restart', () => {
  async function restarted(change: Partial<EngineOptions> = {}) {
    const home = temporaryFolder();
    const store = { folder: join(home, 'prefixes'), keepWithKey: join(home, 'key') };
    const first = await start(store);
    const { text } = await first.turn(FIRST);
    await first.turn(SECOND);
    await first.engine.close();
    return { ...(await start(store, change)), text };
  }

  test('they come back, that which a sequence still held included', async () => {
    const { turn, text } = await restarted();
    expect(await turn(FIRST)).toMatchObject({ text, all: true });
    expect(await turn(SECOND)).toMatchObject({ all: true });
  });

  test.each([
    ['another context size', { contextSize: 1024 }],
    ['more sequences', { sequences: 2 }],
  ])('a model with %s does not take them', async (_, settings) => {
    const { turn, text, log } = await restarted({ models: [{ ...ONE_SEQUENCE, ...settings }] });
    expect(await turn(FIRST)).toMatchObject({ text, cached: 0 });
    expect(log).toEqual([]);
  });

  test('an engine that dies keeps nothing, and goes on', async () => {
    const { engine, turn, files } = await restarted();
    if (!('pid' in engine) || typeof engine.pid !== 'number') throw new Error('the engine is no process');
    await turn(FIRST);
    process.kill(engine.pid, 'SIGKILL');
    await expect.poll(() => engine.stats().restarts).toBe(1);
    await expect.poll(() => engine.state, { timeout: 20_000 }).toBe('ready');
    expect(files()).toEqual([]);
    expect(await turn(FIRST)).toMatchObject({ cached: 0 });
  });
});
