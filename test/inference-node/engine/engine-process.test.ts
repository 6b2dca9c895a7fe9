import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, readUntil, request, tinyEngine, TINY_LLAMA } from './tiny-engine.ts';
import { EngineProcess } from '../../../inference-node/engine/engine-process.ts';
import type { EngineOptions } from '../../../inference-node/engine/engine-options.ts';
import type { Engine } from '../../../inference-node/engine/engine.ts';
import { startEngine } from '../../../inference-node/engine/start-engine.ts';

const MODEL = { id: 'tiny-llama', path: TINY_LLAMA, sequences: 1 };
const LONG = {
  prompt: { text: 'xq zv' },
  sampling: { temperature: 2, topK: 40, minP: 0.05, seed: 3 },
  maxTokens: null,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A copy of the model in which one key's name is damaged, so that llama.cpp does not find it. */
function withoutKey(key: string): string {
  const file = readFileSync(TINY_LLAMA);
  const at = file.indexOf(key);
  file.write('#', at);
  const path = join(folder, `without-${key}.gguf`);
  writeFileSync(path, file);
  return path;
}

/** An engine, without the check of its files, that tells when it reaches a state. */
function watched(
  models: EngineOptions['models'],
  options: Partial<EngineOptions> = {},
): { engine: EngineProcess; until: (state: string) => Promise<void> } {
  const waiting = new Map<string, () => void>();
  const onState = (state: string): void => {
    waiting.get(state)?.();
    waiting.delete(state);
  };
  const engine = new EngineProcess({ models, gpu: false, threads: 1, ...options, onState });
  const until = (state: string): Promise<void> => new Promise((resolve) => waiting.set(state, resolve));
  return { engine, until };
}

describe('when the engine’s process is killed', () => {
  test('running and waiting calls fail at once, and the engine comes back and answers', async () => {
    const { engine, until } = watched([MODEL]);
    await engine.ready;
    const running = engine.generate(request(LONG), new AbortController().signal);
    const events = running.events[Symbol.asyncIterator]();
    await readUntil(events, 'text');
    const unaccepted = ask(engine, { account: 'other' });
    const back = until('ready');
    const restarting = until('restarting');
    process.kill(engine.pid!, 'SIGKILL');
    await expect(readUntil(events, 'finished')).rejects.toMatchObject({ code: 'engine_failed' });
    await expect(unaccepted).rejects.toMatchObject({
      code: expect.stringMatching(/engine_restarting|engine_failed/) as unknown,
    });
    await restarting;
    await expect(ask(engine)).rejects.toMatchObject({ code: 'engine_restarting' });
    expect(running.progress.completionTokens).toBeGreaterThan(0);
    await back;
    expect((await ask(engine)).result.finishReason).toBe('stop');
    expect(engine.stats().restarts).toBe(1);
    await engine.close();
  });
});

describe('when the engine’s process hangs', () => {
  /** Long for a step of the tiny model on any machine, and short for a test. */
  const SILENCE_MS = 3000;

  test('what runs fails, and the engine is started again and answers', async () => {
    const log: string[] = [];
    const { engine, until } = watched([MODEL], {
      watchdog: { minimumMs: SILENCE_MS },
      onLog: ({ message }) => log.push(message),
    });
    await engine.ready;
    const events = engine.generate(request(LONG), new AbortController().signal).events[Symbol.asyncIterator]();
    await readUntil(events, 'text');
    const back = until('ready');
    // A process that is stopped looks from outside as one whose native call never returns.
    process.kill(engine.pid!, 'SIGSTOP');
    await expect(readUntil(events, 'finished')).rejects.toMatchObject({ code: 'engine_failed' });
    await back;
    expect((await ask(engine)).result.finishReason).toBe('stop');
    expect(engine.stats().restarts).toBe(1);
    expect(log.filter((line) => line.includes('made no step for'))).toHaveLength(1);
    await engine.close();
  });
});

describe('a model that cannot be loaded', () => {
  test('is refused before any process is started', async () => {
    const path = withoutKey('llama.attention.head_count');
    await expect(startEngine({ models: [{ id: 'broken', path }] })).rejects.toMatchObject({
      name: 'ModelLoadError',
      modelId: 'broken',
      message: expect.stringMatching(/no usable llama\.attention\.head_count\. Download it again/) as unknown,
    });
  });

  test('and aborts its process natively all the same is a sentence, not a restart for ever', async () => {
    const path = withoutKey('llama.attention.head_count');
    const { engine } = watched([{ id: 'aborts', path }]);
    await expect(engine.ready).rejects.toThrow(/ended by signal SIGABRT while it loaded .*Take another GGUF file/);
    await engine.close();
  });

  test('and that llama.cpp refuses is a sentence too', async () => {
    const path = withoutKey('llama.attention.layer_norm_rms_epsilon');
    const { engine } = watched([MODEL, { id: 'refused', path }]);
    await expect(engine.ready).rejects.toMatchObject({
      modelId: 'refused',
      message: expect.stringMatching(/^llama\.cpp cannot load/) as unknown,
    });
    await engine.close();
  });
});

describe('the end', () => {
  test('close fails what runs with engine_restarting, and leaves no process', async () => {
    const engine = await tinyEngine([MODEL]);
    const events = engine.generate(request(LONG), new AbortController().signal).events[Symbol.asyncIterator]();
    await readUntil(events, 'text');
    const pid = pidOf(engine);
    await engine.close();
    await expect(readUntil(events, 'finished')).rejects.toMatchObject({ code: 'engine_restarting' });
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  test('the engine’s process does not outlive a parent that is killed', async () => {
    const script = join(folder, 'parent.ts');
    const root = process.cwd();
    writeFileSync(
      script,
      `import type { Engine } from '../../../inference-node/engine/engine.ts';
import { startEngine } from '${root}/inference-node/engine/start-engine.ts';
       const engine = await startEngine({ gpu: false, threads: 1, models: [{ id: 'm', path: '${join(root, TINY_LLAMA)}' }] });
       await engine.ready;
       console.log(Reflect.get(engine, 'pid'));`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const gone = once(spawn('tail', ['--pid', line, '-s', '0.05', '-f', '/dev/null'], { stdio: 'ignore' }), 'exit');
    parent.kill('SIGKILL');
    await gone;
    expect(() => process.kill(Number(line), 0)).toThrow(/ESRCH/);
  });
});

function pidOf(engine: Engine): number {
  const pid = engine instanceof EngineProcess ? engine.pid : undefined;
  if (pid === undefined) throw new Error('the engine has no process');
  return pid;
}
