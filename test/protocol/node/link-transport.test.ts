// Frames of the link, on both runtimes: what goes together, how long one may be, and that nothing passes after an end.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LinkTransport } from '../../../protocol/node/link-transport.ts';
import { MAX_LINK_FRAME_LENGTH } from '../../../protocol/node/node-link.ts';

const WINDOW_MS = 2;
/** What may wait says so. */
const PATIENT = '"patient"';

function open(mayReceive: (message: string) => boolean = () => true) {
  const frames: string[] = [];
  const due: (() => void)[] = [];
  const late: { flush: () => void; delayMs: number }[] = [];
  const state = { closed: false };
  const transport = new LinkTransport({
    write: (frame) => frames.push(frame),
    close: () => {
      state.closed = true;
    },
    defer: (flush) => due.push(flush),
    mayWait: (message) => message.includes(PATIENT),
    windowMs: WINDOW_MS,
    later: (flush, delayMs) => late.push({ flush, delayMs }),
    mayReceive,
  });
  const endMoment = (): void => {
    for (const flush of due.splice(0)) flush();
  };
  return { transport, frames, late, state, endMoment };
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

  describe('and may wait', () => {
    beforeEach(() => vi.useFakeTimers());
    afterEach(() => vi.useRealTimers());

    test('waits for others after a frame, and goes with the first that may not', () => {
      const { transport, frames, late, endMoment } = open();
      transport.send('[1]');
      endMoment();
      transport.send(`[2,${PATIENT}]`);
      transport.send(`[3,${PATIENT}]`);
      endMoment();
      expect(frames).toEqual(['[1]']);
      expect(late.map(({ delayMs }) => delayMs)).toEqual([WINDOW_MS]);
      transport.send('[4]');
      endMoment();
      expect(frames.slice(1)).toEqual([`[2,${PATIENT}]\n[3,${PATIENT}]\n[4]`]);
      for (const { flush } of late) flush();
      expect(frames).toHaveLength(2);
    });

    test('goes at the end of the window at the latest', () => {
      const { transport, frames, late, endMoment } = open();
      transport.send('[1]');
      endMoment();
      transport.send(`[2,${PATIENT}]`);
      for (const { flush } of late) flush();
      expect(frames).toEqual(['[1]', `[2,${PATIENT}]`]);
    });

    test('goes at once when no frame has just gone', () => {
      const { transport, frames, endMoment } = open();
      transport.send('[1]');
      endMoment();
      vi.advanceTimersByTime(WINDOW_MS);
      transport.send(`[2,${PATIENT}]`);
      endMoment();
      expect(frames).toEqual(['[1]', `[2,${PATIENT}]`]);
    });
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
