// The list of models holds what this key may use, and nothing else exists for it.
import { beforeAll, describe, expect, it } from 'vitest';
import { chat, jsonCall, makeKey, testGateway, testNode, type TestGateway, type TestNode } from '../test-gateway.ts';

let node: TestNode;
let gateway: TestGateway;
let all: string;
let limited: string;

beforeAll(async () => {
  node = await testNode();
  await node.setState({ models: ['echo', 'second', 'maker/Some-1B:q4'] });
  gateway = testGateway({ NODE_ORIGIN: node.origin });
  all = (await makeKey()).key;
  limited = (await makeKey({ models: ['second'] })).key;
});

function get(path: string, key: string): Promise<Response> {
  return gateway.send(path, { headers: { authorization: `Bearer ${key}` } });
}

describe('happy', () => {
  it('lists every served model to a key without a list, the default one first', async () => {
    const list = await (await get('/v1/models', all)).json<{ object: string; data: { id: string }[] }>();
    expect(list.object).toBe('list');
    expect(list.data.map(({ id }) => id)).toStrictEqual(['echo', 'second', 'maker/Some-1B:q4']);
    expect(list.data[0]).toStrictEqual({
      id: 'echo',
      object: 'model',
      created: 1_795_000_000,
      owned_by: 'hearthkey',
      context_length: 512,
    });
  });

  it.each(['/v1/models/maker/Some-1B:q4', '/v1/models/maker%2FSome-1B%3Aq4'])('shows a model by %s', async (path) => {
    const response = await get(path, all);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: 'maker/Some-1B:q4' });
  });
});

describe('aliases', () => {
  it('shows the model that an alias stands for, under its id', async () => {
    expect(await (await get('/v1/models/alias-of-second', all)).json()).toMatchObject({ id: 'second' });
  });

  it('judges an alias as the model that it stands for', async () => {
    const used = await gateway.send('/v1/chat/completions', jsonCall(limited, chat('alias-of-second')));
    await used.text();
    const call = await node.waitFor('call', { path: '/v1/chat/completions' });
    expect(call).toMatchObject({ body: expect.stringContaining('"model":"second"') as string });
    const refused = await gateway.send('/v1/chat/completions', jsonCall(limited, chat('alias-of-echo')));
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({ error: { code: 'model_not_found' } });
  });
});

describe('error', () => {
  it('answers 503 node_offline with Retry-After when the node is away', async () => {
    const away = await testNode();
    await away.kill();
    const response = await testGateway({ NODE_ORIGIN: away.origin }).send('/v1/models', {
      headers: { authorization: `Bearer ${all}` },
    });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^[1-9]/);
    expect(await response.json()).toMatchObject({ error: { code: 'node_offline' } });
  });
});

describe('security', () => {
  it('lists only what the key may use', async () => {
    const list = await (await get('/v1/models', limited)).json<{ data: { id: string }[] }>();
    expect(list.data.map(({ id }) => id)).toStrictEqual(['second']);
  });

  it('answers the same for a model that does not exist and one that the key may not use', async () => {
    const texts = await Promise.all(
      ['echo', 'nothing-like-it'].map(async (model) => {
        const shown = await get(`/v1/models/${model}`, limited);
        const called = await gateway.send('/v1/chat/completions', jsonCall(limited, chat(model)));
        expect([shown.status, called.status]).toStrictEqual([404, 404]);
        return [await shown.text(), await called.text()];
      }),
    );
    expect(texts[0]).toStrictEqual(texts[1]);
    expect(texts.flat().join()).not.toContain('second');
  });
});
