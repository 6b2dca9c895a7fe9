import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterEach, beforeEach, it, vi } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import type { AuditHead } from '../../../protocol/objects/account-administration.ts';
import type { KeyRecord, KeySettings, NewKey } from '../../../protocol/objects/key-record.ts';
import type { AccountProjection } from '../../../protocol/objects/registry-administration.ts';
import type { UsageOfHour } from '../../../protocol/objects/usage-sum.ts';
import { AccountOutbox } from '../../../worker/src/accounts/account-outbox.ts';
import { ACCOUNT_MIGRATIONS } from '../../../worker/src/accounts/account-schema.ts';
import { AccountSql } from '../../../worker/src/accounts/account-sql.ts';
import { KeyStore } from '../../../worker/src/accounts/key-store.ts';
import { SecretStore } from '../../../worker/src/accounts/secret-store.ts';
import { migrateSchema } from '../../../worker/src/objects/migrate-schema.ts';
import { StrictKeyIndex } from '../strict-key-index.ts';

const ACCOUNT = 'account1';
const START_MS = 1_800_000_000_000;
const HEAD = { sequence: 1, hash: 'h', mac: 'm' };
const SETTINGS: KeySettings = {
  name: 'k',
  models: null,
  scopes: null,
  addresses: null,
  limits: null,
  metadata: {},
  expiresAt: null,
  rotateAfter: null,
  priority: 'normal',
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START_MS });
  vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

class Workbench {
  readonly index = new StrictKeyIndex();
  readonly copies = new Map<string, KeyRecord>();
  readonly received: AccountProjection[] = [];
  readonly usage: UsageOfHour[] = [];
  registryFailing = 0;
  keptHead: AuditHead | null = null;
  chainHash = 'earlier';
  readonly keys: KeyStore;
  readonly secrets: SecretStore;
  readonly outbox: AccountOutbox;
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    migrateSchema(storage, ACCOUNT_MIGRATIONS, 'test');
    const sql = new AccountSql(storage.sql, true);
    this.secrets = new SecretStore(sql);
    this.keys = new KeyStore(sql, this.secrets);
    this.keys.insertAccount(ACCOUNT, 0, null);
    const sources = {
      keys: this.keys,
      secrets: this.secrets,
      readAuditHead: () => HEAD,
      continuesAuditHead: (head: AuditHead) => head.hash === this.chainHash,
      readUsageOfHour: (hour: number) => this.usage.filter((sum) => sum.hour === hour),
    };
    this.outbox = new AccountOutbox(storage, sources, {
      index: this.index,
      registry: {
        readAuditHead: () => Promise.resolve(this.keptHead),
        applyProjections: (_id, projection) => this.#receive(projection),
      },
    });
  }

  /** As the Account does it: rows and what is owed for them, together. */
  create(keyId: string): void {
    const key: NewKey = { ...SETTINGS, keyId, secretDigest: `of ${keyId}` };
    this.#storage.transactionSync(() => {
      this.keys.insertKey(key, 0);
      this.outbox.put('index', key.secretDigest, Date.now());
      this.outbox.put('key', keyId, Date.now());
    });
  }

  revoke(keyId: string): void {
    this.#storage.transactionSync(() => {
      this.keys.revokeKey(keyId, 1);
      this.outbox.put('index', `of ${keyId}`, Date.now());
      this.outbox.put('key', keyId, Date.now());
    });
  }

  /** Lets time pass to whatever is due next, until nothing is owed. */
  async drain(maxDeliveries = 200): Promise<number> {
    for (let deliveries = 0; deliveries < maxDeliveries; deliveries++) {
      const due = this.outbox.nextDueMs();
      if (due === null) return deliveries;
      vi.setSystemTime(Math.max(due, Date.now()));
      await this.outbox.deliver();
    }
    throw new Error('the outbox does not get empty');
  }

  async #receive(projection: AccountProjection): Promise<void> {
    if (this.registryFailing > 0) {
      this.registryFailing -= 1;
      throw new Error('the Registry is away');
    }
    this.received.push(projection);
    for (const key of projection.keys) this.copies.set(key.keyId, key);
    return Promise.resolve();
  }
}

