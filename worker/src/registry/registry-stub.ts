// The one home of the Registry's stub.
import {
  REGISTRY_NAME,
  type RegistryAdministration,
  type RegistryProjections,
} from '../../../protocol/objects/registry-administration.ts';
import type { StateBackup } from '../../../protocol/objects/state-backup.ts';
import type { GatewayEnv } from '../gateway-env.ts';

/** The Registry object, as a fresh stub: a stub that has failed once stays broken. */
export function registryStub(env: GatewayEnv): RegistryAdministration & RegistryProjections & StateBackup {
  return env.REGISTRY.getByName(REGISTRY_NAME);
}
