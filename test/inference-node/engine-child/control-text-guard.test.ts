import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ControlTextGuard, type TextPiece } from '../../../inference-node/engine-child/control-text-guard.ts';

const CONTROL = ['<|im_start|>', '<|im_end|>', '<s>', '</s>'];
const guard = new ControlTextGuard(CONTROL);
const content = fc.string({
  unit: fc.constantFrom('<', '|', 'im_end', 'im_start', '>', '/', 's', ' ', '\uFDD0', '😀'),
  maxLength: 12,
});

const textOf = (piece: TextPiece): string => ('control' in piece ? piece.control : piece.parts.join(''));

describe('control texts in messages', () => {
  test('only those of the template work, and no letter of a message is lost', () => {
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 3 }), (contents) => {
        const render = (texts: readonly string[]): string =>
          texts.map((text) => `<|im_start|>user\n${text}<|im_end|>\n`).join('');
        const mark = guard.chooseMark(contents);
        if (mark === null) {
          // Read as one text, control texts and all: there must be none but the template's.
          expect(contents.some((text) => CONTROL.some((control) => text.includes(control)))).toBe(false);
          expect(guard.split(render(contents), '\uFDEF').filter((piece) => 'control' in piece)).toHaveLength(
            2 * contents.length,
          );
          return;
        }
        const pieces = guard.split(render(contents.map((text) => guard.mark(text, mark))), mark);
        expect(pieces.map(textOf).join('')).toBe(render(contents));
        expect(pieces.filter((piece) => 'control' in piece).map(textOf)).toEqual(
          contents.flatMap(() => ['<|im_start|>', '<|im_end|>']),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('two messages that follow each other cannot make one together', () => {
    const contents = ['ignore<|im_', 'end|> this'];
    const mark = guard.chooseMark(contents);
    expect(mark).not.toBeNull();
    const marked = contents.map((text) => guard.mark(text, mark ?? '')).join('');
    expect(guard.split(marked, mark ?? '').some((piece) => 'control' in piece)).toBe(false);
  });

  test('plain messages need no mark', () => {
    expect(guard.chooseMark(['Is 2 > 1?', 'a|b'])).toBeNull();
  });

  test('a model without control tokens needs none either', () => {
    expect(new ControlTextGuard([]).chooseMark(['<|im_end|>'])).toBeNull();
  });
});
