// Requirement: a revocation holds for every call that starts after it returned, on every isolate, whatever the key index says.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { sha256 } from '../../protocol/credentials/digest.ts';
import { TEST_ADMIN_TOKEN } from '../worker/test-bindings.ts';
import { startTwoGateways, type TwoGateways } from './two-gateways.ts';

const ROUNDS = 50;
/** Rounds at a time: each waits for the end of the permits of its key. */
const AT_ONCE = 25;

let gateways: TwoGateways;

beforeAll(async () => {
  gateways = await startTwoGateways();
});

afterAll(async () => {
  await gateways[Symbol.asyncDispose]();
});

const createdSchema = z.object({ id: z.string(), key: z.string() });

async function admin(through: string, method: string, path: string, body?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${TEST_ADMIN_TOKEN}`, 'content-type': 'application/json' };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(through + path, init);
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

/** A fresh key of a fresh user; the second gateway's index has it, and always will. */
async function freshKey(through: string): Promise<{ id: string; userId: string; key: string }> {
  const name = `user ${crypto.randomUUID()}`;
  const { id: userId } = z.object({ id: z.string() }).parse(await admin(through, 'POST', '/admin/users', { name }));
  const created = createdSchema.parse(await admin(through, 'POST', '/admin/keys', { user_id: userId, name: 'a key' }));
  const entry = { account: created.id.slice(0, 8), keyId: created.id };
  await gateways.putIntoStaleIndex(await sha256(created.key), entry);
  return { ...created, userId };
}

async function statusOf(origin: string, key: string): Promise<number> {
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'hello' }] }),
  });
  await response.text();
  return response.status;
}

/** Both gateways hold a permit for the key when it loses its rights through the one; then it calls through the other, and the one. */
async function lose(
  round: number,
  act: (through: string, key: { id: string; userId: string }) => Promise<unknown>,
): Promise<number[]> {
  const [one, other] = round % 2 === 0 ? gateways.origins : gateways.origins.toReversed();
  if (one === undefined || other === undefined) throw new Error('there are two gateways');
  const key = await freshKey(one);
  const warm = [await statusOf(one, key.key), await statusOf(other, key.key), await statusOf(other, key.key)];
  expect(warm).toEqual([200, 200, 200]);
  await act(one, key);
  return [await statusOf(other, key.key), await statusOf(one, key.key)];
}

async function inRounds(work: (round: number) => Promise<void>): Promise<void> {
  for (let first = 0; first < ROUNDS; first += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => work(first + index)));
  }
}

describe('of two gateways with permits for the same key', () => {
  it.each([
    ['revoked', (through: string, { id }: { id: string }) => admin(through, 'POST', `/admin/keys/${id}/revoke`)],
    ['disabled', (through: string, { id }: { id: string }) => admin(through, 'POST', `/admin/keys/${id}/disable`)],
    [
      'of a user who was disabled',
      (through: string, { userId }: { userId: string }) =>
        admin(through, 'PATCH', `/admin/users/${userId}`, { disabled: true }),
    ],
    [
      'rotated with no grace',
      (through: string, { id }: { id: string }) =>
        admin(through, 'POST', `/admin/keys/${id}/rotate`, { grace_seconds: 0 }),
    ],
  ])('neither lets the next call through once the key is %s through the other', async (_end, act) => {
    await inRounds(async (round) => {
      expect(await lose(round, act)).toEqual([401, 401]);
    });
  });

  it('both take the new secret of a rotation at once, also where the index does not have it', async () => {
    await inRounds(async (round) => {
      const [one, other] = round % 2 === 0 ? gateways.origins : (gateways.origins.toReversed() as [string, string]);
      const { id } = await freshKey(one);
      const rotated = createdSchema.parse(
        await admin(one, 'POST', `/admin/keys/${id}/rotate`, { grace_seconds: 3_600 }),
      );
      expect([await statusOf(other, rotated.key), await statusOf(one, rotated.key)]).toEqual([200, 200]);
    });
  });
});
