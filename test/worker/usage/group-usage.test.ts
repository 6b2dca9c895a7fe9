import fc from 'fast-check';
import { describe, it } from 'vitest';
import { USAGE_GROUPS, usageRowSchema, type UsageGroup, type UsageRow } from '../../../protocol/admin/usage.ts';
import type { UsageOfHour } from '../../../protocol/objects/usage-sum.ts';
import { groupUsage } from '../../../worker/src/usage/group-usage.ts';
import { sumOf } from '../registry/registry-requests.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** 2024-02-29 22:00 UTC: the last hours of a leap day, of a month. */
const LEAP_EVENING = Date.UTC(2024, 1, 29, 22) / 1000;
const ALL = { keyId: null, model: null };

function group(sums: UsageOfHour[], ...groups: UsageGroup[]): UsageRow[] {
  return groupUsage(sums, groups, ALL).data;
}

const [ada, bob] = ['AdaAdaAdKey00001', 'BobBobBoKey00001'];
const sums = [
  sumOf({ hour: LEAP_EVENING, keyId: ada, model: 'a', calls: 3, promptTokens: 30, firstTokens: 2, firstTokenMs: 100 }),
  sumOf({ hour: LEAP_EVENING + HOUR, keyId: ada, model: 'b', calls: 1, errors: { node_offline: 1 } }),
  sumOf({
    hour: LEAP_EVENING + 2 * HOUR,
    keyId: bob,
    model: 'a',
    calls: 2,
    errors: { node_offline: 2, queue_full: 1 },
  }),
];

describe('usage', () => {
  it('without groups is one sum, of nothing too', ({ expect }) => {
    const errors = { node_offline: 3, queue_full: 1 };
    expect(group(sums)).toMatchObject([{ calls: 6, prompt_tokens: 30, first_token_ms: 50, errors }]);
    expect(group([])).toMatchObject([{ calls: 0, first_token_ms: null, errors: {} }]);
    expect(group([], 'user')).toEqual([]);
  });

  it('is grouped by user, key and model', ({ expect }) => {
    expect(group(sums, 'user')).toMatchObject([
      { user_id: 'AdaAdaAd', calls: 4 },
      { user_id: 'BobBobBo', calls: 2 },
    ]);
    expect(group(sums, 'key', 'model')).toMatchObject([
      { key_id: ada, model: 'a', calls: 3 },
      { key_id: ada, model: 'b', calls: 1 },
      { key_id: bob, model: 'a', calls: 2 },
    ]);
  });

  it('is grouped by hour, day and month of UTC', ({ expect }) => {
    expect(group(sums, 'hour').map((row) => [row.starts_at, row.calls])).toEqual([
      [LEAP_EVENING, 3],
      [LEAP_EVENING + HOUR, 1],
      [LEAP_EVENING + 2 * HOUR, 2],
    ]);
    const beginOfDay = LEAP_EVENING - 22 * HOUR;
    expect(group(sums, 'day').map((row) => [row.starts_at, row.calls])).toEqual([
      [beginOfDay, 4],
      [beginOfDay + DAY, 2],
    ]);
    expect(group(sums, 'month').map((row) => [row.starts_at, row.calls])).toEqual([
      [Date.UTC(2024, 1) / 1000, 4],
      [Date.UTC(2024, 2) / 1000, 2],
    ]);
  });

  it('of one key or one model holds nothing else', ({ expect }) => {
    expect(groupUsage(sums, [], { keyId: ada, model: null }).data).toMatchObject([{ calls: 4 }]);
    expect(groupUsage(sums, ['key'], { keyId: null, model: 'a' }).data).toMatchObject([
      { key_id: ada, calls: 3 },
      { key_id: bob, calls: 2 },
    ]);
  });

  it('with more groups than an answer holds says that it is not complete', ({ expect }) => {
    const many = Array.from({ length: 5_001 }, (_, place) =>
      sumOf({ hour: 0, keyId: ada, model: `m${place}`, calls: 1 }),
    );
    const cut = groupUsage(many, ['model'], ALL);
    expect([cut.data.length, cut.complete]).toEqual([5_000, false]);
    expect(groupUsage(many.slice(1), ['model'], ALL)).toMatchObject({ complete: true });
    expect(groupUsage(many, [], ALL)).toMatchObject({ complete: true, data: [{ calls: 5_001 }] });
  });

  it('adds up to the same, whatever it is grouped by, in whatever order it comes', ({ expect }) => {
    const anySum = fc
      .record({
        hour: fc.nat(2_000).map((hours) => LEAP_EVENING + hours * HOUR),
        keyId: fc.constantFrom(ada, bob, 'AdaAdaAdKey00002'),
        model: fc.constantFrom('a', 'b', '__proto__'),
        calls: fc.nat(1_000),
        completionTokens: fc.nat(1_000_000),
        errors: fc.dictionary(fc.constantFrom('node_offline', 'queue_full'), fc.nat(10)),
      })
      .map(sumOf);
    fc.assert(
      fc.property(fc.array(anySum, { maxLength: 50 }), fc.subarray([...USAGE_GROUPS]), (usage, groups) => {
        const rows = group(usage, ...groups);
        for (const row of rows) usageRowSchema.parse(row);
        const [total] = group(usage);
        const add = (read: (row: UsageRow) => number): number => rows.reduce((sum, row) => sum + read(row), 0);
        expect(add((row) => row.calls)).toBe(total?.calls);
        expect(add((row) => row.completion_tokens)).toBe(total?.completion_tokens);
        expect(add((row) => row.errors['node_offline'] ?? 0)).toBe(total?.errors['node_offline'] ?? 0);
        expect(group(usage.toReversed(), ...groups).map((row) => row.calls)).toEqual(rows.map((row) => row.calls));
      }),
    );
  });
});
