// `hearthkey up`: its flags, and nothing else.
import { Command, Option } from 'commander';
import { nodeIdSchema } from '../../protocol/node/node-id.ts';
import { CliFailure, EXIT_USAGE } from '../cli-failure.ts';
import type { CertificateFiles } from '../tls/certificate-files.ts';
import { up } from '../up/up.ts';
import type { UpOptions } from '../up/up-options.ts';
import { checkedBy, collect, collectFallback, collectNetwork, wholeNumber } from './argument-parsers.ts';
import { stateOption } from './global-options.ts';

const MAX_PORT = 65_535;
const DEFAULT_PORT = 8787;
/** The gateway refuses more: its isolate could not hold a few such bodies (worker/src/config). */
const MAX_BODY_BYTES = 8_388_608;
const MIN_BODY_BYTES = 1024;
const DEFAULT_DRAIN_SECONDS = 30;
const MAX_DRAIN_SECONDS = 3600;
/** More answer calls than any node takes. */
const MAX_WORKERS = 64;
/** Bounds against typing errors; the node knows the true ones. */
const MAX_COUNT = 1_048_576;

/** The flags that the node gets as they are. */
const NODE_FLAGS = {
  contextSize: '--context-size',
  sequences: '--sequences',
  threads: '--threads',
  gpu: '--gpu',
  memoryLimit: '--memory-limit',
} as const;

type UpFlags = Omit<UpOptions, 'models' | 'fallbacks' | 'networks' | 'nodeFlags' | 'drainSeconds' | 'json' | 'tls'> & {
  model?: string[];
  allowNetwork?: string[];
  fallback?: Record<string, string[]>;
  tlsCert?: string;
  tlsKey?: string;
  drainSeconds: number;
  json?: true;
} & Partial<Record<keyof typeof NODE_FLAGS, string | number>>;

/** `finish` is given the exit code. */
export function upCommand(finish: (exitCode: number) => void): Command {
  const command = new Command('up')
    .option(
      '--model <file>',
      'a GGUF file to serve; repeatable; id=FILE sets its id (default: the embedded models)',
      collect,
    )
    .option(
      '--config <file>',
      'a models file (default: models.toml in the state folder, when it is there and no --model)',
    )
    .option('--port <n>', 'port of the gateway; 0: any free one', wholeNumber(0, MAX_PORT), DEFAULT_PORT)
    .option('--host <address>', 'address of the gateway', '127.0.0.1')
    .option(
      '--workers <n>',
      'processes of the gateway that answer calls, each on a core of its own at most (Linux, where more than one)',
      wholeNumber(1, MAX_WORKERS),
      1,
    )
    .option('--node-port <n>', 'port of the inference node; 0: any free one', wholeNumber(0, MAX_PORT), 0)
    .option('--no-node', 'the gateway alone; the node is yours to start (on --node-port, or 8788)')
    .option('--link <node>', 'the gateway alone, for a node that dials in (`hearthkey node`)', checkedBy(nodeIdSchema))
    .addOption(stateOption())
    .option('--trust-proxy <address>', 'believe X-Forwarded-For from the proxy at this loopback address')
    .option('--tls-cert <file>', 'serve HTTPS with this certificate (PEM, with its chain); with --tls-key')
    .option('--tls-key <file>', 'its private key (PEM)')
    .option('--allowed-origins <list>', 'web origins that may call from a browser, separated by commas; *: any')
    .option(
      '--fallback <model=others>',
      'models, separated by commas, that answer in the place of one that no node can answer with; repeatable',
      collectFallback,
    )
    .option('--max-body-bytes <n>', 'largest request body', wholeNumber(MIN_BODY_BYTES, MAX_BODY_BYTES))
    .option(
      '--allow-network <network>',
      'where nodes may be beside public and private addresses: `loopback`, or a network such as 169.254.7.0/24; repeatable',
      collectNetwork,
    )
    .option(
      '--drain-seconds <n>',
      'how long running answers may take to end at a stop',
      wholeNumber(0, MAX_DRAIN_SECONDS),
      DEFAULT_DRAIN_SECONDS,
    )
    .option('--context-size <n>', 'tokens of context per call', wholeNumber(1, MAX_COUNT))
    .option('--sequences <n>', 'calls that one model answers at once', wholeNumber(1, MAX_COUNT))
    .option('--memory-limit <size>', 'what all models together may take, such as 8GiB; none: nothing is checked')
    .option('--threads <n>', 'CPU threads (default: cores - 1)', wholeNumber(1, MAX_COUNT))
    .addOption(new Option('--gpu <mode>', 'GPU to use').choices(['auto', 'cuda', 'vulkan', 'metal', 'off']))
    .option('--json', 'print one line of JSON when ready: gateway, node, adminToken, apiKey, models');
  return command.action(async (flags: UpFlags) => {
    finish(
      await up(upOptions(flags), {
        out: (text) => process.stdout.write(text),
        log: (line) => process.stderr.write(`${line}\n`),
      }),
    );
  });
}

function upOptions(flags: UpFlags): UpOptions {
  const nodeFlags = Object.entries(NODE_FLAGS).flatMap(([name, flag]) => {
    const value = flags[name as keyof typeof NODE_FLAGS];
    return value === undefined ? [] : [flag, String(value)];
  });
  return {
    host: flags.host,
    port: flags.port,
    nodePort: flags.nodePort,
    workers: flags.workers,
    node: flags.node && flags.link === undefined,
    link: flags.link,
    state: flags.state,
    models: flags.model ?? [],
    config: flags.config,
    trustProxy: flags.trustProxy,
    tls: certificateFiles(flags),
    allowedOrigins: flags.allowedOrigins,
    fallbacks: flags.fallback ?? {},
    maxBodyBytes: flags.maxBodyBytes,
    networks: flags.allowNetwork ?? [],
    nodeFlags,
    drainSeconds: flags.drainSeconds,
    json: flags.json === true,
  };
}

function certificateFiles({ tlsCert: cert, tlsKey: key }: UpFlags): CertificateFiles | undefined {
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert === undefined && key === undefined) return undefined;
  throw new CliFailure('--tls-cert and --tls-key belong together: give both, or neither.', EXIT_USAGE);
}
