// What a node looks like to whoever chooses one: how it may be called, and what was last seen of it.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { NodeModel, NodeStatus } from '../../../protocol/node/node-api.ts';
import type { ModelWish } from '../../../protocol/objects/node-directory.ts';
import type { NodeTarget } from './node-target.ts';

/** `lastModels`: what it served when it was last seen ready; null: it never was. */
export type NodeView = {
  target: NodeTarget;
  seen: { ok: true; status: NodeStatus } | { ok: false; error: ApiError };
  lastModels: readonly NodeModel[] | null;
};

/** A node that serves the model, as it was seen. */
export type NodeCandidate = { target: NodeTarget; bootId: string; model: NodeModel };

/** Those that serve it now, in their order: all the model of the same id. */
export function findCandidates(views: readonly NodeView[], wish: ModelWish): NodeCandidate[] {
  const ready = views.filter((view) => problemOf(view) === null);
  const all = ready.flatMap(usableModels);
  const id = findWished(all, wish)?.id;
  return ready.flatMap((view) => {
    const model = usableModels(view).find((own) => own.id === id);
    return model === undefined || !view.seen.ok
      ? []
      : [{ target: view.target, bootId: view.seen.status.bootId, model }];
  });
}

/** Why a node gets no calls now; null: it may. */
export function problemOf({ target, seen }: NodeView): ApiError | null {
  if (!seen.ok) return seen.error;
  if (target.draining || seen.status.draining) return new ApiError('node_draining');
  return seen.status.engine === 'ready' ? null : new ApiError('engine_restarting');
}

/** The models of a node that calls may have. */
export function usableModels({ target, seen }: NodeView): readonly NodeModel[] {
  return seen.ok ? allowedModels(target, seen.status.models) : [];
}

export function allowedModels({ models }: NodeTarget, served: readonly NodeModel[]): readonly NodeModel[] {
  return models === null ? served : served.filter(({ id }) => models.includes(id));
}

/** The model that an id or an alias stands for: from here on only its id counts, for rights, limits and the answer. */
export function findModel(models: readonly NodeModel[], name: string): NodeModel | undefined {
  return models.find(({ id }) => id === name) ?? models.find(({ aliases }) => aliases?.includes(name));
}

export function findWished(models: readonly NodeModel[], wish: ModelWish): NodeModel | undefined {
  if (typeof wish === 'string') return findModel(models, wish);
  const { firstOf } = wish;
  return models.find(({ id }) => firstOf?.includes(id) ?? true);
}
