import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { importCheckKeys, mintCredential } from '../../../protocol/credentials/credential-check.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import type { KeyCheckSecrets } from '../../../worker/src/keys/check-keys.ts';
import { identifyKey } from '../../../worker/src/keys/identify-key.ts';
import { readKey } from '../../../worker/src/keys/read-key.ts';
import { createKeyIndex } from '../../../worker/src/keys/key-index.ts';
import { TEST_CHECK_SECRETS } from '../present-key.ts';
import { TEST_KEY_CHECK_SECRET } from '../test-bindings.ts';

/** The bindings with an index that answers every read in this way. */
function bindingsWhere(get: () => Promise<string | null>): Env {
  return { ...env, KEYS: { ...env.KEYS, get } as unknown as KVNamespace };
}

const untouched = bindingsWhere(() => Promise.reject(new Error('the index was read')));

async function mint(secret = TEST_KEY_CHECK_SECRET, kind: 'api-key' | 'admin-token' | 'node-token' = 'api-key') {
  return mintCredential(kind, randomId(), await importCheckKeys(secret));
}

/** What the gateway makes of a presented text: its form first, then whose it is. */
async function identify(text: string, bindings: Env, secrets: KeyCheckSecrets) {
  const key = await readKey(text);
  return key.ok ? identifyKey(key, bindings, secrets) : key;
}

describe('what is no API key of this gateway is refused without any I/O', () => {
  it('a text that has not the form', async ({ expect }) => {
    for (const text of ['', 'hk_', 'sk-proj-abc', `hk_${'a'.repeat(68)}`, 'x'.repeat(100_000)]) {
      expect(await identify(text, untouched, TEST_CHECK_SECRETS)).toEqual({ ok: false, reason: 'malformed' });
    }
  });

  it('a key with any one character changed', async ({ expect }) => {
    const { text } = await mint();
    for (let position = 3; position < text.length; position++) {
      if (text[position] === '_') continue;
      const changed = text.slice(0, position) + (text[position] === 'a' ? 'b' : 'a') + text.slice(position + 1);
      expect(await identify(changed, untouched, TEST_CHECK_SECRETS)).toEqual({ ok: false, reason: 'bad_check' });
    }
  });

  it('a key of another gateway', async ({ expect }) => {
    const { text } = await mint('another-key-check-secret-of-another-gateway-xyz');
    expect(await identify(text, untouched, TEST_CHECK_SECRETS)).toEqual({ ok: false, reason: 'bad_check' });
  });

  it('an admin token or a node token', async ({ expect }) => {
    for (const kind of ['admin-token', 'node-token'] as const) {
      const { text } = await mint(TEST_KEY_CHECK_SECRET, kind);
      expect(await identify(text, untouched, TEST_CHECK_SECRETS)).toEqual({ ok: false, reason: 'not_an_api_key' });
    }
  });
});

describe('a key is identified whatever the index says', () => {
  it.for([
    ['nothing', () => Promise.resolve(null)],
    ['garbage', () => Promise.resolve('{"account": 7')],
    ['something else', () => Promise.resolve('{"some":"thing"}')],
    ["another account's id", () => Promise.resolve('{"account":"Stranger","keyId":"StrangerStranger"}')],
    ['an error', () => Promise.reject(new Error('KV is down'))],
  ] as const)('%s', async ([, get], { expect }) => {
    const { id, text } = await mint();
    expect(await identify(text, bindingsWhere(get), TEST_CHECK_SECRETS)).toEqual({
      ok: true,
      keyId: id,
      accountId: id.slice(0, 8),
      secretDigest: await sha256(text),
    });
  });

  it('its own entry', async ({ expect }) => {
    const { id, text } = await mint();
    const digest = await sha256(text);
    await createKeyIndex(env.KEYS).write(digest, { account: id.slice(0, 8), keyId: id });
    expect(await env.KEYS.get(`key:${digest}`, 'json')).toEqual({ account: id.slice(0, 8), keyId: id });
    expect(await identify(text, env, TEST_CHECK_SECRETS)).toMatchObject({ ok: true, keyId: id });
  });
});

it('a key whose identity the isolate knows costs no read', async ({ expect }) => {
  const { text } = await mint();
  await identify(text, env, TEST_CHECK_SECRETS);
  expect(await identify(text, untouched, TEST_CHECK_SECRETS)).toMatchObject({ ok: true });
});

it('while the key-check secret is rotated, keys of the old and of the new one are identified', async ({ expect }) => {
  const next = 'the-next-key-check-secret-of-the-worker-tests-ok';
  const during = { keyCheckSecret: next, previousKeyCheckSecret: TEST_KEY_CHECK_SECRET };
  const old = await mint();
  expect(await identify(old.text, env, during)).toMatchObject({ ok: true });
  expect(await identify((await mint(next)).text, env, during)).toMatchObject({ ok: true });
  const after = { keyCheckSecret: next, previousKeyCheckSecret: null };
  expect(await identify((await mint()).text, env, after)).toEqual({ ok: false, reason: 'bad_check' });
});
