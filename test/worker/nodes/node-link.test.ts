// The link at the gateway's end: who may open it, and that a node that lies harms nobody but itself.
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import {
  LINK_CLOSE,
  LINK_READ_AHEAD,
  linkHelloSchema,
  MAX_LINK_PIECE_BYTES,
} from '../../../protocol/node/node-link.ts';
import { NODE_DIRECTORY_NAME } from '../../../protocol/objects/node-directory.ts';
import { LINK_FAILURE_HEADER, LINK_TOKEN_DIGEST_HEADER } from '../../../worker/src/nodes/link-headers.ts';
import { callAdmin } from '../admin-api.ts';
import { TEST_ADMIN_TOKEN, TEST_NODE_SIGNING_KEY } from '../test-bindings.ts';
import { chat, jsonCall, makeKey, testGateway } from '../test-gateway.ts';
import { bytes, dial, newNodeToken, openRawLink, statusReply, type Reply } from './raw-node.ts';

const WHOLE = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  piece: { bytes: bytes('{}'), done: true },
};

/** What the gateway's own calls get over the link of a node. */
function call(nodeId: string, init?: RequestInit): Promise<Response> {
  return env.NODE_LINK.getByName(nodeId).fetch('https://node.link/_node/status', init);
}

function freshId(): string {
  return `node-${randomId()}`;
}

describe('who may open a link', () => {
  it('is whoever has the token of a node; everybody else gets the very same 401', async () => {
    const id = freshId();
    const token = await newNodeToken(id);
    const bodies = new Set<string>();
    const wrong = ['', 'x', TEST_ADMIN_TOKEN, `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`];
    const removed = await newNodeToken(`${id}-removed`);
    await callAdmin('DELETE', `/admin/nodes/${id}-removed`);
    for (const presented of [...wrong, removed]) {
      for (const upgrade of [true, false]) {
        const response = await dial(presented, upgrade);
        expect(response.status).toBe(401);
        expect(response.webSocket).toBeNull();
        bodies.add(await response.text());
      }
    }
    expect(bodies.size).toBe(1);
    expect((await dial(token)).status).toBe(101);
  });

  it('is told its id and the public half of the signing key, and no more of that', async () => {
    const id = freshId();
    const response = await dial(await newNodeToken(id), false);
    const text = await response.text();
    const { node_id: nodeId, jwks } = linkHelloSchema.parse(JSON.parse(text));
    expect([nodeId, jwks.keys[0]?.['x']]).toEqual([id, TEST_NODE_SIGNING_KEY.x]);
    expect(text).not.toContain(TEST_NODE_SIGNING_KEY.d);
  });

  it('cannot be claimed by a header of a client', async () => {
    const { send } = testGateway({ NODE_ORIGIN: `link:${freshId()}` });
    const { key } = await makeKey();
    const init = jsonCall(key, chat('echo'));
    const headers = { ...(init.headers as object), [LINK_TOKEN_DIGEST_HEADER]: 'x', upgrade: 'websocket' };
    const response = await send('/v1/chat/completions', { ...init, headers });
    expect([response.status, await response.json()]).toMatchObject([503, { error: { code: 'node_offline' } }]);
  });
});

describe('NODE_ORIGIN', () => {
  it('names a node that dials in, and that is then the node that calls are signed for', () => {
    expect(testGateway({ NODE_ORIGIN: 'link:gpu', NODE_ID: 'home' }).config).toMatchObject({
      nodeOrigin: null,
      nodeId: 'gpu',
    });
    expect(testGateway({ NODE_ORIGIN: 'https://node.example/', NODE_ID: 'home' }).config).toMatchObject({
      nodeOrigin: 'https://node.example',
      nodeId: 'home',
    });
  });

  it.for(['link:', 'link:a b', 'link:../x', 'ftp://node.example', 'https://node.example/path', 'gpu'])(
    'may not be %s: the gateway then answers nothing',
    (origin) => {
      expect(() => testGateway({ NODE_ORIGIN: origin })).toThrow('The gateway is misconfigured. NODE_ORIGIN');
    },
  );
});

