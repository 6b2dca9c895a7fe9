// Frames of the link, on both runtimes: what goes together, how long one may be, and that nothing passes after an end.
import { describe, expect, test } from 'vitest';
import { LinkTransport } from '../../../protocol/node/link-transport.ts';
import { MAX_LINK_FRAME_LENGTH } from '../../../protocol/node/node-link.ts';

function open(mayReceive: (message: string) => boolean = () => true) {
  const frames: string[] = [];
  const due: (() => void)[] = [];
  const state = { closed: false };
  const transport = new LinkTransport({
    write: (frame) => frames.push(frame),
    close: () => {
      state.closed = true;
    },
    defer: (flush) => due.push(flush),
    mayReceive,
  });
  const endMoment = (): void => {
    for (const flush of due.splice(0)) flush();
  };
  return { transport, frames, state, endMoment };
}

describe('what is sent', () => {
  test('in one moment goes in one frame, in its order', () => {
    const { transport, frames, endMoment } = open();
    for (const message of ['[1]', '[2]', '[3]']) transport.send(message);
    expect(frames).toEqual([]);
    endMoment();
    transport.send('[4]');
    endMoment();
    expect(frames).toEqual(['[1]\n[2]\n[3]', '[4]']);
  });

  test('is never more than a frame takes', () => {
    const { transport, frames, endMoment } = open();
    const half = 'x'.repeat(MAX_LINK_FRAME_LENGTH / 2);
    for (let count = 0; count < 3; count++) transport.send(half);
    endMoment();
    expect(frames.join('').replaceAll('\n', '')).toHaveLength(3 * half.length);
    for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(MAX_LINK_FRAME_LENGTH);
    expect(() => {
      transport.send('x'.repeat(MAX_LINK_FRAME_LENGTH + 1));
    }).toThrow('longer than a frame');
  });

  test('before an end is still written, and nothing after it', () => {
    const { transport, frames, endMoment } = open();
    transport.send('[1]');
    transport.end('over');
    transport.send('[2]');
    endMoment();
    expect(frames).toEqual(['[1]']);
  });
});

describe('what comes', () => {
  test('is read message by message, whoever is first', async () => {
    const { transport } = open();
    const early = transport.receive();
    transport.take('[1]\n[2]');
    expect(await early).toBe('[1]');
    expect(await transport.receive()).toBe('[2]');
  });

  test('and may not, ends the session for its reader too', async () => {
    const { transport, state } = open((message) => message !== '[2]');
    transport.take('[1]\n[2]\n[3]');
    expect(state.closed).toBe(true);
    expect(await transport.receive()).toBe('[1]');
    await expect(transport.receive()).rejects.toThrow('what it may not');
    transport.take('[4]');
    await expect(transport.receive()).rejects.toThrow('what it may not');
  });
});
