// The scale of every block is a half float: wrong bits would make weights of another size than asked for.
import { describe, expect, it } from 'vitest';
import { encodeHalfFloat } from '../../bench/gguf/half-float.ts';

describe('encodeHalfFloat', () => {
  it.each([
    [1, 0x3c00],
    [0.5, 0x3800],
    [0.333251953125, 0x3555],
    [65_504, 0x7bff],
    [2 ** -14, 0x0400],
    // Rounds up into the next exponent.
    [0.99999, 0x3c00],
  ])('writes %d', (value, bits) => {
    expect(encodeHalfFloat(value)).toBe(bits);
  });

  it.each([0, -1, 2 ** -15, 70_000, Number.NaN])('refuses %d, which is no normal half', (value) => {
    expect(() => encodeHalfFloat(value)).toThrow(RangeError);
  });
});
