import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenText } from '../../../inference-node/engine-child/token-text.ts';
import type { Token } from '../../../inference-node/llama-cpp/loaded-model.ts';

/** A model whose token number n is the n-th piece of `bytes`. */
function textOf(bytes: Uint8Array, cuts: readonly number[]): { pieces: string[]; whole: string } {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  const tokens = [0, ...places].map((place, index) => bytes.subarray(place, places[index] ?? bytes.length));
  const decode = (numbers: readonly Token[]): string =>
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(numbers.map((number) => tokens[number]!)));
  const text = new TokenText(decode);
  const pieces = tokens.map((_, number) => text.push(number as Token));
  return { pieces: [...pieces, text.flush()], whole: decode(tokens.map((_, number) => number as Token)) };
}

const everyByte = (length: number): number[] => Array.from({ length }, (_, index) => index);

describe('text from tokens', () => {
  test('no character is cut, wherever the tokens cut its bytes', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => !value.includes('\uFFFD'));
    fc.assert(
      fc.property(anyText, fc.array(fc.nat(), { maxLength: 30 }), (whole, cuts) => {
        const { pieces } = textOf(new TextEncoder().encode(whole), cuts);
        expect(pieces.join('')).toBe(whole);
        expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('bytes that are no characters come out as the decoder shows them, all of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const { pieces, whole } = textOf(bytes, everyByte(bytes.length));
        expect(pieces.join('')).toBe(whole);
      }),
      { numRuns: 1000 },
    );
  });

  test('a model that writes U+FFFD itself is not held back for ever', () => {
    const { pieces, whole } = textOf(new TextEncoder().encode('\uFFFD'.repeat(20)), everyByte(60));
    expect(pieces.join('')).toBe(whole);
    expect(pieces.findIndex((piece) => piece !== '')).toBeLessThan(9);
  });
});
