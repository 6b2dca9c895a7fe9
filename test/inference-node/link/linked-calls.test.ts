// The node's end of the link: what a gateway asks for it gets, piece by piece; what a hostile one asks for it does not.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LinkedCalls } from '../../../inference-node/link/linked-calls.ts';
import { connectLocally } from '../../../inference-node/link/local-connector.ts';
import {
  LINK_READ_AHEAD,
  MAX_LINK_CALLS,
  MAX_LINK_PART_BYTES,
  MAX_LINK_PIECE_BYTES,
  type LinkCall,
} from '../../../protocol/node/node-link.ts';

const HEADERS = { authorization: 'Bearer t', accept: 'application/json', 'x-request-id': 'req_1' };
const STATUS: LinkCall = { id: 1, method: 'GET', path: '/_node/status', headers: HEADERS, body: null };

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function callsTo(handler: Handler, maxBodyBytes = 4 * MAX_LINK_PART_BYTES): { calls: LinkedCalls; server: Server } {
  const server = createServer(handler);
  const calls = new LinkedCalls({ connect: connectLocally(server), maxBodyBytes });
  onTestFinished(() => {
    calls.endAll();
  });
  return { calls, server };
}

/** Never answers. */
const silent: Handler = () => undefined;

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

describe('a call', () => {
  test('reaches the server of the node, which listens on nothing, with its headers and no others', async () => {
    const { calls, server } = callsTo((request, response) => {
      response.end(JSON.stringify([request.method, request.url, request.headers]));
    });
    const { status, piece } = await calls.call(STATUS);
    expect(server.listening).toBe(false);
    expect([status, piece?.done]).toEqual([200, true]);
    const headers = { ...HEADERS, host: 'node.link', connection: 'close' };
    expect(JSON.parse(textOf(piece?.bytes))).toEqual(['GET', '/_node/status', headers]);
  });

  test('has its stream read piece by piece, in turn, and every read after the end says that it was the end', async () => {
    let answer: ServerResponse | undefined;
    const { calls } = callsTo((_, response) => {
      answer = response;
      response.write('one');
    });
    expect((await calls.call(STATUS)).piece).toBeNull();
    const reads = [calls.read(1), calls.read(1), calls.read(1)];
    expect(textOf((await reads[0])?.bytes)).toBe('one');
    answer?.end('two');
    const rest = await Promise.all(reads.slice(1));
    expect(rest.map(({ bytes }) => textOf(bytes)).join('')).toBe('two');
    expect(rest.at(-1)?.done).toBe(true);
  });

  test('makes no more of its answer than has been read, and what fits into buffers', async () => {
    let written = 0;
    const { calls } = callsTo((_, response) => {
      const more = (): void => {
        do written += MAX_LINK_PIECE_BYTES;
        while (response.write(Buffer.alloc(MAX_LINK_PIECE_BYTES)));
      };
      response.on('drain', more);
      more();
    });
    await calls.call(STATUS);
    for (let read = 0; read < 8; read++) {
      expect((await calls.read(1)).bytes.length).toBeLessThanOrEqual(MAX_LINK_PIECE_BYTES);
    }
    // Whatever would be written unread is written by the time of another call.
    await calls.call({ ...STATUS, id: 2 });
    expect(written).toBeLessThan(24 * MAX_LINK_PIECE_BYTES);
  });

  test('that is cancelled ends at the server, whether it has answered or not', async () => {
    const closed: Promise<unknown>[] = [];
    const arrived = Promise.withResolvers<undefined>();
    const { calls } = callsTo((request, response) => {
      closed.push(once(response, 'close'));
      if (request.url === '/_node/status') response.write('begun');
      else arrived.resolve(undefined);
    });
    await calls.call(STATUS);
    const reading = calls.read(1).then(() => calls.read(1));
    const unanswered = calls.call({ ...STATUS, id: 2, path: '/v1/models' });
    unanswered.catch(() => undefined);
    await arrived.promise;
    calls.cancel(1);
    calls.cancel(2);
    await Promise.all(closed);
    await expect(unanswered).rejects.toThrow();
    await expect(reading).rejects.toThrow();
  });

  test('whose answer is cut rejects the read that waits for more', async () => {
    let answer: ServerResponse | undefined;
    const { calls } = callsTo((_, response) => {
      answer = response;
      response.write('one');
    });
    await calls.call(STATUS);
    await calls.read(1);
    const waiting = calls.read(1);
    answer?.destroy();
    await expect(waiting).rejects.toThrow('cut');
  });

  test('takes a body in parts, each when the one before was taken', async () => {
    let size = 0;
    const { calls } = callsTo((request, response) => {
      request.on('data', (part: Buffer) => (size += part.length)).on('end', () => response.end(String(size)));
    });
    const part = new Uint8Array(MAX_LINK_PART_BYTES);
    const body = { length: 3 * MAX_LINK_PART_BYTES, part };
    const answering = calls.call({ ...STATUS, method: 'POST', path: '/v1/completions', body });
    await calls.write({ id: 1, part });
    expect(size).toBeGreaterThanOrEqual(MAX_LINK_PART_BYTES);
    await calls.write({ id: 1, part });
    expect(textOf((await answering).piece?.bytes)).toBe(String(body.length));
  });
});

