// Two nodes that serve the same: which one gets a call, and what a call does when its node fails.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { callAdmin } from '../admin-api.ts';
import { chat, jsonCall, makeKey, testGateway, testNode, type TestGateway, type TestNode } from '../test-gateway.ts';

const CHAT = '/v1/chat/completions';
const OPENINGS = Array.from({ length: 12 }, (_value, index) => `opening ${index}`);

let key: string;
let gateway: TestGateway;
let otherId: string;
/** The node of the gateway's settings, and one of a record. */
let home: TestNode;
let other: TestNode;

beforeAll(async () => {
  ({ key } = await makeKey());
});

beforeEach(async () => {
  otherId = `other-${randomId()}`;
  [home, other] = [await testNode(), await testNode(otherId)];
  await addOther();
});

afterEach(async () => {
  vi.useRealTimers();
  await callAdmin('DELETE', `/admin/nodes/${otherId}`);
});

/** Makes its record anew, and a gateway that has seen nothing yet. */
async function addOther(fields: object = {}): Promise<void> {
  await callAdmin('DELETE', `/admin/nodes/${otherId}`);
  const added = await callAdmin('POST', '/admin/nodes', { id: otherId, origin: other.origin, ...fields });
  expect(added.status).toBe(200);
  gateway = testGateway({ NODE_ORIGIN: home.origin });
}

function call(content: string, model = 'echo', more: object = {}): Promise<Response> {
  return gateway.send(CHAT, jsonCall(key, chat(model, content, more)));
}

async function callAll(openings: readonly string[], model = 'echo'): Promise<void> {
  const answers = await Promise.all(openings.map((opening) => call(opening, model)));
  for (const { status } of answers) expect(status).toBe(200);
}

async function callsAt(node: TestNode) {
  return (await node.events()).filter(({ type, path }) => type === 'call' && path === CHAT);
}

/** The node that calls with this opening go to, and the one that they do not. */
async function placesOf(opening: string): Promise<[chosen: TestNode, spare: TestNode]> {
  const before = (await callsAt(home)).length;
  expect((await call(opening)).status).toBe(200);
  return (await callsAt(home)).length > before ? [home, other] : [other, home];
}

describe('a call', () => {
  it('goes to the node that had the beginning of its prompt before; many beginnings are shared out', async () => {
    // Fewer at once than a node has sequences, so that none is passed over.
    const all = async (): Promise<void> => {
      for (let start = 0; start < OPENINGS.length; start += 3) await callAll(OPENINGS.slice(start, start + 3));
    };
    const counts = async (): Promise<number[]> => [(await callsAt(home)).length, (await callsAt(other)).length];
    // The first call of a gateway does not wait long for the second node to show itself.
    await all();
    const before = await counts();
    await all();
    const after = await counts();
    const shares = after.map((count, node) => count - (before[node] ?? 0));
    expect(Math.min(...shares)).toBeGreaterThan(0);
    await all();
    expect(await counts()).toEqual(after.map((count, node) => count + (shares[node] ?? 0)));
  });

  it('passes a node over whose sequences are all taken', async () => {
    const [chosen, spare] = await placesOf('busy');
    await chosen.setState({ running: 4 });
    gateway = testGateway({ NODE_ORIGIN: home.origin });
    const before = (await callsAt(spare)).length;
    expect((await call('busy')).status).toBe(200);
    expect((await callsAt(spare)).length).toBe(before + 1);
  });

  it('goes to no node whose record does not allow the model', async () => {
    await addOther({ models: ['second'] });
    await callAll(OPENINGS.slice(0, 8));
    await callAll(OPENINGS.slice(0, 8), 'second');
    const bodies = (await callsAt(other)).map(({ body }) => body ?? '');
    expect(bodies.length).toBeGreaterThan(0);
    for (const body of bodies) expect(body).toContain('"model":"second"');
  });

  it('goes to the one that serves the model, whichever that is', async () => {
    await home.setState({ models: ['second'] });
    expect((await call('hello', 'echo')).status).toBe(200);
    expect(await callsAt(other)).toHaveLength(1);
  });

  it('goes to no node that is drained, until that is undone', async () => {
    const drain = async (draining: boolean): Promise<void> => {
      expect((await callAdmin('PATCH', `/admin/nodes/${otherId}`, { draining })).status).toBe(200);
      gateway = testGateway({ NODE_ORIGIN: home.origin });
    };
    await drain(true);
    await callAll(OPENINGS);
    expect(await callsAt(other)).toHaveLength(0);
    await drain(false);
    await callAll(OPENINGS);
    expect((await callsAt(other)).length).toBeGreaterThan(0);
  });
});

