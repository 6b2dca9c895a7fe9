// The node's settings, from flags and environment, checked once at start. Expected mistakes are values: one sentence with
// the way out, and the exit code.
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { GPU_MODES, MAX_CONTEXT_SIZE, MAX_SEQUENCES, MAX_THREADS } from './bounds.ts';
import { readGatewayKeysPlace, type GatewayKeysPlace } from './gateway-keys-place.ts';
import { LINK_WINDOW_MS } from '../../protocol/node/node-link.ts';
import { readLinkTarget, type LinkTarget } from './link-target.ts';
import { parseModelSource, type ModelSource } from './model-source.ts';
import { readModelsFile, type ModelsFile, type PrefixStoreWish } from './models-file.ts';
import { MEMORY_LIMIT_FORM, parseMemoryLimit } from './quantities.ts';
import type { MemoryOptions, PrefixStoreOptions } from '../engine/engine-options.ts';
import { NODE_FLAGS, NODE_USAGE } from './node-flags.ts';

/** Exit codes of the process: a mistake in how it was called, and one in what it found. */
export const EXIT_USAGE = 2;
export const EXIT_FAILURE = 1;

const DEFAULT_PORT = 8788;
const MAX_PORT = 65_535;
/** The gateway's cap of 1 MiB, and room for what it writes out when it rebuilds a body (defaults, escapes). */
const DEFAULT_MAX_BODY_BYTES = 1_048_576 + 65_536;
const MAX_BODY_BYTES = 64 * 1_048_576;
/** More would be seen by whoever reads along. */
const MAX_LINK_WINDOW_MS = 100;
const DEFAULT_DRAIN_SECONDS = 30;
const MAX_DRAIN_SECONDS = 3600;
/** An hour: longer than an answer takes that somebody waits for, and an end to one that nobody does. */
const DEFAULT_CALL_TIMEOUT_SECONDS = 3600;
const MAX_CALL_TIMEOUT_SECONDS = 7 * 86_400;
const MAX_PREFILL_SLOWDOWN = 100;

/** Hexadecimal digits that tell a node's folder from another's. */
const NODE_DIGITS = 12;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const wholeNumber = (min: number, max: number) =>
  z.coerce.number(`must be a whole number from ${min} to ${max}`).int().min(min).max(max);

const settingsSchema = z.object({
  help: z.boolean().default(false),
  model: z.array(z.string()).min(1).optional(),
  config: z.string().min(1).optional(),
  'gateway-keys': z.string().min(1).optional(),
  gateway: z.string().min(1).optional(),
  'token-file': z.string().min(1).optional(),
  'link-window': wholeNumber(0, MAX_LINK_WINDOW_MS).optional(),
  host: z.string().min(1).max(255).optional(),
  port: wholeNumber(0, MAX_PORT).optional(),
  state: z.string().min(1).default('.hearthkey/node'),
  'node-id': z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'must be letters, digits and . _ -, at most 128')
    .optional(),
  'context-size': wholeNumber(64, MAX_CONTEXT_SIZE).optional(),
  sequences: wholeNumber(1, MAX_SEQUENCES).optional(),
  threads: wholeNumber(1, MAX_THREADS).optional(),
  'prefill-slowdown': wholeNumber(1, MAX_PREFILL_SLOWDOWN).optional(),
  'memory-limit': z
    .string()
    .refine((text) => parseMemoryLimit(text) !== null, MEMORY_LIMIT_FORM)
    .optional(),
  gpu: z.enum(GPU_MODES, `must be one of ${GPU_MODES.join(', ')}`).optional(),
  'log-level': z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  'max-body-bytes': wholeNumber(1024, MAX_BODY_BYTES).default(DEFAULT_MAX_BODY_BYTES),
  'drain-seconds': wholeNumber(0, MAX_DRAIN_SECONDS).default(DEFAULT_DRAIN_SECONDS),
  'call-timeout': wholeNumber(0, MAX_CALL_TIMEOUT_SECONDS).default(DEFAULT_CALL_TIMEOUT_SECONDS),
});

