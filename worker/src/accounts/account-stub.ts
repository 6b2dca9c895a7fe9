// The one home of the Account object's stub.
import type { AccountAdmission } from '../../../protocol/objects/account-admission.ts';
import type { AccountAdministration } from '../../../protocol/objects/account-administration.ts';
import type { StorageDump } from '../../../protocol/objects/storage-dump.ts';
import type { GatewayEnv } from '../gateway-env.ts';

/** The Account object of an account id, as a fresh stub: a stub that has failed once stays broken. */
export function accountStub(
  env: GatewayEnv,
  accountId: string,
): AccountAdmission & AccountAdministration & StorageDump {
  return env.ACCOUNT.getByName(accountId);
}
