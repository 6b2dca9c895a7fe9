// Ending a node loses no answer that had time to end, and leaves no reader hanging.
import { expect, test } from 'vitest';
import { CallJournal } from '../../../inference-node/journal/call-journal.ts';
import { startInferenceNode } from '../../../inference-node/server/inference-node.ts';
import { FakeEngine } from './fake-engine.ts';
import { GatewaySigner } from './gateway-signer.ts';
import { ADDRESS, EventReader, startFakeNode, temporaryFolder, type NodeUnderTest } from './node-under-test.ts';

/** Longer than any test takes. */
const LONG_MS = 600_000;

async function startStream({ engine, chat }: NodeUnderTest) {
  const starting = engine.nextGeneration();
  const answering = chat({ stream: true });
  const generation = await starting;
  generation.accept();
  generation.say('begun');
  const reader = new EventReader(await answering);
  await reader.next();
  return { generation, reader };
}

test('while draining a running stream ends in full, new calls get 503, and the status says so', async () => {
  const node = await startFakeNode();
  const { generation, reader } = await startStream(node);
  const drained = node.node.drain(LONG_MS);
  const refused = await node.chat({});
  expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'node_draining' } }]);
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(await (await node.call({ path: '/_node/status' })).json()).toMatchObject({ draining: true });
  expect((await fetch(`${node.node.url}/health/ready`)).status).toBe(503);
  generation.say(' and done');
  generation.finish();
  expect((await reader.rest()).at(-1)).toBe('[DONE]');
  await drained;
  expect(node.engine.closed).toBe(true);
  await expect(fetch(`${node.node.url}/health/live`)).rejects.toThrow();
});

test('at the deadline a running stream is told and ended, and its call is journaled', async () => {
  const node = await startFakeNode();
  const { generation, reader } = await startStream(node);
  const drained = node.node.drain(1);
  const [event] = await reader.rest();
  expect(JSON.parse(event ?? '')).toMatchObject({ error: { code: 'node_draining' } });
  expect(generation.signal.aborted).toBe(true);
  await drained;
  const journal = new CallJournal(node.stateDirectory, { onProblem: () => undefined });
  expect(journal.oldest(9)).toMatchObject([{ outcome: 'failed', completionTokens: 1 }]);
});

test('an earlier deadline replaces a later one', async () => {
  const node = await startFakeNode();
  const { reader } = await startStream(node);
  void node.node.drain(LONG_MS);
  const drained = node.node.drain(1);
  expect(await reader.rest()).toHaveLength(1);
  await drained;
});

test('a caller that waits for a whole answer at the deadline gets 503', async () => {
  const node = await startFakeNode();
  const starting = node.engine.nextGeneration();
  const answering = node.chat({});
  (await starting).accept();
  const drained = node.node.drain(1);
  expect((await answering).status).toBe(503);
  await drained;
});

test('two nodes on one state folder: the second is told, in one sentence', async () => {
  const { stateDirectory, node } = await startFakeNode();
  const start = async () => {
    const gateway = await GatewaySigner.create();
    const config = { maxBodyBytes: 1, callTimeoutMs: null, stateDirectory };
    const entry = { ...ADDRESS, gatewayKeys: gateway.keySet };
    return startInferenceNode({ config, entry, engine: new FakeEngine(), version: '0', log: () => undefined });
  };
  await expect(start()).rejects.toThrow(
    /^Another node uses the state folder '.*'; stop it, or give this one its own --state DIR\.$/,
  );
  await node.drain(0);
  await (await start()).drain(0);
});

test('a port that is taken is told in one sentence, and the state folder is let go', async () => {
  const { node } = await startFakeNode();
  const gateway = await GatewaySigner.create();
  const port = Number(new URL(node.url).port);
  const stateDirectory = temporaryFolder();
  const start = (wanted: number) =>
    startInferenceNode({
      config: { maxBodyBytes: 1, callTimeoutMs: null, stateDirectory },
      entry: { ...ADDRESS, port: wanted, gatewayKeys: gateway.keySet },
      engine: new FakeEngine(),
      version: '0',
      log: () => undefined,
    });
  await expect(start(port)).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is in use; stop what uses it, or give --port N (0: any free one).`,
  );
  await (await start(0)).drain(0);
});
