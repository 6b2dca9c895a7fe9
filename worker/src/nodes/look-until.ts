// Which nodes a look waits for.
import type { LookUntil } from '../../../protocol/objects/node-directory.ts';
import type { NodeTarget } from './node-target.ts';
import { findCandidates, type NodeView } from './node-view.ts';

export function isWaitedFor({ nodeId }: NodeTarget, until: LookUntil): boolean {
  return until === 'all' || 'serves' in until || until.nodes.includes(nodeId);
}

/** Whether those that have answered will do. */
export function isEnough(views: readonly NodeView[], until: LookUntil): boolean {
  return until !== 'all' && 'serves' in until && findCandidates(views, until.serves).length > 0;
}
