// One RPC to the Account object: may this secret make this call now? An object that cannot be reached means no.
import type { AdmitRequest, AdmitResult } from '../../../protocol/objects/account-admission.ts';
import type { GatewayEnv } from '../gateway-env.ts';

/** Asks the account of the request's key. Throws `ApiError('state_unavailable')` when it cannot be reached in time. */
export async function admitCall(env: GatewayEnv, request: AdmitRequest): Promise<AdmitResult> {
  throw new Error(`not written yet ${typeof env} ${typeof request}`);
}