/** How its gateway reaches the node. */
export type NodeEntry =
  | {
      kind: 'address';
      host: string;
      /** 0: any free one. */
      port: number;
      nodeId: string;
      gatewayKeys: GatewayKeysPlace;
    }
  /** The node dials out; the gateway tells it its id and the keys. */
  | {
      kind: 'link';
      target: LinkTarget;
      /** How long pieces of answers wait for each other at most, in milliseconds. */
      windowMs: number;
    };

export type NodeConfig = {
  models: readonly ModelSource[];
  entry: NodeEntry;
  stateDirectory: string;
  /** Tokens per sequence; null: the engine's choice. */
  contextSize: number | null;
  sequences: number | null;
  threads: number | null;
  /** How many times a plain step one may take that also computes prompts; null: the engine's choice. */
  prefillSlowdown: number | null;
  gpu: (typeof GPU_MODES)[number];
  /** What is absent is the engine's choice. */
  memory: Partial<MemoryOptions>;
  /** Null: there is none. */
  prefixStore: PrefixStoreOptions | null;
  logLevel: LogLevel;
  maxBodyBytes: number;
  drainMs: number;
  /** How long one call may take; null: for ever. */
  callTimeoutMs: number | null;
};

/** The environment variables that the node reads. */
export type NodeEnvironment = Readonly<Record<string, string | undefined>>;

export type NodeConfigFailure = { kind: 'failure'; message: string; exitCode: number };

export type NodeConfigResult =
  { kind: 'config'; config: NodeConfig } | { kind: 'help'; text: string } | NodeConfigFailure;

/** Reads the settings. `defaultModels`: what is served when no `--model` or `--config` is given. Touches the disk for the JWKS and the models file
 * alone. */
export function readNodeConfig(
  args: readonly string[],
  environment: NodeEnvironment,
  defaultModels: () => readonly ModelSource[],
): NodeConfigResult {
  const flags = parseFlags(args);
  if (typeof flags === 'string') return usage(flags);
  const settings = settingsSchema.safeParse({ state: environment['HEARTHKEY_NODE_STATE'], ...flags });
  if (!settings.success) {
    const [issue] = settings.error.issues;
    return usage(`--${String(issue?.path[0])} ${issue?.message ?? 'is invalid'}`);
  }
  const { data } = settings;
  if (data.help) return { kind: 'help', text: NODE_USAGE };
  const file = data.config === undefined ? null : readModelsFile(data.config);
  if (file?.ok === false) return failure(file.problem);
  const models = chooseModels(data.model, file?.file ?? null, defaultModels);
  if (typeof models === 'string') return usage(models);
  const entry = readEntry(data, environment);
  if ('exitCode' in entry) return entry;
  return {
    kind: 'config',
    config: {
      models,
      entry,
      stateDirectory: data.state,
      contextSize: data['context-size'] ?? null,
      sequences: data.sequences ?? null,
      threads: data.threads ?? file?.file.threads ?? null,
      prefillSlowdown: data['prefill-slowdown'] ?? null,
      gpu: data.gpu ?? file?.file.gpu ?? 'auto',
      memory: memoryOptions(data['memory-limit'], file?.file ?? null),
      prefixStore: prefixStoreOptions(file?.file.prefixStore ?? null, data.state),
      logLevel: data['log-level'],
      maxBodyBytes: data['max-body-bytes'],
      drainMs: data['drain-seconds'] * 1000,
      callTimeoutMs: data['call-timeout'] === 0 ? null : data['call-timeout'] * 1000,
    },
  };
}

/** The flag wins over the file. */
function memoryOptions(flag: string | undefined, file: ModelsFile | null): Partial<MemoryOptions> {
  const memoryLimit = (flag === undefined ? null : parseMemoryLimit(flag)) ?? file?.memory_limit;
  return {
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(file?.idle_unload === undefined ? {} : { idleUnloadMs: file.idle_unload }),
    ...(file?.load_wait === undefined ? {} : { loadWaitMs: file.load_wait }),
  };
}

