// Lists with 100,000 keys, in the Registry's own storage: every page, with every filter, holds what it should. What it took is
// written out, and `npm run bench:gateway -- --keys 100000` measures it.
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, it } from 'vitest';
import { callAdmin } from '../admin-api.ts';

const KEYS = 100_000;
const USERS = 1_000;
/** Shared machines stall, so the best of a few counts. */
const RUNS = 3;
const NOW = Math.floor(Date.now() / 1000);
const LATER = NOW + 1_000_000;

function registry() {
  return env.REGISTRY.getByName('registry');
}

/** Eight digits, which are base62 characters too. */
function digits(number: number): string {
  return String(number).padStart(8, '0');
}

function userId(number: number): string {
  return digits(number % USERS);
}

function keyId(number: number): string {
  return userId(number) + digits(number);
}

/** All are active, expire some day and were rotated lately; one user has a tenth of them. */
function insertKeys(sql: SqlStorage): void {
  for (let number = 0; number < KEYS; number++) {
    const user = number % 10 === 0 ? userId(0) : userId(number);
    const id = user + digits(number);
    const name = `key of project ${number}`;
    sql.exec(
      `INSERT INTO keys (id, user_id, name, search, metadata, models, limits, created_at, rotated_at, expires_at,
         rotation_due_at, version, state)
       VALUES (?, ?, ?, ?, '{"team":"some team"}', '["some-model"]', '{"requests_per_minute":100}', ?, ?, ?, ?, 1, 'active')`,
      id,
      user,
      name,
      `${name}\n${id}`.toLowerCase(),
      NOW,
      NOW,
      LATER,
      LATER,
    );
  }
}

beforeAll(async () => {
  await runInDurableObject(registry(), (_object, { storage }) => {
    storage.transactionSync(() => {
      insertKeys(storage.sql);
    });
  });
});

async function measure(path: string): Promise<{ bestMs: number; items: number }> {
  let bestMs = Infinity;
  let items = 0;
  for (let run = 0; run < RUNS; run++) {
    const startedMs = performance.now();
    const response = await callAdmin('GET', path);
    const page: { data: unknown[] } = await response.json();
    bestMs = Math.min(bestMs, performance.now() - startedMs);
    items = page.data.length;
  }
  return { bestMs, items };
}

describe('of 100,000 keys', () => {
  it.for([
    ['the first page', 'limit=100', 100],
    ['a page in the middle', `limit=100&after=${keyId(KEYS / 2 + 1)}`, 100],
    ['the last page', `limit=100&after=${keyId(101)}`, 100],
    ['a page of a user with many', `limit=100&user_id=${userId(0)}`, 100],
    ['a search that finds many', 'limit=100&q=PROJECT', 100],
    ['a search that finds one', 'q=project%2077777', 1],
    ['a search that finds nothing', 'q=nothing%20like%20it', 0],
    ['a search of a user that finds nothing', `user_id=${userId(0)}&q=nothing%20like%20it`, 0],
    ['a status that none has: revoked', 'status=revoked', 0],
    ['a status that none has: disabled', 'status=disabled', 0],
    ['a status that none has: expired', 'status=expired', 0],
    ['the status that all have', 'status=active&limit=100', 100],
    ['a rotation that is due for none', 'rotation_due=true', 0],
    ['all filters at once, for nothing', `user_id=${userId(0)}&q=key&status=expired&rotation_due=true`, 0],
  ] as const)('%s is right', async ([what, query, items], { expect }) => {
    const measured = await measure(`/admin/keys?${query}`);
    console.warn(`${what}: ${measured.bestMs.toFixed(1)} ms`);
    expect(measured.items).toBe(items);
  });

  it('the figures for monitoring count every one', async ({ expect }) => {
    const startedMs = performance.now();
    const { keysByStatus, keysDueForRotation } = await registry().readFigures();
    console.warn(`figures: ${(performance.now() - startedMs).toFixed(1)} ms`);
    expect(keysByStatus).toEqual({ active: KEYS, disabled: 0, expired: 0, revoked: 0 });
    expect(keysDueForRotation).toBe(0);
  });
});
