// One object looks at the nodes for all isolates: what that spares the nodes, what a dead node costs the others, and what happens without
// the object. Gateways that share a directory are isolates of one gateway.
import { createExecutionContext } from 'cloudflare:test';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { NODE_PATH } from '../../../protocol/node/node-api.ts';
import type { DirectorySnapshot, LookUntil } from '../../../protocol/objects/node-directory.ts';
import { callAdmin } from '../admin-api.ts';
import {
  chat,
  GATEWAY,
  jsonCall,
  makeKey,
  newDirectory,
  testGateway,
  testNode,
  type TestGateway,
  type TestNode,
} from '../test-gateway.ts';
import { newNodeToken, openRawLink, statusReply } from './raw-node.ts';

const CHAT = '/v1/chat/completions';
const NOT_REACHED = new Error('not reached');

let key: string;
let now: number;
/** The node of everybody's settings, and one of a record. */
let home: TestNode;
let other: TestNode;
let otherId: string;
/** Status questions that are counted already. */
let counted: number;
let directory: ReturnType<typeof newDirectory>;

beforeAll(async () => {
  ({ key } = await makeKey());
  home = await testNode(0);
});

beforeEach(async () => {
  otherId = `other-${randomId()}`;
  other = await testNode(otherId);
  expect((await callAdmin('POST', '/admin/nodes', { id: otherId, origin: other.origin })).status).toBe(200);
  counted = await callsAt(other, NODE_PATH.status);
  directory = newDirectory();
  now = Date.now() - 20_000;
  vi.useFakeTimers({ toFake: ['Date'], now });
});

afterEach(async () => {
  vi.useRealTimers();
  await home.setState({ instead: null });
  await callAdmin('DELETE', `/admin/nodes/${otherId}`);
});

function pass(milliseconds: number): void {
  now += milliseconds;
  vi.setSystemTime(now);
}

function isolates(count: number): TestGateway[] {
  return Array.from({ length: count }, () => testGateway({ NODE_DIRECTORY: directory }));
}

function call(gateway: TestGateway, content = 'hello', model = 'echo'): Promise<Response> {
  return gateway.send(CHAT, jsonCall(key, chat(model, content)));
}

async function callAll(gateways: readonly TestGateway[]): Promise<void> {
  const answers = await Promise.all(gateways.map((gateway) => call(gateway)));
  for (const { status } of answers) expect(status).toBe(200);
}

/** How often the node was asked for its status since this was last asked. */
async function statusQuestions(): Promise<number> {
  const all = await callsAt(other, NODE_PATH.status);
  const news = all - counted;
  counted = all;
  return news;
}

async function callsAt(node: TestNode, path: string): Promise<number> {
  return (await node.events()).filter((event) => event.type === 'call' && event.path === path).length;
}

function ask(until: LookUntil, maxAgeMs = 2_000): Promise<DirectorySnapshot> {
  return directory.getByName('directory').snapshot({ maxAgeMs, until });
}

async function foundOf(snapshot: Promise<DirectorySnapshot>, nodeId: string) {
  return (await snapshot).sightings.find((sighting) => sighting.nodeId === nodeId)?.found;
}

describe('a node', () => {
  it('is asked for its status once in two seconds, however many isolates have calls', async () => {
    const many = isolates(8);
    await callAll(many);
    await callAll(many);
    // Those that come later, too.
    for (const gateway of isolates(2)) await callAll([gateway]);
    expect(await statusQuestions()).toBe(1);
    pass(2_001);
    await callAll(many);
    await callAll(many);
    expect(await statusQuestions()).toBe(1);
  });

  it('is asked once by all isolates that are about to refuse', async () => {
    await callAll(isolates(1));
    expect(await statusQuestions()).toBe(1);
    pass(251);
    const refused = await Promise.all(isolates(8).map((gateway) => call(gateway, 'hello', 'nowhere')));
    for (const { status } of refused) expect(status).toBe(404);
    for (const gateway of isolates(2)) expect((await call(gateway, 'hello', 'nowhere')).status).toBe(404);
    expect(await statusQuestions()).toBe(1);
  });

  it('that the settings of an isolate say to be elsewhere is looked at by that isolate', async () => {
    const elsewhere = await testNode();
    await elsewhere.setState({ models: ['second'] });
    await other.setState({ models: [] });
    const gateway = testGateway({ NODE_ORIGIN: elsewhere.origin, NODE_DIRECTORY: directory });
    expect((await call(gateway, 'hello', 'echo')).status).toBe(404);
    expect((await call(gateway, 'hello', 'second')).status).toBe(200);
  });
});

describe('a node that dials in', () => {
  it('is seen when its link opens, and seen to have left when that closes, however fresh the last look is', async () => {
    // Not before the gateway that makes its token has last looked.
    vi.useRealTimers();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const id = `linked-${randomId()}`;
    const stub = directory.getByName('directory');
    await ask('all');
    const token = await newNodeToken(id);
    // It is not in the list that was read.
    expect(await foundOf(ask('all'), id)).toBeUndefined();
    await stub.noteLink(id);
    expect(await foundOf(ask('all'), id)).toMatchObject({ ok: false });
    await openRawLink(id, statusReply(id), token);
    expect(await foundOf(ask('all'), id)).toMatchObject({ ok: false });
    await stub.noteLink(id);
    expect(await foundOf(ask('all'), id)).toMatchObject({ ok: true });
    await callAdmin('DELETE', `/admin/nodes/${id}`);
    await stub.noteLink(id);
    expect(await foundOf(ask('all'), id)).toMatchObject({ ok: false });
  });
});

