// The inference node's process: `node inference-node/main.ts --model FILE …` (see --help). Holds models in memory and
// answers calls that its gateway signed: those that come to its address, or over the link that it dials. Owns flags, signals, the parent's channel and exit codes.
import { embeddedModels } from './config/embedded-models.ts';
import { EXIT_FAILURE, readNodeConfig, type NodeConfig } from './config/node-config.ts';
import { processEnvironment } from './config/process-environment.ts';
import { productVersion } from './config/product-version.ts';
import { ModelLoadError } from './engine/model-load-error.ts';
import type { Engine } from './engine/engine.ts';
import { startEngine } from './engine/start-engine.ts';
import { startInferenceNode, type InferenceNode } from './server/inference-node.ts';
import { createLogger, type Logger } from './server/logger.ts';
import { ModelLoadTimes } from './server/model-load-times.ts';
import { prepareEntry } from './server/prepare-entry.ts';
import { openParentChannel } from './server/parent-channel.ts';
import { StartFailure } from './server/start-failure.ts';

/** How long running answers may take to end when the parent is gone: nobody can reach this node any more. */
const ORPHAN_DRAIN_MS = 2_000;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
const EXIT_SIGNALLED = { SIGINT: 130, SIGTERM: 143 } as const;

let node: InferenceNode | null = null;
let stopping = false;
const parent = openParentChannel({
  onDrain: (deadlineMs) => {
    stop(deadlineMs);
  },
  onGone: () => {
    stop(ORPHAN_DRAIN_MS);
  },
});

const result = readNodeConfig(process.argv.slice(2), processEnvironment(), embeddedModels);
switch (result.kind) {
  case 'help':
    process.stdout.write(result.text);
    break;
  case 'failure':
    await fail(result.message, result.exitCode);
    break;
  case 'config':
    await run(result.config, createLogger(result.config.logLevel));
}

async function run(config: NodeConfig, log: Logger): Promise<void> {
  process.on('uncaughtException', (error) => {
    // Its stack without its message, which might quote what it broke on.
    const stack = error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n');
    log('error', 'crashed', { name: error.name, stack });
    process.exit(EXIT_FAILURE);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(EXIT_SIGNALLED[signal]);
      stop(config.drainMs);
    });
  }
  try {
    await serve(config, log);
  } catch (error) {
    if (stopping) return;
    if (!(error instanceof ModelLoadError || error instanceof StartFailure)) throw error;
    await fail(error.message, EXIT_FAILURE);
  }
}

async function serve(config: NodeConfig, log: Logger): Promise<void> {
  const loadTimes = new ModelLoadTimes();
  const engine = await startEngine({
    ...engineOptions(config),
    onState: (state) => {
      // An engine that is closed counts as restarting: no news when we close it.
      if (!stopping) log(state === 'restarting' ? 'error' : 'info', 'engine_state', { state });
    },
    onLoadProgress: (model, fraction) => {
      loadTimes.note(model);
      // Once it is ready, who started this node is not waiting for models any more.
      if (engine.state === 'starting') void parent.tell({ type: 'progress', model, fraction });
      else if (fraction === 1) log('info', 'model_loaded_on_demand', { model });
    },
    onLog: ({ level, message }) => {
      log(level, 'engine', { message });
    },
  });
  node = await open(config, engine, log).catch(async (error: unknown) => {
    await engine.close();
    throw error;
  });
  await engine.ready;
  const models = loadTimes.describe(engine.models(), (id) => engine.traitsOf(id)?.device ?? '');
  for (const model of models.filter(({ loadMs }) => loadMs !== null))
    log('info', 'model_loaded', {
      model: model.id,
      loadMs: model.loadMs,
      sizeBytes: model.sizeBytes,
      device: model.device,
    });
  await parent.tell({ type: 'ready', models });
}

async function open(config: NodeConfig, engine: Engine, log: Logger): Promise<InferenceNode> {
  const entry = await prepareEntry(config.entry, log);
  const onLinkEnded = (problem: string): void => void endWithout(problem);
  const opened = await startInferenceNode({ config, entry, engine, version: productVersion(), log, onLinkEnded });
  const { url, bootId } = opened;
  const { nodeId } = entry;
  if (entry.kind === 'address' && !LOOPBACK.has(entry.host)) {
    log('warn', 'listening_beyond_loopback', { host: entry.host });
  }
  log('info', url === null ? 'dialling' : 'listening', { ...(url === null ? {} : { url }), nodeId, bootId });
  if (url !== null) await parent.tell({ type: 'listening', url });
  return opened;
}

/** The link is gone for good: nobody can reach this node, and nobody waits for its answers. */
async function endWithout(problem: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  await node?.drain(0);
  await fail(`${problem}.`, EXIT_FAILURE);
}

/** Drains and exits; told again, with the earlier deadline. */
function stop(deadlineMs: number): void {
  stopping = true;
  if (node === null) process.exit(0);
  void node.drain(deadlineMs).then(() => process.exit(0));
}

/** One sentence on stderr and to the parent, then the end. */
async function fail(message: string, exitCode: number): Promise<void> {
  process.stderr.write(`hearthkey node: ${message}\n`);
  await parent.tell({ type: 'failed', message });
  process.exit(exitCode);
}

function engineOptions(config: NodeConfig) {
  const { models, contextSize, sequences, prefillSlowdown, threads, gpu, memory, prefixStore } = config;
  return {
    models: models.map(({ id, file, settings }) => ({
      ...settings,
      id,
      path: file,
      ...(contextSize === null ? {} : { contextSize }),
      ...(sequences === null ? {} : { sequences }),
      ...(prefillSlowdown === null ? {} : { prefillSlowdown }),
    })),
    ...(threads === null ? {} : { threads }),
    memory,
    prefixStore,
    gpu: gpu === 'off' ? (false as const) : gpu,
  };
}