describe('a node that fails before it has answered anything', () => {
  it.each([
    ['by breaking the connection', 'breaks-before-headers', {}],
    ['with a full queue', 'queue-full', {}],
    ['because its engine restarts', 'waits-for-ages', {}],
    ['in no shape of ours', 'fails-without-shape', {}],
    ['with a whole answer that breaks off', 'promises-more', {}],
    ['with a stream that breaks before its first event', 'breaks-before-first-event', { stream: true }],
    ['with a stream that ends before its first event', 'says-no-event', { stream: true }],
    ['with a stream whose first event is its failure', 'fails-in-first-event', { stream: true }],
  ])('%s is left for the other, where the call is counted', async (_how, instead, more) => {
    const [chosen, spare] = await placesOf(instead);
    await chosen.setState({ instead });
    const answer = await call(instead, 'echo', more);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toContain(instead);
    expect(text).not.toContain('"error"');
    const [failed, answered] = [(await callsAt(chosen)).at(-1), (await callsAt(spare)).at(-1)];
    expect([failed?.claims?.att, answered?.claims?.att]).toEqual([1, 2]);
    const callId = failed?.callId ?? '';
    expect(answered?.callId).toBe(callId);
    expect(await spare.waitFor('acknowledged', { callId })).toMatchObject({ callId });
  });

  it('is tried last for a while, and then with one call', async () => {
    let now = Date.now() - 20_000;
    vi.useFakeTimers({ toFake: ['Date'], now });
    const [chosen, spare] = await placesOf('cooling');
    await chosen.setState({ instead: 'queue-full' });
    expect((await call('cooling')).status).toBe(200);
    await chosen.setState({ instead: null });
    const before = (await callsAt(chosen)).length;
    expect((await call('cooling')).status).toBe(200);
    expect((await callsAt(chosen)).length).toBe(before);
    now += 1_001;
    vi.setSystemTime(now);
    const atSpare = (await callsAt(spare)).length;
    for (let count = 0; count < 2; count++) expect((await call('cooling')).status).toBe(200);
    expect((await callsAt(chosen)).length).toBe(before + 2);
    expect((await callsAt(spare)).length).toBe(atSpare);
  });

  it('is one failure for all calls that it had', async () => {
    let now = Date.now() - 20_000;
    vi.useFakeTimers({ toFake: ['Date'], now });
    const [chosen] = await placesOf('burst');
    await chosen.setState({ instead: 'queue-full' });
    await callAll(Array.from({ length: 4 }, () => 'burst'));
    await chosen.setState({ instead: null });
    now += 1_001;
    vi.setSystemTime(now);
    const before = (await callsAt(chosen)).length;
    await callAll(['burst']);
    expect((await callsAt(chosen)).length).toBe(before + 1);
  });

  it('after its first event is tried last, too', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 20_000 });
    const [chosen, spare] = await placesOf('lost');
    await chosen.setState({ instead: 'breaks-inside-an-event' });
    expect(await (await call('lost', 'echo', { stream: true })).text()).toContain('generation_failed');
    await chosen.setState({ instead: null });
    const before = (await callsAt(spare)).length;
    await callAll(['lost']);
    expect((await callsAt(spare)).length).toBe(before + 1);
  });

  it('because nobody listens there any more is left', async () => {
    const [chosen, spare] = await placesOf('gone');
    await chosen.kill();
    const before = (await callsAt(spare)).length;
    await callAll(['gone', 'gone', 'gone']);
    expect((await callsAt(spare)).length).toBe(before + 3);
  });

  it('because it is frozen is left when it does not say that it lives', async () => {
    const [chosen, spare] = await placesOf('frozen');
    await chosen.setState({ frozen: true });
    const before = (await callsAt(spare)).length;
    expect((await call('frozen')).status).toBe(200);
    expect((await callsAt(spare)).length).toBe(before + 1);
  });

  it('is left for one that was away when the call began, and has come back', async () => {
    await other.setState({ engine: 'starting', instead: 'echo' });
    const answer = call('came back', 'waits-for-release');
    await home.waitFor('call', { model: 'waits-for-release' });
    await other.setState({ engine: 'ready' });
    // Later than looks are shared.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1_000 });
    await home.release('break');
    expect((await answer).status).toBe(200);
    expect((await callsAt(other)).at(-1)?.claims?.att).toBe(2);
  });

  it('leaves the client with what says when to come again, when the other fails too', async () => {
    const [chosen, spare] = await placesOf('both');
    await chosen.setState({ instead: 'queue-full' });
    await spare.setState({ instead: 'breaks-before-headers' });
    const answer = await call('both');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(await answer.json()).toMatchObject({ error: { code: 'queue_full' } });
  });
});

describe('a call stays with its node', () => {
  it('when an event was passed on', async () => {
    const [chosen, spare] = await placesOf('begun');
    await chosen.setState({ instead: 'breaks-inside-an-event' });
    const before = (await callsAt(spare)).length;
    const text = await (await call('begun', 'echo', { stream: true })).text();
    expect(text).toContain('whole');
    expect(text).toContain('generation_failed');
    expect((await callsAt(spare)).length).toBe(before);
  });

  it('when what fails is its own fault', async () => {
    const [chosen, spare] = await placesOf('own fault');
    await chosen.setState({ instead: 'too-long' });
    const before = (await callsAt(spare)).length;
    expect((await call('own fault')).status).toBe(400);
    expect((await callsAt(spare)).length).toBe(before);
  });
});

describe('a model that no node serves now', () => {
  const fallbacks = { MODEL_FALLBACKS: JSON.stringify({ large: ['away', 'second'], other: ['second'] }) };

  it('is answered for by the first of its fallbacks that one serves', async () => {
    gateway = testGateway({ NODE_ORIGIN: home.origin, ...fallbacks });
    const answer = await call('hello', 'large');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ model: 'second' });
  });

  it('is not, for a key that may not use the fallback', async () => {
    gateway = testGateway({ NODE_ORIGIN: home.origin, ...fallbacks });
    const { key: narrow } = await makeKey({ models: ['large'] });
    const answer = await gateway.send(CHAT, jsonCall(narrow, chat('large')));
    expect(answer.status).toBe(404);
  });
});

it('the models of all nodes are listed, each once', async () => {
  await home.setState({ models: ['echo', 'second'] });
  await other.setState({ models: ['echo', 'queue-full'] });
  const headers = { authorization: `Bearer ${key}` };
  const { data } = await (await gateway.send('/v1/models', { headers })).json<{ data: { id: string }[] }>();
  expect(data.map(({ id }) => id).sort()).toEqual(['echo', 'queue-full', 'second']);
});
