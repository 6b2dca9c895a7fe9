// What a node lets through before the library that reads it: five methods of its own, and a bounded number of questions.
import { describe, expect, test } from 'vitest';
import { openLinkSession } from '../../../inference-node/link/link-session.ts';
import { LinkedCalls } from '../../../inference-node/link/linked-calls.ts';
import { MAX_LINK_CALLS, MAX_LINK_FRAME_LENGTH } from '../../../protocol/node/node-link.ts';

class FakeSocket extends EventTarget {
  readonly sent: string[] = [];
  closed = false;

  send(frame: string): void {
    this.sent.push(frame);
    this.dispatchEvent(new Event('sent'));
  }

  close(): void {
    this.closed = true;
  }

  receive(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

function openSession(): FakeSocket {
  const socket = new FakeSocket();
  const connect = (): never => {
    throw new Error('a secret of the node');
  };
  openLinkSession(socket as unknown as WebSocket, new LinkedCalls({ connect, maxBodyBytes: 1_000 }), 0);
  return socket;
}

/** The next frame that the node sends. */
function nextFrame(socket: FakeSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.addEventListener(
      'sent',
      () => {
        resolve(socket.sent.at(-1) ?? '');
      },
      { once: true },
    );
  });
}

const BEAT = '["push",["pipeline",0,["beat"],[]]]';

test('a beat is answered', async () => {
  const socket = openSession();
  socket.receive(`${BEAT}\n["pull",1]`);
  expect(await nextFrame(socket)).toBe('["resolve",1,null]');
  expect(socket.closed).toBe(false);
});

test('what goes wrong in the node is not told', async () => {
  const socket = openSession();
  const headers = { authorization: '', accept: '', 'x-request-id': '' };
  const call = { id: 1, method: 'GET', path: '/_node/status', headers, body: null };
  socket.receive(`["push",["pipeline",0,["call"],[${JSON.stringify(call)}]]]\n["pull",1]`);
  const frame = await nextFrame(socket);
  expect(frame).toContain('["reject",1');
  expect(frame).not.toContain('secret');
});

describe('the link ends when the gateway', () => {
  test.each([
    ['calls what is not offered', '["push",["pipeline",0,["endAll"],[]]]'],
    ['calls what every object has', '["push",["pipeline",0,["constructor"],[]]]'],
    ['calls something on an answer', '["push",["pipeline",1,["then"],[]]]'],
    ['gives a capability', '["push",["export",-1]]'],
    ['runs instructions', '["push",["remap",0,[],[],[]]]'],
    ['opens a stream', '["pipe"]'],
    ['sends a stream', '["stream",["pipeline",0,["beat"],[]]]'],
    ['answers what was not asked', '["resolve",1,null]'],
    ['lets go of what it does not hold', '["release",1,1]'],
    ['sends a frame that is too long', ' '.repeat(MAX_LINK_FRAME_LENGTH + 1)],
    ['sends bytes', new ArrayBuffer(1)],
    ['sends nothing', ''],
  ])('%s', (_what, frame) => {
    const socket = openSession();
    socket.receive(frame);
    expect(socket.closed).toBe(true);
  });

  test('piles up questions without letting go of them', () => {
    const socket = openSession();
    const frame = Array.from({ length: MAX_LINK_CALLS }, () => BEAT).join('\n');
    let frames = 0;
    for (; !socket.closed; frames++) socket.receive(frame);
    expect(frames).toBeLessThan(16);
  });
});
