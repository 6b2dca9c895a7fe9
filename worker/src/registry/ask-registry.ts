// One RPC to the Registry, in bounded time. An object that cannot be reached means no.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { RegistryAdministration } from '../../../protocol/objects/registry-administration.ts';
import type { StateBackup } from '../../../protocol/objects/state-backup.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { withinTime } from '../objects/within-time.ts';
import { registryStub } from './registry-stub.ts';

/** Longer than the Registry itself waits for an account (10 s), so that its own answer comes first. */
const REGISTRY_LIMIT_MS = 15_000;

/** Asks. Throws `ApiError('state_unavailable')` when the Registry cannot be reached in time. */
export async function askRegistry<Answer>(
  env: GatewayEnv,
  ask: (registry: RegistryAdministration & StateBackup) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await withinTime(ask(registryStub(env)), REGISTRY_LIMIT_MS, 'the Registry');
  } catch (problem) {
    const reason =
      problem instanceof Error ? `registry: ${problem.name}: ${problem.message}` : 'registry: not an Error';
    throw new ApiError('state_unavailable', { reason });
  }
}
