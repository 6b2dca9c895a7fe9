// Guarantee: a digest is the same whichever way it was made, so that a key finds what was stored for it and a body its signature.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { digestBriefly } from '../../../worker/src/keys/digest-briefly.ts';

describe('a digest', () => {
  it('is that of WebCrypto, for short data and for long', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), async (data) => {
        const bytes = new Uint8Array(data);
        expect(await digestBriefly(bytes)).toBe(await sha256(bytes));
      }),
    );
  });

  it('is that of WebCrypto at the length from which on WebCrypto makes it', async () => {
    for (const length of [0, 1, 127, 128, 129]) {
      const bytes = new Uint8Array(length).fill(0xa5);
      expect(await digestBriefly(bytes), String(length)).toBe(await sha256(bytes));
    }
    expect(await digestBriefly('hk_ü')).toBe(await sha256('hk_ü'));
  });
});
