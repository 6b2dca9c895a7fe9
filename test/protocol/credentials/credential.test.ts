import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importCheckKeys, mintCredential, verifyCheck } from '../../../protocol/credentials/credential-check.ts';
import {
  accountOfKeyId,
  CREDENTIAL_PREFIX,
  displayPrefix,
  parseCredential,
  randomId,
  type CredentialKind,
} from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';

const CURRENT = 'current-key-check-secret-of-43-characters-0001';
const PREVIOUS = 'previous-key-check-secret-of-43-characters-001';
const KINDS: readonly CredentialKind[] = ['api-key', 'node-token', 'admin-token'];
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('the form of a credential', () => {
  it('has its prefix and fixed widths, so that secret scanners find it', async () => {
    const keys = await importCheckKeys(CURRENT);
    for (const kind of KINDS) {
      const { text, id } = await mintCredential(kind, randomId(), keys);
      expect(text).toMatch(new RegExp(`^${CREDENTIAL_PREFIX[kind]}${id}_[0-9A-Za-z]{51}$`));
    }
  });

  it('is read back into the very fields that it was made from', async () => {
    const keys = await importCheckKeys(CURRENT);
    for (const kind of KINDS) {
      const minted = await mintCredential(kind, randomId(), keys);
      expect(parseCredential(minted.text)).toEqual(minted);
    }
  });

  it('names its account in the first half of its id', () => {
    expect(accountOfKeyId('Ab12Cd34zzzzzzzz')).toBe('Ab12Cd34');
  });

  it('shows only prefix and id', () => {
    expect(displayPrefix('api-key', 'Ab12Cd34Ef56Gh78')).toBe('hk_Ab12Cd34Ef56Gh78');
  });

  it('refuses every other text without throwing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => parseCredential(text) === null));
    fc.assert(
      fc.property(fc.constantFrom('hk_', 'hkn_', 'hka_', 'sk_'), fc.string({ maxLength: 100 }), (prefix, rest) => {
        const parsed = parseCredential(prefix + rest);
        return parsed === null || parsed.text === prefix + rest;
      }),
    );
  });

  it('makes ids of uniform digits', () => {
    const seen = new Set(Array.from({ length: 400 }, () => randomId()).join(''));
    expect(seen.size).toBe(62);
  });
});

describe('the check of a credential', () => {
  it('refuses any one mistyped character', async () => {
    const keys = await importCheckKeys(CURRENT);
    const { text } = await mintCredential('api-key', randomId(), keys);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(...Array.from(BASE62)), async (position, letter) => {
        const typo = text.slice(0, position) + letter + text.slice(position + 1);
        const parsed = parseCredential(typo);
        if (typo === text || parsed === null) return;
        expect(await verifyCheck(parsed, keys)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what was made under another secret', async () => {
    const foreign = await mintCredential('api-key', randomId(), await importCheckKeys(PREVIOUS));
    expect(await verifyCheck(foreign, await importCheckKeys(CURRENT))).toBe(false);
  });

  it('accepts both secrets while the key-check secret is being rotated, and mints under the current one', async () => {
    const both = await importCheckKeys(CURRENT, PREVIOUS);
    const old = await mintCredential('api-key', randomId(), await importCheckKeys(PREVIOUS));
    const fresh = await mintCredential('api-key', randomId(), both);
    expect(await verifyCheck(old, both)).toBe(true);
    expect(await verifyCheck(fresh, await importCheckKeys(CURRENT))).toBe(true);
  });

  it('refuses a check secret that is too short to be one', async () => {
    await expect(importCheckKeys('short')).rejects.toThrow(RangeError);
  });
});

describe('the digest', () => {
  it('is SHA-256 in unpadded base64url, the same on both runtimes', async () => {
    expect(await sha256('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
    expect(await sha256('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
    expect(await sha256(new TextEncoder().encode('abc'))).toBe(await sha256('abc'));
  });
});