describe('a link', () => {
  it('carries a call as it is, and its answer', async () => {
    const id = freshId();
    const node = await openRawLink(id, ({ args }) => ({
      ...WHOLE,
      headers: {},
      piece: { bytes: bytes(JSON.stringify(args)), done: true },
    }));
    const response = await call(id, {
      headers: { authorization: 'Bearer t', accept: 'a', 'x-request-id': 'r', cookie: 'c' },
    });
    expect(await response.json()).toEqual([
      {
        id: 1,
        method: 'GET',
        path: '/_node/status',
        headers: { authorization: 'Bearer t', accept: 'a', 'x-request-id': 'r' },
        body: null,
      },
    ]);
    expect(node.asked).toHaveLength(1);
  });

  it('is given to the newer of two processes, and the older one is told so', async () => {
    const id = freshId();
    const token = await newNodeToken(id);
    const older = await openRawLink(id, () => ({ ...WHOLE, status: 201 }), token);
    await openRawLink(id, () => WHOLE, token);
    expect(await older.closed).toBe(LINK_CLOSE.replaced);
    expect((await call(id)).status).toBe(200);
  });

  it.for([
    ['its node is removed', (id: string) => callAdmin('DELETE', `/admin/nodes/${id}`)],
    ['its token is rotated with no grace', (id: string) => callAdmin('POST', `/admin/nodes/${id}/rotate`, {})],
  ] as const)('is closed when %s, before the command returns', async ([, end]) => {
    const id = freshId();
    const node = await openRawLink(id, () => WHOLE);
    expect((await end(id)).status).toBe(200);
    expect((await call(id)).headers.has(LINK_FAILURE_HEADER)).toBe(true);
    expect(await node.closed).toBe(LINK_CLOSE.tokenEnded);
  });

  it('tells the directory when it opens and when it closes', async () => {
    const id = freshId();
    const token = await newNodeToken(id);
    const directory = env.NODE_DIRECTORY.getByName(NODE_DIRECTORY_NAME);
    // Of what it knows already: an hour old is fresh enough.
    const isThere = async (maxAgeMs = 3_600_000): Promise<boolean> => {
      const { sightings } = await directory.snapshot({ maxAgeMs, until: { nodes: [id] } });
      return sightings.find(({ nodeId }) => nodeId === id)?.found?.ok === true;
    };
    const until = async (there: boolean): Promise<void> => {
      for (let asked = 0; asked < 500 && (await isThere()) !== there; asked++);
      expect(await isThere()).toBe(there);
    };
    expect(await isThere(0)).toBe(false);
    await openRawLink(id, statusReply(id), token);
    await until(true);
    expect((await callAdmin('POST', `/admin/nodes/${id}/rotate`, {})).status).toBe(200);
    await until(false);
  });

  it('fails what is under way at once when it is cut', async () => {
    const id = freshId();
    const token = await newNodeToken(id);
    const asked = Promise.withResolvers<undefined>();
    await openRawLink(
      id,
      () => {
        asked.resolve(undefined);
        return null;
      },
      token,
    );
    const waiting = call(id);
    await asked.promise;
    await openRawLink(id, () => WHOLE, token);
    const response = await waiting;
    expect([response.status, response.headers.has(LINK_FAILURE_HEADER)]).toEqual([503, true]);
  });

  it('asks for no more than a reader takes, and ends the call of one that leaves', async () => {
    const id = freshId();
    const piece = { bytes: bytes(new Uint8Array(MAX_LINK_PIECE_BYTES).fill(97)), done: false };
    const endless: Reply = ({ method, args: [argument] }) => {
      const isOther = method === 'call' && (argument as { path: string }).path !== '/endless';
      if (isOther) return WHOLE;
      return method === 'call' ? { ...WHOLE, piece: null } : piece;
    };
    const node = await openRawLink(id, endless);
    const stub = env.NODE_LINK.getByName(id);
    const reader = (await stub.fetch('https://node.link/endless')).body?.getReader();
    await reader?.read();
    // Were more asked for, it would be by the time of these.
    for (let round = 0; round < 100; round++) await (await call(id)).text();
    const reads = node.asked.filter(({ method }) => method === 'read').length;
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(LINK_READ_AHEAD + 8);
    await reader?.cancel();
    while (!node.asked.some(({ method }) => method === 'cancel')) await (await call(id)).text();
  });
});

