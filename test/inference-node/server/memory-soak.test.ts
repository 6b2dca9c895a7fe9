// Memory does not grow: over thousands of calls, many of them aborted, refused or malformed, node and engine hold in the second
// half what they held in the first, a first eighth aside. With small heaps: with Node's own limits the resident size wanders by
// tens of MiB for as long as V8 sees no need to collect. `npm run test:soak` runs it (SOAK_CALLS: how many calls); Linux alone,
// where /proc tells.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { journalPageSchema } from '../../../protocol/node/node-api.ts';
import { NodeProcess } from './node-process.ts';

const CALLS = Number(process.env['SOAK_CALLS'] ?? 0);
const CLIENTS = 6;
/** How much larger the lowest size of the second half may be. */
const MARGIN = 0.1;
const TIME_LIMIT_MS = 3_600_000;
const KIB_PER_MIB = 1024;
const PARTS = 8;
/** Of both processes: garbage that nobody has collected yet is not taken for growth, and what leaks runs out of memory. */
const SMALL_HEAP = '--max-old-space-size=64 --max-semi-space-size=2';

const LONG = 'Please be exact. '.repeat(300);
const user = (content: string) => [{ role: 'user', content }];

type Act = (node: NodeProcess, index: number) => Promise<void>;

/** What clients do, one after the other. */
const ACTS: readonly Act[] = [
  async (node, index) => read(await node.chat({ messages: user(`What is key ${index}?`), max_tokens: 40 })),
  async (node, index) => read(await node.chat({ messages: user(`Tell me ${index}`), max_tokens: 40, stream: true })),
  async (node) => read(await node.chat({ n: 3, max_tokens: 10, logprobs: true, top_logprobs: 3 })),
  (node, index) => leave(node, { messages: user(`${LONG}${index}`), stream: true }, 'before the answer'),
  (node, index) => leave(node, { messages: user(`xq zv ${index}`), stream: true }, 'in the stream'),
  async (node) => read(await node.chat({ messages: user(LONG.repeat(20)) })),
  async (node) => read(await node.chat({ model: 'nothing' })),
  async (node) => read(await node.chat({ temperature: 'warm' })),
  async (node) => read(await node.call({ path: '/v1/chat/completions', body: '{"model":' })),
  async (node, index) => read(await complete(node, { prompt: [1, 2 + (index % 500)], max_tokens: 8 })),
];

async function read(response: Response): Promise<void> {
  await response.text();
}

function complete(node: NodeProcess, fields: object): Promise<Response> {
  return node.call({ path: '/v1/completions', body: JSON.stringify({ model: 'tiny-phi2', ...fields }) });
}

async function leave(node: NodeProcess, body: object, when: 'before the answer' | 'in the stream'): Promise<void> {
  const controller = new AbortController();
  const answering = node.chat(body, { signal: controller.signal });
  try {
    if (when === 'in the stream') await (await answering).body?.getReader().read();
    controller.abort();
    await answering;
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  }
}

/** As the gateway does, or the journal would keep them all. */
async function acknowledge(node: NodeProcess): Promise<void> {
  const page = journalPageSchema.parse(await (await node.call({ path: '/_node/journal' })).json());
  const callIds = page.records.map(({ callId }) => callId);
  if (callIds.length > 0)
    await read(await node.call({ path: '/_node/journal/ack', body: JSON.stringify({ callIds }) }));
}

async function makeCalls(node: NodeProcess, count: number): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      await ACTS[index % ACTS.length]?.(node, index);
      if (index % 100 === 0) await acknowledge(node);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await acknowledge(node);
}

/** Resident MiB of the node's process, and of its engine's. */
function residentSizes(pid: number): { node: number; engine: number } {
  const [engine] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return { node: residentMib(pid), engine: residentMib(Number(engine)) };
}

function residentMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / KIB_PER_MIB);
}

test.runIf(CALLS > 0)(
  'after thousands of calls with aborts and bad input the resident size is that after the warm-up',
  async () => {
    const node = await NodeProcess.start({
      args: ['--sequences', '4', '--log-level', 'warn'],
      environment: { NODE_OPTIONS: SMALL_HEAP },
    });
    const pid = node.child.pid ?? 0;
    const sizes = [residentSizes(pid)];
    for (let part = 0; part < PARTS; part++) {
      await makeCalls(node, CALLS / PARTS);
      sizes.push(residentSizes(pid));
    }
    const told = sizes.map((size) => `${size.node} + ${size.engine}`).join(', ');
    console.log(`resident MiB of node + engine, at the start and after each part: ${told}`);
    const metrics = await (await fetch(`${node.url}/metrics`)).text();
    for (const idle of ['hearthkey_open_calls 0', 'hearthkey_journal_records 0', 'hearthkey_engine_restarts_total 0']) {
      expect(metrics).toContain(`\n${idle}\n`);
    }
    for (const part of ['node', 'engine'] as const) {
      const lowest = (from: number, to: number) => Math.min(...sizes.slice(from, to).map((size) => size[part]));
      expect(lowest(PARTS / 2 + 1, PARTS + 1)).toBeLessThanOrEqual(lowest(2, PARTS / 2 + 1) * (1 + MARGIN));
    }
  },
  TIME_LIMIT_MS,
);
