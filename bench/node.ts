// `npm run bench:node -- [--models tiny-llama,llama-1b] [--clients 1,2,4,8,16] [--rounds N] [--requests N] [--gpu MODE]`: tokens per
// second and time to first token of the inference node, beside llama-server (LLAMA_SERVER=path), and what a known beginning of a
// prompt saves. bench/README.md says how.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { GPU_MODES } from '../inference-node/config/bounds.ts';
import { alternate } from './harness/alternate.ts';
import { warnWhenBusy } from './harness/warn-when-busy.ts';
import { writeResults } from './harness/write-results.ts';
import { engineTable } from './node/engine-table.ts';
import type { RunningEngine } from './node/engine.ts';
import { hearthkeyEngine } from './node/hearthkey-engine.ts';
import { llamaServerEngine } from './node/llama-server-engine.ts';
import { promptMaker, type PromptMaker } from './node/make-prompts.ts';
import { measureEngine, type EngineSample } from './node/measure-engine.ts';
import { measurePrefix, prefixLines } from './node/measure-prefix.ts';
import { prepareModel } from './node/prepare-model.ts';

const PROMPT_TOKENS = 128;
const TOKENS_OUT = 64;
/** Room for prompt and answer, and no more than both engines take without rounding. */
const CONTEXT_SIZE = 256;
/** What the prompts of the prefix measurement begin with, and what follows; and room for both and an answer. */
const SHARED_TOKENS = 1000;
const OWN_TOKENS = 20;
const PREFIX_CONTEXT_SIZE = 1280;
/** With as many threads as cores both engines collapse as soon as anything else runs. */
const THREADS = 1;

const optionsSchema = z.object({
  models: z
    .string()
    .default('tiny-llama,llama-1b')
    .transform((text) => text.split(',')),
  clients: z
    .string()
    .default('1,2,4,8,16')
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(z.int().min(1)).min(1)),
  rounds: z.coerce.number().int().min(1).default(3),
  /** Of each client in a round. */
  requests: z.coerce.number().int().min(1).default(2),
  gpu: z.enum(GPU_MODES).default('off'),
});

const TEXT = { type: 'string' } as const;
const FLAGS = { models: TEXT, clients: TEXT, rounds: TEXT, requests: TEXT, gpu: TEXT };
const options = optionsSchema.parse(parseArgs({ options: FLAGS }).values);
warnWhenBusy();
const folder = await mkdtemp(join(tmpdir(), 'hearthkey-bench-'));
try {
  const results = [];
  for (const model of options.models) results.push(await benchmark(model));
  print(`Raw values: ${await writeResults('node', { options, threads: THREADS, contextSize: CONTEXT_SIZE, results })}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function benchmark(name: string): Promise<object> {
  const path = await prepareModel(name, folder);
  await using prompts = await promptMaker(path, PROMPT_TOKENS);
  await using stack = new AsyncDisposableStack();
  const sequences = Math.max(...options.clients);
  const { engines, skipped } = await startEngines({ path, contextSize: CONTEXT_SIZE, sequences }, stack);
  const samples = new Map<number, Map<string, EngineSample[]>>();
  for (const engine of engines.values()) await measureEngine(engine, makePrompts(prompts, 1, 1), TOKENS_OUT);
  for (const clients of options.clients) {
    const byEngine = await alternate([...engines.keys()], options.rounds, (engine) => {
      const running = engines.get(engine);
      if (running === undefined) throw new Error(`no engine ${engine}`);
      return measureEngine(running, makePrompts(prompts, clients, options.requests), TOKENS_OUT);
    });
    samples.set(clients, byEngine);
  }
  print(engineTable(name, samples));
  const raw = [...samples].map(([clients, byEngine]) => ({ clients, engines: Object.fromEntries(byEngine) }));
  await stack.disposeAsync();
  return { model: name, skipped, samples: raw, prefix: await benchmarkPrefix(path) };
}

/** With engines of their own: these hold two long conversations. */
async function benchmarkPrefix(path: string): Promise<object> {
  await using shared = await promptMaker(path, SHARED_TOKENS);
  await using own = await promptMaker(path, OWN_TOKENS);
  await using stack = new AsyncDisposableStack();
  const { engines } = await startEngines({ path, contextSize: PREFIX_CONTEXT_SIZE, sequences: 2 }, stack);
  const samples = await alternate([...engines.keys()], options.rounds, (engine) => {
    const running = engines.get(engine);
    if (running === undefined) throw new Error(`no engine ${engine}`);
    return measurePrefix(running, shared.make, own.make);
  });
  print(`First token of ${SHARED_TOKENS} shared and ${OWN_TOKENS} own tokens\n${prefixLines(samples)}\n`);
  return Object.fromEntries(samples);
}

type Setting = { path: string; contextSize: number; sequences: number };

async function startEngines({ path, contextSize, sequences }: Setting, stack: AsyncDisposableStack) {
  const engines = new Map<string, RunningEngine>();
  const skipped: Record<string, string> = {};
  for (const { name, start } of [hearthkeyEngine, llamaServerEngine]) {
    const own = await mkdtemp(join(folder, `${name}-`));
    await mkdir(own, { recursive: true });
    const result = await start({
      model: path,
      contextSize,
      sequences,
      threads: THREADS,
      gpu: options.gpu,
      folder: own,
    });
    if (result.started) engines.set(name, stack.use(result.engine));
    else {
      skipped[name] = result.reason;
      print(`Skipped: ${name}: ${result.reason}.`);
    }
  }
  return { engines, skipped };
}

function makePrompts({ make }: PromptMaker, clients: number, requests: number): string[][] {
  return Array.from({ length: clients }, () => Array.from({ length: requests }, make));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
