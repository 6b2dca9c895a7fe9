import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sliceText } from '../../../inference-node/engine-child/slice-text.ts';

test('slices are short, whole characters, and together the text', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '😀', 'é'), maxLength: 300 });
  fc.assert(
    fc.property(text, fc.integer({ min: 4, max: 40 }), (whole, maxLength) => {
      const slices = sliceText(whole, maxLength);
      expect(slices.join('')).toBe(whole);
      expect(slices.every((slice) => slice.length <= maxLength && slice.isWellFormed())).toBe(true);
      expect(slices.length).toBeLessThanOrEqual(1 + (2 * whole.length) / (maxLength - 2));
    }),
    { numRuns: 1000 },
  );
});

test('words stay whole, with the space in front of them', () => {
  expect(sliceText('one two three four', 9)).toEqual(['one two', ' three', ' four']);
});
