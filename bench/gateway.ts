// `npm run bench:gateway -- [--rounds N] [--seconds N] [--connections 1,16,64] [--peers a,b] [--keys 1000,100000]
// [--only requests|streams]`: the whole path of the shipped gateway to a mock upstream, beside peers. bench/README.md says what is
// measured and how.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { AdminRequests } from './gateway/admin-requests.ts';
import { listTable } from './gateway/list-table.ts';
import { KeyStates } from './gateway/many-keys/key-states.ts';
import { measureLists, type ListSamples } from './gateway/measure-lists.ts';
import { measureRequests, type RequestSample } from './gateway/measure-requests.ts';
import { measureStreams, type StreamSample } from './gateway/measure-streams.ts';
import type { RunningPeer } from './gateway/peer.ts';
import { requestTable, streamTable } from './gateway/report.ts';
import { PEER_NAMES, startPeers } from './gateway/start-peers.ts';
import { startUpstream } from './gateway/start-upstream.ts';
import { summaryTable } from './gateway/summary-table.ts';
import { chooseLoadGenerator } from './harness/choose-load-generator.ts';
import { warnWhenBusy } from './harness/warn-when-busy.ts';
import { writeResults } from './harness/write-results.ts';

const count = z.coerce.number().int().min(1);
const optionsSchema = z.object({
  rounds: count.default(5),
  /** Of one measurement. */
  seconds: count.default(3),
  connections: z
    .string()
    .default('1,16,64')
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(z.int().min(1))),
  peers: z
    .string()
    .default(PEER_NAMES.join(','))
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(PEER_NAMES))),
  /** Each gateway with keys of ours is started once more for each of these, with so many more keys. */
  keys: z
    .string()
    .default('0')
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(z.int().min(0)))
    .transform((counts) => counts.filter((keys) => keys > 0)),
  only: z.enum(['requests', 'streams']).optional(),
});

const TEXT = { type: 'string' } as const;
const FLAGS = { rounds: TEXT, seconds: TEXT, connections: TEXT, peers: TEXT, keys: TEXT, only: TEXT };
const options = optionsSchema.parse(parseArgs({ options: FLAGS }).values);
warnWhenBusy();
const folder = await mkdtemp(join(tmpdir(), 'hearthkey-bench-'));
try {
  await run();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** A file for each part: what was measured is kept when a later part fails. */
async function run(): Promise<void> {
  if (options.only !== 'streams') await keep('gateway-requests', await runRequests());
  if (options.only !== 'requests') await keep('gateway-streams', await runStreams());
}

async function keep(name: string, results: object): Promise<void> {
  print(`Raw values: ${await writeResults(name, { options, ...results })}\n`);
}

async function runRequests(): Promise<object> {
  await using stack = new AsyncDisposableStack();
  const { upstream, peers, skipped } = await start('fixed', options.keys, stack);
  const load = chooseLoadGenerator(folder);
  const samples = await measureRequests(peers, { load, ...options });
  print(`Load: ${load.name}. Upstream: ${upstream}. Medians of ${options.rounds} rounds of ${options.seconds} s.\n`);
  for (const [connections, byPeer] of samples) print(requestTable(connections, byPeer));
  print(summaryTable(samples));
  const lists = await runLists(peers);
  const values = [...samples].map(([connections, byPeer]) => ({ connections, peers: toObject<RequestSample>(byPeer) }));
  return { load: load.name, upstream, skipped: Object.fromEntries(skipped), samples: values, lists };
}

/** Of the gateways that were given many keys; with and without limits they list the same. */
async function runLists(peers: ReadonlyMap<string, RunningPeer>): Promise<Record<number, ListSamples[]>> {
  const lists: Record<number, ListSamples[]> = {};
  for (const { admin, keys = 0 } of peers.values()) {
    if (admin === undefined || keys === 0 || keys in lists) continue;
    const samples = await measureLists(new AdminRequests(admin));
    lists[keys] = samples;
    print(listTable(keys, samples));
  }
  return lists;
}

async function runStreams(): Promise<object> {
  await using stack = new AsyncDisposableStack();
  const { upstream, peers, skipped } = await start('streaming', [], stack);
  const samples = await measureStreams(peers, options.rounds);
  print(streamTable(samples));
  return { upstream, skipped: Object.fromEntries(skipped), samples: toObject<StreamSample>(samples) };
}

async function start(kind: 'fixed' | 'streaming', keys: readonly number[], stack: AsyncDisposableStack) {
  const own = join(folder, kind);
  await mkdir(own);
  const upstream = stack.use(await startUpstream(own, kind));
  const { origin } = upstream;
  const context = { upstream: origin, folder: own, states: new KeyStates(own, new URL(origin).port) };
  const { peers, skipped } = await startPeers({ wanted: options.peers, keys }, context, stack);
  for (const [name, reason] of skipped) print(`Skipped: ${name}: ${reason}.`);
  return { upstream: upstream.name, peers, skipped };
}

function toObject<Sample>(samples: ReadonlyMap<string, readonly Sample[]>): Record<string, readonly Sample[]> {
  return Object.fromEntries(samples);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
