// Limits for people, as `--quota` takes them.
import { LIMIT_NAMES, type LimitSet, type Limits } from '../../protocol/admin/limits.ts';
import { quotaName } from './quota-name.ts';

/** One line per limit, for example `tokens-per-day=100000@tiny-llama`. */
export function describeLimits(limits: Limits | null): string[] {
  const { models = {}, ...all } = limits ?? {};
  return [...describeSet(all, ''), ...Object.entries(models).flatMap(([model, set]) => describeSet(set, `@${model}`))];
}

function describeSet(set: LimitSet, suffix: string): string[] {
  return LIMIT_NAMES.flatMap((name) => {
    const value = set[name];
    return value === undefined ? [] : [`${quotaName(name)}=${value}${suffix}`];
  });
}