/** On real SQLite storage, of an object whose own alarm does nothing. */
async function onWorkbench<T>(work: (bench: Workbench) => Promise<T>): Promise<T> {
  const account = env.ACCOUNT.getByName(`bench ${randomId()}`);
  return runInDurableObject(account, (_object, state) => work(new Workbench(state.storage)));
}

it('a write that fails is repeated later and later until it holds', async ({ expect }) => {
  await onWorkbench(async (bench) => {
    bench.index.failing = 5;
    bench.registryFailing = 3;
    bench.create('key1');
    await bench.drain();
    expect([...bench.index.entries]).toEqual([['of key1', { account: ACCOUNT, keyId: 'key1' }]]);
    expect(bench.copies.get('key1')).toMatchObject({ version: 1 });
    // 1 + 2 + 4 + 8 + 16 seconds, each with up to a quarter by chance.
    expect(Date.now() - START_MS).toBeGreaterThanOrEqual(31_000);
    expect(Date.now() - START_MS).toBeLessThanOrEqual(31_000 * 1.25);
  });
});

it('a receiver that fails holds nobody else up', async ({ expect }) => {
  await onWorkbench(async (bench) => {
    bench.registryFailing = 1;
    bench.create('key1');
    await bench.outbox.deliver();
    expect(bench.index.entries.size).toBe(1);
    expect(bench.copies.size).toBe(0);
    expect(bench.outbox.nextDueMs()).toBeGreaterThan(Date.now());
  });
});

it('a change while the write is on its way is sent as well', async ({ expect }) => {
  await onWorkbench(async (bench) => {
    bench.create('key1');
    bench.index.onWrite = () => {
      bench.index.onWrite = () => undefined;
      bench.revoke('key1');
    };
    await bench.outbox.deliver();
    expect(bench.index.entries.size).toBe(1);
    await bench.drain();
    expect(bench.index.entries.size).toBe(0);
    expect(bench.copies.get('key1')).toMatchObject({ revokedAt: 1 });
  });
});

it('a revocation right after the creation waits for the second that KV asks for', async ({ expect }) => {
  await onWorkbench(async (bench) => {
    bench.create('key1');
    await bench.outbox.deliver();
    bench.revoke('key1');
    await bench.drain();
    expect(bench.index.entries.size).toBe(0);
    expect(bench.index.refusals).toBe(0);
    expect(Date.now() - START_MS).toBe(1_000);
  });
});

it('more than one batch is delivered in full', async ({ expect }) => {
  await onWorkbench(async (bench) => {
    for (let count = 0; count < 100; count++) bench.create(`key${count}`);
    await bench.drain();
    expect(bench.index.entries.size).toBe(100);
    expect(bench.copies.size).toBe(100);
  });
});

it('what changes again before it is due stays due when it was', async ({ expect }) => {
  await onWorkbench((bench) => {
    bench.outbox.put('usage', '3600', START_MS + 60_000);
    vi.setSystemTime(START_MS + 30_000);
    bench.outbox.put('usage', '3600', START_MS + 90_000);
    expect(bench.outbox.nextDueMs()).toBe(START_MS + 60_000);
    bench.outbox.put('usage', '3600', START_MS + 30_000);
    expect(bench.outbox.nextDueMs()).toBe(START_MS + 30_000);
    return Promise.resolve();
  });
});

