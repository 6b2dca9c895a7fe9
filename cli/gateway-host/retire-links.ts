// Nodes that dial in hold a connection that never ends, and workerd waits at its end for all that there are: so the gateway is told that
// it is about to stop, and closes their links when the calls on them have ended.
import type { Miniflare } from 'miniflare';
import { REGISTRY_NAME, type RegistryAdministration } from '../../protocol/objects/registry-administration.ts';
import type { WranglerSettings } from './wrangler-settings.ts';

const CLASS_NAME = 'Registry' as const;

/** Resolves when the gateway knows; the links end later. Rejects when it cannot be told. */
export async function retireLinks(miniflare: Miniflare, { name, durableObjects }: WranglerSettings): Promise<void> {
  const registry = durableObjects.find(({ className }) => className === CLASS_NAME);
  if (registry === undefined) return;
  const objects = await miniflare.getDurableObjectNamespace(registry.binding, name);
  // Its class is the worker's, which this side knows by its interface alone.
  const stub: unknown = objects.getByName(REGISTRY_NAME);
  await (stub as Pick<RegistryAdministration, 'retireLinks'>).retireLinks();
}