describe('a node that is added', () => {
  it('is seen, also when the clock was set back since the last look', async () => {
    const newId = `new-${randomId()}`;
    expect(await foundOf(ask('all'), newId)).toBeUndefined();
    pass(-35_000);
    expect((await callAdmin('POST', '/admin/nodes', { id: newId, origin: other.origin })).status).toBe(200);
    pass(2_001);
    try {
      expect(await foundOf(ask('all'), newId)).toMatchObject({ ok: false });
    } finally {
      await callAdmin('DELETE', `/admin/nodes/${newId}`);
    }
  });
});

describe('a node that is silent', () => {
  beforeEach(() => other.setState({ frozen: true }));

  it('delays nothing that is known of the others', async () => {
    const snapshot = await ask({ serves: 'echo' });
    const found = Object.fromEntries(snapshot.sightings.map((sighting) => [sighting.nodeId, sighting.found]));
    expect(found['home']).toMatchObject({ ok: true });
    // It was still being waited for.
    expect(found[otherId]).toBeNull();
    await callAll(isolates(4));
  });

  it('is told as away to whoever wants to know of it, and not waited for again by the next one', async () => {
    vi.useRealTimers();
    expect(await foundOf(ask('all'), otherId)).toMatchObject({ ok: false, code: 'node_offline' });
    // The others are looked at anew, which would take as long again with it.
    expect((await foundOf(ask('all', 250), 'home'))?.agoMs).toBeLessThan(2_000);
  });
});

describe('a call that failed at a node', () => {
  /** The node that such a call goes to, and the other one. */
  async function placesOf(content: string): Promise<[chosen: TestNode, spare: TestNode]> {
    const [gateway] = isolates(1);
    const before = await callsAt(home, CHAT);
    expect((await call(gateway!, content)).status).toBe(200);
    return (await callsAt(home, CHAT)) > before ? [home, other] : [other, home];
  }

  /** Isolates tell it behind their calls. */
  async function failuresTold(): Promise<number> {
    const { sightings } = await ask({ nodes: [] }, 60_000);
    return sightings.reduce((sum, { trouble }) => sum + (trouble?.failures ?? 0), 0);
  }

  async function untilFailuresTold(isSo: (failures: number) => boolean): Promise<void> {
    let failures = await failuresTold();
    for (let asked = 1; !isSo(failures) && asked < 500; asked++) failures = await failuresTold();
    expect(isSo(failures)).toBe(true);
  }

  it('spares other isolates the attempt, until one has seen the node answer again', async () => {
    const [first, second] = isolates(2);
    const [chosen] = await placesOf('told');
    await chosen.setState({ instead: 'queue-full' });
    const before = await callsAt(chosen, CHAT);
    expect((await call(first!, 'told')).status).toBe(200);
    await untilFailuresTold((failures) => failures > 0);
    expect((await call(second!, 'told')).status).toBe(200);
    expect(await callsAt(chosen, CHAT)).toBe(before + 1);

    await chosen.setState({ instead: null });
    pass(1_001);
    expect((await call(first!, 'told')).status).toBe(200);
    expect(await callsAt(chosen, CHAT)).toBe(before + 2);
    await untilFailuresTold((failures) => failures === 0);
    const [third] = isolates(1);
    for (let count = 0; count < 2; count++) expect((await call(third!, 'told')).status).toBe(200);
    expect(await callsAt(chosen, CHAT)).toBe(before + 4);
  });
});

describe('a directory that cannot be reached', () => {
  const lost = { getByName: () => ({ snapshot: () => Promise.reject(NOT_REACHED) }) };

  it('is done without: the isolate reads the list and looks for itself', async () => {
    const own = await testNode();
    await own.setState({ models: ['echo'] });
    await other.setState({ models: ['second'] });
    const gateway = testGateway({ NODE_ORIGIN: own.origin, NODE_DIRECTORY: lost });
    expect((await call(gateway, 'hello', 'echo')).status).toBe(200);
    expect((await call(gateway, 'hello', 'second')).status).toBe(200);
    expect((await call(gateway, 'hello', 'nowhere')).status).toBe(404);
  });

  it('leaves the last snapshot in force, which no call waits to renew', async () => {
    const real = directory;
    let silent = false;
    const stub = () => (silent ? { snapshot: () => new Promise(() => undefined) } : real.getByName('directory'));
    const gateway = testGateway({ NODE_DIRECTORY: { getByName: stub } });
    await callAll([gateway]);
    silent = true;
    pass(29_000);
    // No budget ends.
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now });
    const request = new Request(GATEWAY + CHAT, jsonCall(key, chat('echo')));
    const answer = await gateway.app.fetch(request, gateway.env, createExecutionContext());
    expect(answer.status).toBe(200);
    await answer.text();
  });

  it('and a Registry that cannot be either leave the node of the settings', async () => {
    const registry = { getByName: () => ({ listNodes: () => Promise.reject(NOT_REACHED) }) };
    const gateway = testGateway({ NODE_DIRECTORY: lost, REGISTRY: registry });
    expect((await call(gateway)).status).toBe(200);
    expect(await callsAt(other, CHAT)).toBe(0);
  });

  it('that never answers is waited for once, and not by the calls after', async () => {
    let asked = 0;
    const snapshot = () => {
      asked += 1;
      return new Promise(() => undefined);
    };
    const silent = { getByName: () => ({ snapshot }) };
    const gateway = testGateway({ NODE_DIRECTORY: silent });
    for (let count = 0; count < 3; count++) {
      // Each wants news: what would be a refusal is looked up again.
      pass(300);
      expect((await call(gateway, 'hello', 'nowhere')).status).toBe(404);
    }
    expect(asked).toBe(1);
  });
});