describe('a hostile gateway', () => {
  test.each([
    ['a path of the operator', { path: '/metrics' }],
    ['a path that is none', { path: '/v1/models/../../metrics' }],
    ['a method that is none', { method: 'DELETE' }],
    ['another host', { path: 'http://169.254.169.254/' }],
    ['a header that it may not send', { headers: { ...HEADERS, host: 'x' } }],
    ['a header that is two', { headers: { ...HEADERS, accept: 'a\r\nx-more: b' } }],
    ['a body that is no bytes', { body: { length: 1, part: 'x' } }],
    [
      'a body that is too large',
      { method: 'POST', body: { length: 4 * MAX_LINK_PART_BYTES + 1, part: new Uint8Array() } },
    ],
    ['a part that is too large', { body: { length: 1, part: new Uint8Array(MAX_LINK_PART_BYTES + 1) } }],
    ['a function', { id: () => 1 }],
    ['a field that is not known', { more: 1 }],
    ['a negative id', { id: -1 }],
  ])('cannot call with %s', async (_what, change) => {
    let reached = 0;
    const { calls } = callsTo((_, response) => {
      reached++;
      response.end();
    });
    await expect(calls.call({ ...STATUS, ...change })).rejects.toThrow();
    expect(reached).toBe(0);
  });

  test('cannot open more calls than a link has, or one twice', async () => {
    const { calls } = callsTo(silent);
    const open = (id: number): Promise<unknown> => calls.call({ ...STATUS, id });
    const waiting = Array.from({ length: MAX_LINK_CALLS }, (_, index) => open(index + 1));
    for (const call of waiting) call.catch(() => undefined);
    await expect(open(1)).rejects.toThrow('no room');
    await expect(open(MAX_LINK_CALLS + 1)).rejects.toThrow('no room');
    calls.endAll();
    await expect(Promise.any(waiting)).rejects.toThrow();
  });

  test('cannot write more than it announced: the call ends', async () => {
    const { calls } = callsTo(silent);
    const call = {
      ...STATUS,
      method: 'POST' as const,
      path: '/v1/completions',
      body: { length: 3, part: new Uint8Array(1) },
    };
    const answering = calls.call(call);
    answering.catch(() => undefined);
    await expect(calls.write({ id: 1, part: new Uint8Array(3) })).rejects.toThrow('longer than was announced');
    await expect(answering).rejects.toThrow();
  });

  test('cannot pile up reads', async () => {
    const { calls } = callsTo((_, response) => response.write('one'));
    await calls.call(STATUS);
    const reads = Array.from({ length: LINK_READ_AHEAD + 2 }, () => calls.read(1));
    for (const read of reads) read.catch(() => undefined);
    await expect(reads.at(-1)).rejects.toThrow('too many reads');
  });

  test('cannot read what it has not called', async () => {
    await expect(callsTo(silent).calls.read(7)).rejects.toThrow('no such call');
  });
});
