import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import type { AuditHead } from '../../../protocol/objects/account-administration.ts';
import { AuditChain, type AuditAct } from '../../../worker/src/audit/audit-chain.ts';
import { hashAuditEntry } from '../../../worker/src/audit/audit-hash.ts';
import { isGenuineAuditHead, signAuditHead } from '../../../worker/src/audit/audit-head.ts';
import { changedFields } from '../../../worker/src/audit/changed-fields.ts';

const CHAIN = 'account1';
const SECRET = 'a-key-check-secret-of-this-test-that-is-long-enough';
const SECRETS = { keyCheckSecret: SECRET, previousKeyCheckSecret: null };
const ACTOR = { tokenId: 'root', tokenName: 'root', address: '192.0.2.1', requestId: 'req_1' };

type Bench = { chain: AuditChain; sql: SqlStorage; head: () => AuditHead };

/** A chain of `length` entries on real SQLite storage. */
function withChain<T>(length: number, work: (bench: Bench) => T): Promise<T> {
  return runInDurableObject(env.ACCOUNT.getByName(`bench ${randomId()}`), (_object, { storage: { sql } }) => {
    sql.exec('CREATE TABLE audit (sequence INTEGER PRIMARY KEY, entry TEXT NOT NULL, hash TEXT NOT NULL)');
    const chain = new AuditChain(sql);
    for (let count = 1; count <= length; count++) chain.append(CHAIN, act(count), 1_000 * count);
    return work({ chain, sql, head: () => signAuditHead(CHAIN, chain.readEnd()!, SECRET) });
  });
}

function act(count: number): AuditAct {
  return { actor: ACTOR, action: 'key.update', target: `key${count}`, before: { name: 'a' }, after: { name: 'b' } };
}

/** What somebody with access to the storage could write: every hash from the row `from` on anew. */
function computeAnew(sql: SqlStorage, from: number): void {
  let previous = '';
  for (const { sequence, entry, hash } of sql
    .exec<{ sequence: number; entry: string; hash: string }>('SELECT * FROM audit ORDER BY sequence')
    .toArray()) {
    const own = sequence < from ? hash : hashAuditEntry(previous, entry);
    sql.exec('UPDATE audit SET hash = ? WHERE sequence = ?', own, sequence);
    previous = own;
  }
}

