// How fast a model writes, for people.
import type { NodeLiveState } from '../../../protocol/admin/admin-node.ts';

/** Tokens a second of one answer; `-`: not known. */
export function describeSpeed({ tokens_per_second: speed }: NodeLiveState['models'][number]): string {
  return speed === null ? '-' : speed.toFixed(1);
}
