// `GET /v1/key`: a program asks what its key may do. It learns all about that key, nothing of any other, and it costs nothing.
import { describe, it } from 'vitest';
import { ownKeySchema, type OwnKey } from '../../../protocol/inference/own-key.ts';
import { usageOf } from '../accounts/limited-call.ts';
import { accountOf, ACTOR, mintKey, nowSeconds } from '../accounts/open-account.ts';
import { createKey, createUser } from '../admin-api.ts';
import { chat, fetchGateway, jsonCall } from '../test-gateway.ts';

const REFUSED = { error: { code: 'invalid_api_key', type: 'authentication_error' } };

function ask(key: string): Promise<Response> {
  return fetchGateway('/v1/key', { headers: { authorization: `Bearer ${key}` } });
}

async function askOwnKey(key: string): Promise<OwnKey> {
  return ownKeySchema.strict().parse(await (await ask(key)).json());
}

async function callOnce(key: string): Promise<void> {
  const response = await fetchGateway('/v1/chat/completions', jsonCall(key, chat('echo', 'x', { max_tokens: 5 })));
  await response.text();
}

describe('a key that asks about itself', () => {
  it('learns its settings, its limits, what is left of them, and those of its user', async ({ expect }) => {
    const user = await createUser({ limits: { requests_per_day: 50, parallel_requests: 4 } });
    const before = nowSeconds();
    const { key, id } = await createKey(user.id, {
      name: 'mine',
      models: ['echo'],
      scopes: ['chat'],
      expires_at: before + 3_600,
      limits: { requests_per_minute: 10, max_tokens_per_call: 100, models: { echo: { tokens_per_month: 1_000 } } },
      metadata: { secret_note: 'for the operator only' },
    });
    await callOnce(key);
    const own = await askOwnKey(key);
    expect(own).toMatchObject({
      ...{ object: 'key', id, name: 'mine', status: 'active', models: ['echo'], scopes: ['chat'] },
      ...{ expires_at: before + 3_600, rotate_by: null, rotation_due: false },
    });
    const left = own.limits.map(({ name, scope, model, limit, remaining }) => [name, scope, model, limit, remaining]);
    expect(left).toEqual([
      ['requests_per_minute', 'key', null, 10, 9],
      ['max_tokens_per_call', 'key', null, 100, 100],
      ['tokens_per_month', 'key', 'echo', 1_000, 988],
      ['requests_per_day', 'user', null, 50, 49],
      ['parallel_requests', 'user', null, 4, 4],
    ]);
    const [minute] = own.limits;
    expect(minute?.resets_at).toBeGreaterThan(before + 55);
    expect(minute?.resets_at).toBeLessThanOrEqual(nowSeconds() + 62);
    expect(JSON.stringify(own)).not.toContain('operator');
  });

  it('counts against nothing, however often, also when nothing is left', async ({ expect }) => {
    const { key, id } = await createKey((await createUser()).id, { limits: { requests_per_day: 1 } });
    await callOnce(key);
    for (let count = 0; count < 20; count++) {
      const response = await ask(key);
      expect([response.status, response.headers.get('x-ratelimit-remaining-requests')]).toEqual([200, '0']);
    }
    expect((await askOwnKey(key)).limits).toMatchObject([{ remaining: 0 }]);
    expect(await usageOf(id)).toMatchObject({ calls: 1, errors: {} });
  });

  it('needs no scope', async ({ expect }) => {
    const { key } = await createKey((await createUser()).id, { scopes: ['predict'] });
    expect((await ask(key)).status).toBe(200);
  });

  it('learns nothing of the user’s other keys', async ({ expect }) => {
    const user = await createUser();
    const own = await createKey(user.id, { limits: { requests_per_day: 5 } });
    const other = await createKey(user.id, { name: 'the other one', limits: { tokens_per_day: 77 } });
    await callOnce(other.key);
    const text = JSON.stringify(await askOwnKey(own.key));
    expect(text).not.toContain('the other one');
    expect(text).not.toContain(other.id);
    expect(text).not.toContain('tokens_per_day');
    expect(text).not.toContain(user.name);
  });

  it('learns until when its secret works, and whether it is due to be rotated', async ({ expect }) => {
    const { key, id } = await createKey((await createUser()).id, { rotate_after: 86_400 });
    expect(await askOwnKey(key)).toMatchObject({ rotate_by: null, rotation_due: false });
    const { text, key: next } = await mintKey(id);
    await accountOf(id).rotateKey(id, next.secretDigest, 3_600, ACTOR);
    const { rotate_by: rotateBy } = await askOwnKey(key);
    expect(rotateBy).toBeGreaterThan(nowSeconds() + 3_500);
    expect(rotateBy).toBeLessThanOrEqual(nowSeconds() + 3_600);
    expect(await askOwnKey(text)).toMatchObject({ rotate_by: null });
  });
});

describe('a key that does not work', () => {
  it.for(['revoked', 'disabled', 'of a disabled user', 'rotated', 'unknown'] as const)(
    'learns nothing, whatever is wrong with it: %s',
    async (end, { expect }) => {
      const { key, id } = await createKey((await createUser()).id);
      const { text: unknown, key: next } = await mintKey(id);
      if (end === 'revoked') await accountOf(id).revokeKey(id, ACTOR);
      if (end === 'disabled') await accountOf(id).setKeyDisabled(id, true, ACTOR);
      if (end === 'of a disabled user') await accountOf(id).updateAccount({ disabled: true });
      if (end === 'rotated') await accountOf(id).rotateKey(id, next.secretDigest, 0, ACTOR);
      const response = await ask(end === 'unknown' ? unknown : key);
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject(REFUSED);
      expect([...response.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
    },
  );
});