describe('a node that lies', () => {
  const answers: Record<string, Reply> = {
    'with a status that is none': () => ({ ...WHOLE, status: 99 }),
    'with a header that is not its to send': () => ({ ...WHOLE, headers: { 'set-cookie': 'a=b' } }),
    'with the header of our own failures': () => ({ ...WHOLE, headers: { [LINK_FAILURE_HEADER]: 'x' } }),
    'with a field that is not known': () => ({ ...WHOLE, more: 1 }),
    'with something else than an answer': () => 'answer',
    'with a function in the place of a value': () => ({ ...WHOLE, piece: ['export', -1] }),
    'with a stream in the place of a value': () => ({ ...WHOLE, piece: { bytes: ['readable', 1], done: true } }),
    'with a piece that is too large': () => ({
      ...WHOLE,
      piece: { bytes: bytes(new Uint8Array(MAX_LINK_PIECE_BYTES + 1)), done: true },
    }),
    'with values in values in values': () => ({ ...WHOLE, piece: [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]] }),
    'with an answer twice': ({ id }, node) => {
      node.answer(id, WHOLE);
      return WHOLE;
    },
    'by calling the gateway': (_, node) => {
      node.send('["push",["pipeline",0,["settle"],[]]]');
    },
    'with a frame that is no text': (_, node) => {
      node.send(new ArrayBuffer(8));
    },
    'with a frame that is no message': (_, node) => {
      node.send('hello');
    },
    'with an answer that is no JSON': (_, node) => {
      node.send('["resolve",');
    },
    'with a frame that is too long': (_, node) => {
      node.send(`["resolve",1,"${'x'.repeat(1_048_576)}"]`);
    },
  };

  it.for(Object.entries(answers))('%s loses its link, and the caller gets an error of ours', async ([, reply]) => {
    const id = freshId();
    const node = await openRawLink(id, reply);
    const response = await call(id);
    expect(await node.closed).toBeGreaterThan(0);
    // The answer that came before the lie stands.
    if (response.status !== 200)
      expect([response.status, response.headers.has(LINK_FAILURE_HEADER)]).toEqual([503, true]);
    expect((await call(id)).headers.get(LINK_FAILURE_HEADER)).toBe('the node has no link');
    await openRawLink(id, () => WHOLE, await rotated(id));
    expect((await call(id)).status).toBe(200);
  });

  it('with an empty piece in the middle of a body does not keep the gateway asking', async () => {
    const id = freshId();
    const node = await openRawLink(id, ({ method }) =>
      method === 'call' ? { ...WHOLE, piece: null } : { bytes: bytes(''), done: false },
    );
    const response = await call(id);
    await expect(response.text()).rejects.toThrow();
    expect(await node.closed).toBe(LINK_CLOSE.broken);
  });

  it('about what went wrong is not quoted', async () => {
    const id = freshId();
    await openRawLink(id, (question, node) => {
      node.send(JSON.stringify(['reject', question.id, ['error', 'Error', 'a secret of the node']]));
    });
    const response = await call(id);
    expect([...response.headers.values(), await response.text()].join()).not.toContain('secret');
    expect(response.headers.get(LINK_FAILURE_HEADER)).toBe('the node refused the call');
  });
});

async function rotated(id: string): Promise<string> {
  const response = await callAdmin('POST', `/admin/nodes/${id}/rotate`, {});
  return (await response.json<{ token: string }>()).token;
}