it('account, audit head and the sums of an hour are sent as they are when they are sent', async ({ expect }) => {
  await onWorkbench(async (bench) => {
    bench.keys.writeAccount(true, { requests_per_day: 5 });
    bench.outbox.put('account', ACCOUNT, Date.now());
    bench.outbox.put('audit', ACCOUNT, Date.now());
    bench.outbox.put('usage', '3600', Date.now());
    bench.usage.push(usageOf(3_600, 'key1'), usageOf(7_200, 'key1'));
    await bench.drain();
    const account = { disabled: true, limits: { requests_per_day: 5 }, version: 2 };
    expect(bench.received).toEqual([{ account, keys: [], usage: [usageOf(3_600, 'key1')], auditHead: HEAD }]);
  });
});

it('a head of the audit that the chain does not go on from is never replaced, and holds nothing else up', async ({
  expect,
}) => {
  await onWorkbench(async (bench) => {
    bench.keptHead = { sequence: 1, hash: 'earlier', mac: 'm' };
    bench.outbox.put('audit', ACCOUNT, Date.now());
    await bench.drain();
    bench.chainHash = 'of another chain';
    bench.outbox.put('audit', ACCOUNT, Date.now());
    bench.create('key1');
    await bench.drain();
    expect(bench.received.map(({ auditHead }) => auditHead)).toEqual([HEAD, null]);
    expect(bench.copies.has('key1')).toBe(true);
  });
});

it('an hour with more sums than a message holds is sent in parts, and again as a whole when one fails', async ({
  expect,
}) => {
  await onWorkbench(async (bench) => {
    for (let count = 0; count < 12_000; count++) bench.usage.push(usageOf(3_600, `key${count}`));
    bench.outbox.put('usage', '3600', Date.now());
    bench.registryFailing = 1;
    await bench.drain();
    expect(bench.received.map(({ usage }) => usage.length)).toEqual([5_000, 5_000, 2_000]);
    expect(bench.received.flatMap(({ usage }) => usage)).toEqual(bench.usage);
  });
});

it('whatever happens in whatever order, index and copies end as the account is', async ({ expect }) => {
  const step = fc.oneof(
    fc.record({ act: fc.constant('create' as const) }),
    fc.record({ act: fc.constant('revoke' as const), key: fc.nat(9) }),
    fc.record({ act: fc.constant('fail' as const), index: fc.nat(3), registry: fc.nat(2) }),
    fc.record({ act: fc.constant('deliver' as const), revokingMeanwhile: fc.option(fc.nat(9)) }),
    fc.record({ act: fc.constant('wait' as const), ms: fc.nat(3_000) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) =>
      onWorkbench(async (bench) => {
        const keys: string[] = [];
        const revoke = (number: number): void => {
          const key = keys[number];
          if (key !== undefined && bench.keys.readKey(key)?.revokedAt === null) bench.revoke(key);
        };
        for (const one of steps) {
          if (one.act === 'create') bench.create(keys[keys.push(`key${keys.length}`) - 1]!);
          if (one.act === 'revoke') revoke(one.key);
          if (one.act === 'fail') Object.assign(bench, { registryFailing: one.registry }).index.failing = one.index;
          if (one.act === 'wait') vi.setSystemTime(Date.now() + one.ms);
          if (one.act === 'deliver') {
            const { revokingMeanwhile } = one;
            bench.index.onWrite = () => {
              if (revokingMeanwhile !== null) revoke(revokingMeanwhile);
            };
            await bench.outbox.deliver();
            bench.index.onWrite = () => undefined;
          }
        }
        await bench.drain();
        const wanted = keys.filter((key) => bench.keys.readKey(key)?.revokedAt === null);
        expect([...bench.index.entries.keys()].sort()).toEqual(wanted.map((key) => `of ${key}`).sort());
        for (const key of keys) expect(bench.copies.get(key)).toEqual(bench.keys.readKey(key));
      }),
    ),
    { numRuns: 60 },
  );
});

function usageOf(hour: number, keyId: string): UsageOfHour {
  const counts = { calls: 1, promptTokens: 2, cachedTokens: 0, completionTokens: 3, estimatedCalls: 0 };
  return { hour, keyId, model: 'm', ...counts, firstTokens: 1, firstTokenMs: 4, errors: {} };
}
