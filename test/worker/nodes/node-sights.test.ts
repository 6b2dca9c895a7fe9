// How old a status may be for what: used, used and renewed behind, or waited for; and never a refusal on old news.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { chat, jsonCall, makeKey, testGateway, testNode, type TestGateway, type TestNode } from '../test-gateway.ts';

const CHAT = '/v1/chat/completions';
const STATUS = '/_node/status';

let key: string;
let node: TestNode;
let gateway: TestGateway;
/** The gateway's clock starts behind the node's and stays within what the node takes for a difference of clocks. */
let now: number;

beforeAll(async () => {
  ({ key } = await makeKey());
});

beforeEach(async () => {
  node = await testNode();
  gateway = testGateway({ NODE_ORIGIN: node.origin });
  now = Date.now() - 20_000;
  vi.useFakeTimers({ toFake: ['Date'], now });
});

afterEach(() => {
  vi.useRealTimers();
});

function pass(milliseconds: number): void {
  now += milliseconds;
  vi.setSystemTime(now);
}

async function statusCalls(): Promise<number> {
  return (await node.events()).filter(({ type, path }) => type === 'call' && path === STATUS).length;
}

async function call(model = 'echo'): Promise<number> {
  return (await gateway.send(CHAT, jsonCall(key, chat(model)))).status;
}

describe('happy', () => {
  it('looks once for many calls within two seconds', async () => {
    for (let count = 0; count < 3; count++) expect(await call()).toBe(200);
    pass(2_000);
    expect(await call()).toBe(200);
    expect(await statusCalls()).toBe(1);
  });

  it('uses an older status and renews it behind the call', async () => {
    await call();
    pass(2_001);
    expect(await call()).toBe(200);
    expect(await statusCalls()).toBe(2);
    expect(await call()).toBe(200);
    expect(await statusCalls()).toBe(2);
  });

  it('waits for a new status when the last one is older than thirty seconds', async () => {
    await call();
    pass(30_001);
    await node.setState({ draining: true });
    expect(await call()).toBe(503);
    expect(await statusCalls()).toBe(2);
  });

  it('knows how old a status is when the clock was set back', async () => {
    await call();
    pass(-35_000);
    expect(await call()).toBe(200);
    await node.setState({ draining: true });
    pass(30_001);
    expect(await call()).toBe(503);
  });

  it('finds a model that was loaded after its last look', async () => {
    await node.setState({ models: ['second'] });
    expect(await call('echo')).toBe(404);
    await node.setState({ models: ['second', 'echo'] });
    pass(251);
    expect(await call('echo')).toBe(200);
  });

  it.each([
    [{ draining: true }, { draining: false }],
    [{ engine: 'restarting' }, { engine: 'ready' }],
  ])('takes a node back from %j as soon as it says so', async (away, back) => {
    await node.setState(away);
    expect(await call()).toBe(503);
    await node.setState(back);
    pass(251);
    expect(await call()).toBe(200);
  });
});

describe('error', () => {
  it('says what is the matter with a node that cannot take calls', async () => {
    await node.setState({ draining: true });
    const draining = await gateway.send(CHAT, jsonCall(key, chat('echo')));
    expect(await draining.json()).toMatchObject({ error: { code: 'node_draining' } });
    await node.setState({ draining: false, engine: 'starting' });
    pass(251);
    const starting = await gateway.send(CHAT, jsonCall(key, chat('echo')));
    expect(await starting.json()).toMatchObject({ error: { code: 'engine_restarting' } });
    expect(starting.headers.get('retry-after')).toBe('2');
  });

  it.each(['before it was seen', 'after it was seen'])(
    'does not take a model for missing while its node starts and names none yet, %s',
    async (when) => {
      if (when === 'after it was seen') expect(await call()).toBe(200);
      await node.setState({ engine: 'starting', models: [] });
      pass(30_001);
      expect(await call()).toBe(503);
      await node.setState({ engine: 'ready', models: ['echo'] });
      pass(251);
      expect(await call()).toBe(200);
    },
  );

  it('asks at most four times a second while the answers are refusals', async () => {
    await node.setState({ models: [] });
    for (let count = 0; count < 5; count++) expect(await call()).toBe(404);
    expect(await statusCalls()).toBe(1);
  });

  it('reports health by a look of this moment', async () => {
    expect(await (await gateway.send('/health')).json()).toStrictEqual({ status: 'ok' });
    await node.setState({ engine: 'restarting' });
    pass(251);
    expect(await (await gateway.send('/health')).json()).toStrictEqual({ status: 'degraded' });
    await node.kill();
    pass(251);
    const response = await gateway.send('/health');
    expect(response.status).toBe(200);
    expect(await response.json()).toStrictEqual({ status: 'degraded' });
  });
});
