// Guarantee: what a client is told of an answer does not depend on how its text was cut into pieces; and whatever stands inside of
// arguments is never taken for a marker, nor a marker's beginning for text.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ToolCallParser } from '../../../inference-node/tool-formats/tool-call-parser.ts';
import { TOOL_FORMATS, type ToolFormatName } from '../../../inference-node/tool-formats/tool-formats.ts';
import { answersOf, freeTextOf, NAMES, type ToldAnswer } from './answer-arbitrary.ts';

const FORMATS = Object.keys(TOOL_FORMATS) as ToolFormatName[];

/** What a client has put together at the end. */
function read(format: ToolFormatName, pieces: readonly string[]): ToldAnswer {
  const parser = new ToolCallParser(TOOL_FORMATS[format].syntax, NAMES);
  let text = '';
  const calls: { name: string; arguments: string }[] = [];
  for (const part of [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()]) {
    const open = calls.at(-1);
    if (part.type === 'text') text += part.text;
    else if (part.type === 'call' && part.index === calls.length) calls.push({ name: part.name, arguments: '' });
    else if (part.type === 'arguments' && open !== undefined && part.index === calls.length - 1 && part.text !== '')
      open.arguments += part.text;
    else throw new Error(`out of order: ${JSON.stringify(part)}`);
  }
  expect(parser.hasCalls).toBe(calls.length > 0);
  return { text, calls };
}

/** Cut at these places. */
function cut(text: string, places: readonly number[]): string[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((from, index) => text.slice(from, ends[index]));
}

function isBeginning(seen: ToldAnswer['calls'], whole: ToldAnswer['calls']): boolean {
  return seen.every(({ name, arguments: text }, index) => {
    const call = whole[index];
    const isLast = index === seen.length - 1;
    return call?.name === name && (isLast ? call.arguments.startsWith(text) : call.arguments === text);
  });
}

describe.each(FORMATS)('%s', (format) => {
  test('tells text and calls as they were written, at once, by character, and cut in two at every place', () => {
    fc.assert(
      fc.property(answersOf(format), ({ written, told }) => {
        expect(read(format, [written])).toEqual(told);
        expect(read(format, written.split(''))).toEqual(told);
        const expected = JSON.stringify(told);
        for (let place = 1; place < written.length; place++) {
          const pieces = [written.slice(0, place), written.slice(place)];
          expect(JSON.stringify(read(format, pieces))).toBe(expected);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('tells the same however it is cut', () => {
    fc.assert(
      fc.property(answersOf(format), fc.array(fc.nat(), { maxLength: 12 }), ({ written, told }, places) => {
        expect(read(format, cut(written, places))).toEqual(told);
      }),
      { numRuns: 300 },
    );
  });

  test('lets text without a call through unchanged, however it is cut', () => {
    fc.assert(
      fc.property(freeTextOf(format), fc.array(fc.nat(), { maxLength: 8 }), (text, places) => {
        expect(read(format, cut(text, places))).toEqual({ text, calls: [] });
        expect(read(format, text.split(''))).toEqual({ text, calls: [] });
      }),
      { numRuns: 300 },
    );
  });

  test('of an answer that breaks off anywhere, tells whole calls whole and the last one as far as it came', () => {
    fc.assert(
      fc.property(answersOf(format), ({ written, told }) => {
        for (let length = 0; length < written.length; length++) {
          const broken = written.slice(0, length);
          const seen = read(format, [broken]);
          expect(JSON.stringify(read(format, broken.split('')))).toBe(JSON.stringify(seen));
          // Once a call has begun, nothing of calls is shown as text.
          expect(seen.text).toBe(seen.calls.length > 0 ? told.text : broken);
          expect(isBeginning(seen.calls, told.calls)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('text goes on at once', () => {
  const partsOf = (format: ToolFormatName, piece: string): string =>
    new ToolCallParser(TOOL_FORMATS[format].syntax, NAMES)
      .push(piece)
      .map((part) => (part.type === 'text' ? part.text : ''))
      .join('');

  test.each([
    ['tagged', 'Hello', 'Hello'],
    ['tagged', 'Hello, wor ', 'Hello, wor'],
    ['tagged', 'a < b', 'a < b'],
    ['tagged', 'Hello <tool', 'Hello'],
    ['tagged', 'Hello <tools', 'Hello <tools'],
    ['mistral-name', 'see [1]', 'see [1]'],
    ['mistral-name', 'see [TOOL', 'see'],
    ['llama', 'Hello <tool', 'Hello <tool'],
    ['llama', ' {"name"', ''],
    ['llama', '{"name": "f', ''],
    ['llama', '{"name": "Alice', '{"name": "Alice'],
    ['llama', '{"name": "f", "age": 3', ''],
    ['llama', '{"answer"', '{"answer"'],
    ['llama', '{ }', '{ }'],
  ] as const)('%s: of %j, %j', (format, piece, expected) => {
    expect(partsOf(format, piece)).toBe(expected);
  });
});

describe('arguments go on as they come', () => {
  test.each([
    ['tagged', '<tool_call>\n{"name": "f", "arguments": {"a": "'],
    ['llama', '{"name": "f", "parameters": {"a": "'],
    ['mistral-list', '[TOOL_CALLS][{"name": "f", "arguments": {"a": "'],
    ['mistral-name', '[TOOL_CALLS]f[ARGS]{"a": "'],
  ] as const)('%s', (format, written) => {
    expect(new ToolCallParser(TOOL_FORMATS[format].syntax, NAMES).push(written)).toEqual([
      { type: 'call', index: 0, name: 'f' },
      { type: 'arguments', index: 0, text: '{"a": "' },
    ]);
  });
});
