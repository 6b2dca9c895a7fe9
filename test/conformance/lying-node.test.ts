// Requirement: a node at an address that is broken, or lies, costs the calls that it had, and nothing else: the client gets a proper error
// or a connection that breaks, nothing hangs, the gateway's memory is bounded, no lease leaks, and the next call works.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseGatewayKeySet } from '../../inference-node/config/gateway-key-set.ts';
import { HEADER } from '../../protocol/headers.ts';
import { JWKS_PATH } from '../../protocol/node/node-signing-key.ts';
import { LoopbackNode } from '../loopback-node/loopback-node.ts';
import { askAdminOf } from './ask-admin.ts';
import { gatewayProcesses } from './gateway-processes.ts';
import { startProduct, type Product } from './product.ts';
import { StrictClient } from './strict-client.ts';

const MEBIBYTE = 1_048_576;
/** Of answers without an end so much is read; four of them unread, or read and kept, would be more than the gateway may take. */
const TAKEN_BYTES = 64 * MEBIBYTE;
const MEMORY_SLACK_BYTES = 128 * MEBIBYTE;
const WORKS = { how: 'whole', completionTokens: 5 };
const OFFLINE = { how: 'error', status: 503, code: 'node_offline' };

let product: Product;
let liar: LoopbackNode;
let client: StrictClient;

beforeAll(async () => {
  product = await startProduct({ flags: ['--link', 'nobody', '--allow-network', 'loopback'] });
  const parsed = parseGatewayKeySet(await (await fetch(product.gateway + JWKS_PATH)).text());
  if (!parsed.ok) throw new Error(parsed.problem);
  liar = new LoopbackNode('liar', parsed.keySet);
  const askAdmin = askAdminOf(product);
  await askAdmin('POST', '/admin/nodes', { id: 'liar', origin: await liar.listen() });
  client = await StrictClient.create(product.gateway, askAdmin);
});

afterAll(async () => {
  await liar.kill();
  await product[Symbol.asyncDispose]();
});

describe('a node whose answer', () => {
  it('is shorter than it announced is not taken for whole', async () => {
    expect(await client.ask('promises-more')).toMatchObject(OFFLINE);
    expect(await client.ask('echo')).toEqual(WORKS);
    const stream = await client.open('promises-more');
    expect(await stream.rest()).toEqual({ how: 'error', status: 200, code: 'generation_failed', pieces: 1 });
    expect(await client.ask('echo')).toEqual(WORKS);
  });

  it('stands still is given up, and its client told by a connection that breaks', async () => {
    const giveUp = async (send: (sibling: StrictClient) => Promise<Response>) => {
      const sibling = await client.sibling();
      const answer = await send(sibling);
      await expect(answer.text()).rejects.toThrow();
      const id = answer.headers.get(HEADER.callId);
      await liar.log.waitFor(({ type, callId }) => type === 'closed' && callId === id);
      expect(await sibling.ask('echo')).toEqual(WORKS);
      return sibling;
    };
    const [predicting] = await Promise.all([
      giveUp((sibling) => sibling.predict('stands-still-in-its-body')),
      giveUp((sibling) => sibling.send('stands-still-in-its-body', {})),
      giveUp((sibling) => sibling.send('stands-still-behind-its-headers', {})),
    ]);
    // What is taken whole before anything of it is passed on fails as a node that has not answered.
    expect(await predicting.used()).toMatchObject({ calls: 2, errors: { node_offline: 1 } });
  });

  it('is a stream that ends well before its [DONE] is not taken for whole', async () => {
    const cut = { how: 'error', status: 200, code: 'generation_failed', pieces: 1 };
    expect(await (await client.open('ends-too-early')).rest()).toEqual(cut);
    expect(await client.ask('echo')).toEqual(WORKS);
  });

  it('is longer than it announced passes nothing of the rest to the next call', async () => {
    for (const stream of [false, true]) {
      const answer = await client.send('promises-less', { stream });
      expect(await answer.text()).not.toContain('lies');
      expect(await client.ask('echo')).toEqual(WORKS);
    }
  });

  it('has headers without end is away', async () => {
    expect(await client.ask('has-headers-without-end')).toMatchObject(OFFLINE);
    expect(await (await client.open('has-headers-without-end')).rest()).toMatchObject(OFFLINE);
    expect(await client.ask('echo')).toEqual(WORKS);
  });

  it.for(['says-no-event', 'says-nothing-without-end'])('is a stream without an event fails: %s', async (model) => {
    const answer = await client.send(model, { stream: true });
    expect(await answer.text()).toMatch(/\n\ndata: \{"error":\{.*"code":"node_error"\}\}\n\n$/);
    await liar.log.waitFor(({ type, body }) => type === 'closed' && body?.includes(model) === true);
    expect(await client.ask('echo')).toEqual(WORKS);
  });

  it('has no end is let go when its readers leave, and fills nothing before', async () => {
    const before = await residentBytes();
    const siblings = await Promise.all(Array.from({ length: 4 }, () => client.sibling()));
    const from = liar.log.events.length;
    const answers = await Promise.all(
      siblings.map((sibling, index) => sibling.send('answers-without-end', { stream: index % 2 === 0 })),
    );
    const readers = answers.map(({ body }) => body?.getReader());
    for (const reader of readers.slice(0, 2)) {
      for (let taken = 0; taken < TAKEN_BYTES;) taken += (await reader?.read())?.value?.length ?? Infinity;
    }
    expect(await client.ask('echo')).toEqual(WORKS);
    expect((await residentBytes()) - before).toBeLessThan(MEMORY_SLACK_BYTES);
    for (const reader of readers) await reader?.cancel();
    while (liar.log.events.slice(from).filter(({ type }) => type === 'closed').length < answers.length) {
      expect(await client.ask('echo')).toEqual(WORKS);
    }
    for (const sibling of siblings) while ((await sibling.ask('echo')).how !== 'whole');
  });
});

/** What the processes that answer calls take of memory. */
async function residentBytes(): Promise<number> {
  const [pid] = await gatewayProcesses(product, 'calls');
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1_024;
}
