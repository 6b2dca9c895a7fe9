// An answer that takes long is begun early, so that a client that leaves is noticed: it must still be the same answer, and a
// failure must never look like one.
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  chat,
  fetchGateway,
  jsonCall,
  makeKey,
  testGateway,
  testNode,
  type TestGateway,
  type TestNode,
} from '../test-gateway.ts';

/** The loopback node that the Worker's own entry calls. */
const WORKERS_NODE = 0;

let key: string;
let node: TestNode;
let gateway: TestGateway;

beforeAll(async () => {
  ({ key } = await makeKey());
});

beforeEach(async () => {
  node = await testNode(WORKERS_NODE);
  gateway = testGateway({ NODE_ORIGIN: node.origin });
});

async function readAll(response: Response): Promise<{ text: string; broken: boolean }> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  try {
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) text += read.value;
    return { text, broken: false };
  } catch {
    return { text, broken: true };
  }
}

describe('happy', () => {
  it.each([
    ['/v1/chat/completions', chat('waits-for-release', 'x'), { choices: [{ message: { content: 'x' } }] }],
    ['/predict', { model: 'waits-for-release', input: 'x' }, { prediction: 'x' }],
  ])('%s gives the same JSON, after white space', async (path, body, expected) => {
    const response = await fetchGateway(path, jsonCall(key, body));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    await node.release('answer');
    expect(await response.json()).toMatchObject(expected);
  });

  it('records the call once, with its counts, at its end', async () => {
    const answer = gateway.send('/predict', jsonCall(key, { model: 'waits-for-release', input: 'x' }));
    await node.waitFor('call', { model: 'waits-for-release' });
    const begun = await fetchGateway('/v1/chat/completions', jsonCall(key, chat('waits-for-release')));
    expect(gateway.records).toStrictEqual([]);
    await node.release('answer');
    await Promise.all([answer, begun.text()]);
    expect(gateway.records).toMatchObject([{ status: 200, outcome: 'ok', promptTokens: 7, completionTokens: 5 }]);
  });
});

describe('error', () => {
  it.each([
    ['/v1/chat/completions', chat('waits-for-release', 'x'), { error: { code: 'node_offline' } }],
    ['/predict', { model: 'waits-for-release', input: 'x' }, { error: expect.any(String) as string }],
  ])('%s tells a late failure and breaks the connection off', async (path, body, expected) => {
    const response = await fetchGateway(path, jsonCall(key, body));
    expect(response.status).toBe(200);
    await node.release('break');
    const { text, broken } = await readAll(response);
    expect(broken).toBe(true);
    expect(JSON.parse(text)).toMatchObject(expected);
  });

  it('says so when the node takes longer than it may, and ends the call there', async () => {
    const impatient = testGateway({ NODE_ORIGIN: node.origin, NODE_TIMEOUT_SECONDS: '3' });
    const answer = impatient.send('/v1/chat/completions', jsonCall(key, chat('silent-before-headers')));
    await expect(answer).rejects.toThrow('the answer broke off');
    await vi.waitFor(() => {
      expect(impatient.records).toMatchObject([{ status: 200, outcome: 'error', error: 'node_timeout' }]);
    });
  });
});
