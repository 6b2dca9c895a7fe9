// From hourly sums to the rows of a usage report. Pure: the same for an Account's own sums and for the Registry's roll-ups.
import type { UsageGroup, UsageQuery, UsageReport, UsageRow } from '../../../protocol/admin/usage.ts';
import { accountOfKeyId } from '../../../protocol/credentials/credential.ts';
import type { UsageOfHour, UsageSum } from '../../../protocol/objects/usage-sum.ts';
import { addUsage, noUsage } from './add-usage.ts';
import { beginOfDay, beginOfMonth } from './calendar.ts';

/** What one answer holds: about 2 MB of JSON. */
const MAX_ROWS = 5_000;

/** What a row stands for; null: not grouped by it. */
type Group = { startsAt: number | null; userId: string | null; keyId: string | null; model: string | null };
type SummedGroup = { group: Group; sum: UsageSum };

export type UsageFilter = { keyId: string | null; model: string | null };

/** The filter of a query, as far as it does not say where to look. */
export function usageFilter({ key_id: keyId, model }: UsageQuery): UsageFilter {
  return { keyId: keyId ?? null, model: model ?? null };
}

/**
 * Sums up by `groupBy`; without any group: one row, of everything. In the order of time, then of user, key and model. `complete`:
 * no group was left out.
 */
export function groupUsage(
  sums: Iterable<UsageOfHour>,
  groupBy: readonly UsageGroup[],
  { keyId, model }: UsageFilter,
): Pick<UsageReport, 'data' | 'complete'> {
  const groups = new Map<string, SummedGroup>();
  for (const usage of sums) {
    if ((keyId !== null && usage.keyId !== keyId) || (model !== null && usage.model !== model)) continue;
    const group = groupOf(usage, groupBy);
    const name = JSON.stringify(group);
    const summed = groups.get(name) ?? { group, sum: noUsage() };
    addUsage(summed.sum, usage);
    groups.set(name, summed);
  }
  if (groupBy.length === 0 && groups.size === 0)
    return { data: [toRow({ group: EVERYTHING, sum: noUsage() })], complete: true };
  const rows = [...groups.values()].sort((one, other) => compareGroups(one.group, other.group));
  return { data: rows.slice(0, MAX_ROWS).map(toRow), complete: rows.length <= MAX_ROWS };
}

const EVERYTHING: Group = { startsAt: null, userId: null, keyId: null, model: null };

function groupOf({ hour, keyId, model }: UsageOfHour, groupBy: readonly UsageGroup[]): Group {
  return {
    startsAt: beginOf(hour, groupBy),
    userId: groupBy.includes('user') ? accountOfKeyId(keyId) : null,
    keyId: groupBy.includes('key') ? keyId : null,
    model: groupBy.includes('model') ? model : null,
  };
}

/** By the finest of hour, day and month. */
function beginOf(hour: number, groupBy: readonly UsageGroup[]): number | null {
  if (groupBy.includes('hour')) return hour;
  if (groupBy.includes('day')) return beginOfDay(hour);
  return groupBy.includes('month') ? beginOfMonth(hour) : null;
}

function compareGroups(one: Group, other: Group): number {
  return (
    (one.startsAt ?? 0) - (other.startsAt ?? 0) ||
    compareTexts(one.userId, other.userId) ||
    compareTexts(one.keyId, other.keyId) ||
    compareTexts(one.model, other.model)
  );
}

function compareTexts(one: string | null, other: string | null): number {
  if (one === other) return 0;
  return (one ?? '') < (other ?? '') ? -1 : 1;
}

function toRow({ group: { startsAt, userId, keyId, model }, sum }: SummedGroup): UsageRow {
  return {
    ...(startsAt === null ? {} : { starts_at: startsAt }),
    ...(userId === null ? {} : { user_id: userId }),
    ...(keyId === null ? {} : { key_id: keyId }),
    ...(model === null ? {} : { model }),
    calls: sum.calls,
    prompt_tokens: sum.promptTokens,
    cached_tokens: sum.cachedTokens,
    completion_tokens: sum.completionTokens,
    estimated_calls: sum.estimatedCalls,
    first_token_ms: sum.firstTokens === 0 ? null : sum.firstTokenMs / sum.firstTokens,
    errors: sum.errors,
  };
}
