// Guarantee: `--quota` says the API's limits, all of them, and shows them as it takes them.
import { describe, expect, it } from 'vitest';
import { collectQuota, QUOTA_NAMES } from '../../cli/commands/collect-quota.ts';
import { nearestWord } from '../../cli/commands/nearest-word.ts';
import { describeLimits } from '../../cli/output/describe-limits.ts';
import { LIMIT_NAMES, limitsSchema, type Limits } from '../../protocol/admin/limits.ts';

function collectAll(texts: readonly string[]): Limits | undefined {
  return texts.reduce<Limits | undefined>((limits, text) => collectQuota(text, limits), undefined);
}

describe('--quota', () => {
  it('knows every limit of the API', () => {
    const limits = collectAll(QUOTA_NAMES.map((name) => `${name}=7`));
    expect(Object.keys(limits ?? {}).sort()).toEqual([...LIMIT_NAMES].sort());
    expect(limitsSchema.parse(limits)).toEqual(limits);
  });

  it('takes limits for single models, whose ids may hold an @, and the last of two', () => {
    const texts = ['tokens-per-day=9', 'tokens-per-day=8', 'tokens-per-day=5@a/b@v1', 'parallel-requests=2@a/b@v1'];
    const limits = collectAll(texts);
    const models = { 'a/b@v1': { tokens_per_day: 5, parallel_requests: 2 } };
    expect(limits).toEqual({ tokens_per_day: 8, models });
    expect(describeLimits(limits ?? null)).toEqual(texts.slice(1));
    expect(describeLimits(null)).toEqual([]);
  });

  it.for(['tokens-per-day', 'tokens-per-day=', 'tokens-per-day=-1', 'tokens-per-day=1e3', 'tokens-per-day=5@'])(
    'is not %j',
    (text) => {
      expect(() => collectQuota(text, undefined)).toThrow('must look like');
    },
  );

  it('names the nearest limit, or all when none is near', () => {
    expect(() => collectQuota('token-per-day=1', undefined)).toThrow('(Did you mean tokens-per-day?)');
    expect(() => collectQuota('budget=1', undefined)).toThrow(QUOTA_NAMES.join(', '));
  });
});

describe('the nearest word', () => {
  it('is one that a slip of the hand away, or none', () => {
    const words = ['create', 'list', 'revoke'];
    expect(['creat', 'LIST', 'revoek', 'x', 'delete', ''].map((text) => nearestWord(text, words))).toEqual([
      'create',
      'list',
      'revoke',
      null,
      null,
      null,
    ]);
  });
});