describe('an audit chain', () => {
  it('is whole as long as nobody touched it, with and without a head on the other side', async ({ expect }) => {
    await withChain(5, ({ chain, head }) => {
      expect(chain.verify(CHAIN, null, SECRETS)).toEqual({ entries: 5, head_sequence: null, problems: [] });
      const early = head();
      chain.append(CHAIN, act(6), 6_000);
      expect(chain.verify(CHAIN, early, SECRETS)).toEqual({ entries: 6, head_sequence: 5, problems: [] });
      expect(chain.verify(CHAIN, head(), SECRETS)).toEqual({ entries: 6, head_sequence: 6, problems: [] });
    });
    await withChain(0, ({ chain }) => {
      expect(chain.verify(CHAIN, null, SECRETS)).toEqual({ entries: 0, head_sequence: null, problems: [] });
    });
  });

  const tamperings: [what: string, problem: string, sequence: number, statement: string][] = [
    ['a changed row', 'changed', 3, `UPDATE audit SET entry = replace(entry, '"b"', '"c"') WHERE sequence = 3`],
    ['a row that is no JSON any more', 'changed', 3, `UPDATE audit SET entry = 'x' WHERE sequence = 3`],
    ['a changed hash', 'changed', 3, `UPDATE audit SET hash = 'x' WHERE sequence = 3`],
    ['a removed row', 'gap', 3, `DELETE FROM audit WHERE sequence = 3`],
    ['a removed beginning', 'gap', 1, `DELETE FROM audit WHERE sequence < 3`],
    ['a cut-off end', 'cut_off', 4, `DELETE FROM audit WHERE sequence > 3`],
    ['a removed everything', 'cut_off', 1, `DELETE FROM audit`],
    [
      'reordered rows',
      'changed',
      2,
      `UPDATE audit SET (entry, hash) = (SELECT entry, hash FROM audit AS other WHERE other.sequence = 6 - audit.sequence)
       WHERE sequence IN (2, 4)`,
    ],
    [
      'a removed row with the later ones moved up',
      'changed',
      3,
      `DELETE FROM audit WHERE sequence = 3;
       UPDATE audit SET sequence = 3 WHERE sequence = 4;
       UPDATE audit SET sequence = 4 WHERE sequence = 5`,
    ],
  ];
  it.for(tamperings)('shows %s', async ([, problem, sequence, statement], { expect }) => {
    await withChain(5, ({ chain, sql, head }) => {
      const kept = head();
      sql.exec(statement);
      const found = chain.verify(CHAIN, kept, SECRETS);
      expect(found.problems).toContainEqual({ sequence, problem });
      expect(found.head_sequence).toBe(5);
    });
  });

  it('shows a chain that was computed anew, by the head on the other side', async ({ expect }) => {
    await withChain(5, ({ chain, sql, head }) => {
      const kept = head();
      sql.exec(`UPDATE audit SET entry = replace(entry, '"b"', '"c"') WHERE sequence = 3`);
      computeAnew(sql, 3);
      expect(chain.verify(CHAIN, null, SECRETS).problems).toEqual([]);
      expect(chain.verify(CHAIN, kept, SECRETS).problems).toEqual([{ sequence: 5, problem: 'head_differs' }]);
    });
  });

  it('shows an entry that belongs to another chain', async ({ expect }) => {
    await withChain(2, ({ chain }) => {
      expect(chain.verify('account2', null, SECRETS).problems).toEqual([
        { sequence: 1, problem: 'changed' },
        { sequence: 2, problem: 'changed' },
      ]);
    });
  });

  it('names at most a hundred problems', async ({ expect }) => {
    await withChain(150, ({ chain, sql }) => {
      sql.exec(`UPDATE audit SET hash = 'x'`);
      expect(chain.verify(CHAIN, null, SECRETS).problems).toHaveLength(100);
    });
  });

  it('is listed newest first, in pages', async ({ expect }) => {
    await withChain(5, ({ chain }) => {
      const first = chain.list(2, null);
      expect(first.data.map((entry) => entry.sequence)).toEqual([5, 4]);
      expect(first.has_more).toBe(true);
      const last = chain.list(3, 4);
      expect(last.data.map((entry) => entry.sequence)).toEqual([3, 2, 1]);
      expect(last.has_more).toBe(false);
      expect(last.data[2]).toMatchObject({
        chain: CHAIN,
        at: 1_000,
        actor: { token_id: 'root', token_name: 'root', address: '192.0.2.1', request_id: 'req_1' },
        action: 'key.update',
        target: 'key1',
        before: { name: 'a' },
        after: { name: 'b' },
      });
    });
  });

  it('is listed although a row cannot be read any more', async ({ expect }) => {
    await withChain(3, ({ chain, sql }) => {
      sql.exec(`UPDATE audit SET entry = '{' WHERE sequence = 2`);
      expect(chain.list(10, null).data.map((entry) => entry.sequence)).toEqual([3, 1]);
    });
  });
});

describe('the head of a chain', () => {
  const end = { sequence: 5, hash: 'h' };

  it('is genuine under the key-check secret and the one before it', ({ expect }) => {
    const head = signAuditHead(CHAIN, end, SECRET);
    expect(isGenuineAuditHead(CHAIN, head, SECRETS)).toBe(true);
    const rotated = { keyCheckSecret: `${SECRET}-new`, previousKeyCheckSecret: SECRET };
    expect(isGenuineAuditHead(CHAIN, head, rotated)).toBe(true);
    expect(isGenuineAuditHead(CHAIN, head, { ...rotated, previousKeyCheckSecret: null })).toBe(false);
  });

  it('is forged when it is of another chain, place or hash', async ({ expect }) => {
    const head = signAuditHead(CHAIN, end, SECRET);
    expect(isGenuineAuditHead('account2', head, SECRETS)).toBe(false);
    expect(isGenuineAuditHead(CHAIN, { ...head, sequence: 6 }, SECRETS)).toBe(false);
    expect(isGenuineAuditHead(CHAIN, { ...head, hash: 'i' }, SECRETS)).toBe(false);
    await withChain(5, ({ chain }) => {
      const forged = signAuditHead(CHAIN, chain.readEnd()!, `${SECRET} of somebody else`);
      expect(chain.verify(CHAIN, forged, SECRETS).problems).toEqual([{ sequence: 5, problem: 'head_forged' }]);
    });
  });
});

it('what did not change is not told', ({ expect }) => {
  const before = { name: 'a', models: ['x'], limits: { requests_per_day: 1 }, expires_at: null };
  const after = { ...before, name: 'b', limits: { requests_per_day: 2 }, expires_at: null };
  expect(changedFields(before, after)).toEqual({
    before: { name: 'a', limits: { requests_per_day: 1 } },
    after: { name: 'b', limits: { requests_per_day: 2 } },
  });
});
