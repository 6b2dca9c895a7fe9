import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StopMatcher } from '../../../inference-node/engine-child/stop-matcher.ts';

/** Few letters, so that stop sequences and their beginnings really occur. */
const text = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b', '\n', 'é'), maxLength });
const stops = fc.array(text(4), { maxLength: 4 });

/** What a matcher gives out for text in pieces, and whether it stopped. */
function run(sequences: readonly string[], pieces: readonly string[]): { given: string; stopped: boolean } {
  const matcher = new StopMatcher(sequences);
  let given = '';
  for (const piece of pieces) {
    const match = matcher.push(piece);
    given += match.text;
    if (match.stopped) return { given, stopped: true };
  }
  return { given: given + matcher.flush(), stopped: false };
}

function cut(whole: string, at: readonly number[]): string[] {
  const places = [...new Set(at.map((place) => place % (whole.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...places].map((place, index) => whole.slice(place, places[index] ?? whole.length));
}

describe('stop sequences', () => {
  test('the text before the first one is given out whole, and nothing of it or after it, however the text is cut', () => {
    fc.assert(
      fc.property(stops, text(30), fc.array(fc.nat(), { maxLength: 8 }), (sequences, whole, at) => {
        const real = sequences.filter((stop) => stop !== '');
        const { given, stopped } = run(sequences, cut(whole, at));
        // A piece may end before a stop sequence that begins earlier, so the end that came first counts.
        expect(whole.startsWith(given)).toBe(true);
        expect(real.some((stop) => given.includes(stop))).toBe(false);
        expect(stopped).toBe(real.some((stop) => whole.includes(stop)));
        if (!stopped) expect(given).toBe(whole);
        else expect(real.some((stop) => whole.slice(given.length).startsWith(stop))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('text that cannot begin one is given out at once', () => {
    const matcher = new StopMatcher(['END']);
    expect(matcher.push('one E')).toEqual({ text: 'one ', stopped: false });
    expect(matcher.push('N')).toEqual({ text: '', stopped: false });
    expect(matcher.push('T')).toEqual({ text: 'ENT', stopped: false });
    expect(matcher.push(' EEND more')).toEqual({ text: ' E', stopped: true });
  });

  test('without any, text passes untouched', () => {
    expect(new StopMatcher([]).push('text')).toEqual({ text: 'text', stopped: false });
  });
});
