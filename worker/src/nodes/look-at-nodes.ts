// A look at several nodes at once. It waits for no silent node longer than for those that can do what is wanted.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { NodeModel, NodeStatus } from '../../../protocol/node/node-api.ts';
import { lastModels, nodeStatus, type SightsCaller } from './node-sights.ts';
import type { NodeTarget } from './node-target.ts';

/** `lastModels`: what it served when it was last seen ready; null: it never was. */
export type NodeView = {
  target: NodeTarget;
  seen: { ok: true; status: NodeStatus } | { ok: false; error: ApiError };
  lastModels: readonly NodeModel[] | null;
};

/** When one node will do, the others have so long to show themselves: calls return to the node that has their beginning. Milliseconds. */
const GRACE_MS = 50;

/** Resolves when all have answered or failed, or, a little after `suffices` first says so, with those that have. */
export async function lookAtNodes(
  caller: SightsCaller,
  targets: readonly NodeTarget[],
  freshness: 'usual' | 'now',
  suffices: (views: readonly NodeView[]) => boolean,
): Promise<readonly NodeView[]> {
  // With no other one to wait for there is nothing to weigh.
  if (targets.length <= 1) return Promise.all(targets.map((target) => look(caller, target, freshness)));
  const views: NodeView[] = [];
  const done = Promise.withResolvers<undefined>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const looks = targets.map(async (target) => {
    views.push(await look(caller, target, freshness));
    if (views.length === targets.length) done.resolve(undefined);
    else if (suffices(views)) timer ??= setTimeout(done.resolve, GRACE_MS);
  });
  caller.waitUntil(Promise.allSettled(looks));
  try {
    await done.promise;
  } finally {
    clearTimeout(timer);
  }
  return inOrder(targets, views);
}

async function look(caller: SightsCaller, target: NodeTarget, freshness: 'usual' | 'now'): Promise<NodeView> {
  const seen = await nodeStatus(caller, target, freshness).then(
    (status) => ({ ok: true, status }) as const,
    (error: unknown) => {
      const known = error instanceof ApiError ? error : new ApiError('node_error', { reason: 'the look failed' });
      return { ok: false, error: known } as const;
    },
  );
  return { target, seen, lastModels: lastModels(caller.config, target) };
}

function inOrder(targets: readonly NodeTarget[], views: readonly NodeView[]): NodeView[] {
  return targets.flatMap((target) => views.filter((view) => view.target === target));
}
