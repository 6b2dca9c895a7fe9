import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ggufBytes } from './gguf-bytes.ts';
import { sourceOf } from './memory-source.ts';
import { checkGguf } from '../../../inference-node/gguf/check-gguf-file.ts';

/** Bytes of the tiny models that hold their whole header. */
const HEADER_BYTES = 200_000;
const HEADERS = ['tiny-llama', 'tiny-phi2'].map((name) => {
  const file = readFileSync(`models/${name}.gguf`);
  return { start: new Uint8Array(file.subarray(0, HEADER_BYTES)), size: file.length };
});

const mutations = fc.array(fc.record({ at: fc.nat(HEADER_BYTES - 1), byte: fc.nat(255) }), {
  minLength: 1,
  maxLength: 8,
});
/** Most of what decides is in the first bytes. */
const earlyMutations = fc.array(fc.record({ at: fc.nat(600), byte: fc.nat(255) }), { minLength: 1, maxLength: 4 });

describe('a damaged header is a value, never an exception, a loop or a large read', () => {
  test.each([0, 1])('bytes changed in header %i', (index) => {
    const { start, size } = HEADERS[index]!;
    fc.assert(
      fc.property(fc.oneof(mutations, earlyMutations), (changes) => {
        const bytes = start.slice();
        for (const { at, byte } of changes) bytes[at] = byte;
        const check = checkGguf(sourceOf(bytes, size), 'm.gguf');
        expect(check.ok || check.reason.endsWith('file.')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test.each([0, 1])('header %i cut anywhere', (index) => {
    const { start } = HEADERS[index]!;
    fc.assert(
      fc.property(fc.nat(HEADER_BYTES - 1), (length) => {
        expect(checkGguf(sourceOf(start.subarray(0, length)), 'm.gguf').ok).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  test('any bytes after the magic', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(2 ** 50), (tail, size) => {
        const bytes = Uint8Array.of(0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0, ...tail);
        expect(checkGguf(sourceOf(bytes, Math.max(bytes.length, size)), 'm.gguf').ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('any count, length or offset replaced by a wrong or giant one, at every place', () => {
    const sound = ggufBytes();
    const values = [0n, 1n, 2n ** 16n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
    let refused = 0;
    for (let at = 8; at + 8 <= sound.length - 256; at++) {
      for (const value of values) {
        const bytes = sound.slice();
        new DataView(bytes.buffer).setBigUint64(at, value, true);
        const check = checkGguf(sourceOf(bytes), 'm.gguf');
        if (!check.ok) refused++;
        expect(check.ok || check.reason.endsWith('file.'), `${value} at ${at}`).toBe(true);
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });
});