/** Nodes that are given the same folder have each their own in it. */
function prefixStoreOptions(wish: PrefixStoreWish | null, stateDirectory: string): PrefixStoreOptions | null {
  if (wish === null) return null;
  const node = createHash('sha256').update(resolve(stateDirectory)).digest('hex').slice(0, NODE_DIGITS);
  return {
    folder: wish.folder === null ? join(stateDirectory, 'prefixes') : join(wish.folder, `hearthkey-prefixes-${node}`),
    maxBytes: wish.maxBytes,
    keepWithKey: wish.keep ? join(stateDirectory, 'prefixes.key') : null,
  };
}

function parseFlags(args: readonly string[]): object | string {
  try {
    return parseArgs({ args: [...args], options: NODE_FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Node's own message names the flag; its hint about `--` is noise here.
    return error instanceof TypeError ? (error.message.split('. ')[0] ?? error.message) : String(error);
  }
}

/** Models come from one place: to guess which of two lists was meant would serve what nobody asked for. */
function chooseModels(
  flags: readonly string[] | undefined,
  file: ModelsFile | null,
  defaultModels: () => readonly ModelSource[],
): readonly ModelSource[] | string {
  if (flags === undefined) return file === null ? defaultModels() : file.models;
  return file === null ? readModels(flags) : '--model and --config both name models; give one of them';
}

function readModels(texts: readonly string[]): ModelSource[] | string {
  const models: ModelSource[] = [];
  for (const text of texts) {
    const parsed = parseModelSource(text);
    if (!parsed.ok) return parsed.problem;
    if (models.some((model) => model.id === parsed.source.id)) {
      return `two models would have the id '${parsed.source.id}'; write --model other-id=${parsed.source.file}`;
    }
    models.push(parsed.source);
  }
  return models;
}

type NodeSettings = z.infer<typeof settingsSchema>;

function readEntry(data: NodeSettings, environment: NodeEnvironment): NodeEntry | NodeConfigFailure {
  if (data.gateway !== undefined) return readLinkEntry(data, data.gateway, environment);
  const linkOnly = (['token-file', 'link-window'] as const).find((name) => data[name] !== undefined);
  if (linkOnly !== undefined) return usage(`--${linkOnly} is for --gateway URL`);
  const keys = readGatewayKeysPlace(data['gateway-keys'], environment['HEARTHKEY_GATEWAY_JWKS']);
  if (!keys.ok) return keys.missing ? usage(keys.problem) : failure(keys.problem);
  return {
    kind: 'address',
    host: data.host ?? '127.0.0.1',
    port: data.port ?? DEFAULT_PORT,
    nodeId: data['node-id'] ?? 'home',
    gatewayKeys: keys.place,
  };
}

function readLinkEntry(
  data: NodeSettings,
  gateway: string,
  environment: NodeEnvironment,
): NodeEntry | NodeConfigFailure {
  const without = (['host', 'port', 'node-id', 'gateway-keys'] as const).find((name) => data[name] !== undefined);
  if (without !== undefined) return usage(`--${without} does not apply with --gateway: the node listens nowhere`);
  const result = readLinkTarget(gateway, data['token-file'], environment['HEARTHKEY_NODE_TOKEN']);
  if (!result.ok) return failure(result.problem);
  return { kind: 'link', target: result.target, windowMs: data['link-window'] ?? LINK_WINDOW_MS };
}

function usage(problem: string): NodeConfigFailure {
  return { kind: 'failure', message: `${problem}. See --help.`, exitCode: EXIT_USAGE };
}

function failure(problem: string): NodeConfigFailure {
  return { kind: 'failure', message: `${problem}.`, exitCode: EXIT_FAILURE };
}
