import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSseData, SSE_DONE, SSE_PING, SseDataParser } from '../../../protocol/inference/server-sent-events.ts';

/** Cuts a text at the given places. */
function cut(text: string, places: readonly number[]): string[] {
  const bounds = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [...bounds, text.length].map((end, index) => text.slice(bounds[index - 1] ?? 0, end));
}

function parse(chunks: readonly string[]): string[] {
  const parser = new SseDataParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

describe('server-sent events', () => {
  it('arrive whole whatever the chunk boundaries, pings and line ends', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 8 }),
        fc.array(fc.nat(4000), { maxLength: 40 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        (values, places, lineEnd) => {
          const text = (values.map((value) => formatSseData(value) + SSE_PING).join('') + SSE_DONE).replaceAll(
            '\n',
            lineEnd,
          );
          expect(parse(cut(text, places))).toEqual([...values.map((value) => JSON.stringify(value)), '[DONE]']);
        },
      ),
    );
  });

  it('are cut right at every single boundary of a stream', () => {
    const text = `: ping\r\n\r\ndata: {"a":"ü\\n"}\n\ndata: x\ndata: y\r\n\r\n${SSE_DONE}`;
    for (let place = 0; place <= text.length; place++) {
      expect(parse([text.slice(0, place), text.slice(place)])).toEqual(['{"a":"ü\\n"}', 'x\ny', '[DONE]']);
    }
  });

  it('refuse an event without end instead of holding it all', () => {
    const parser = new SseDataParser(64);
    expect(() => parser.push(`data: ${'x'.repeat(100)}`)).toThrow(RangeError);
  });

  it('write one line per event whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => /^data: [^\n\r]*\n\n$/.test(formatSseData({ text }))),
    );
  });
});
