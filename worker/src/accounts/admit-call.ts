// May this secret make this call now? One RPC to the Account object, unless a permit that it gave a moment ago still holds. An
// object that cannot be reached means no.
import { accountOfKeyId } from '../../../protocol/credentials/credential.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { AdmitRequest, AdmitResult } from '../../../protocol/objects/account-admission.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { withinTime } from '../objects/within-time.ts';
import { accountStub } from './account-stub.ts';
import { AdmissionPermits } from './admission-permits.ts';

/** The object answers from memory and its own disk within milliseconds: this long is an outage, and a caller may retry. */
const ADMIT_LIMIT_MS = 5_000;

const permits = new AdmissionPermits();

/** Asks the account of the request's key, or uses its permit. Throws `ApiError('state_unavailable')` when it cannot be reached in time. */
export async function admitCall(env: GatewayEnv, request: AdmitRequest): Promise<AdmitResult> {
  const askedAtMs = Date.now();
  const permit = permits.find(request.secretDigest, request.model, askedAtMs);
  if (permit !== null) return { admitted: true, models: permit.models, permitMs: 0 };
  try {
    const result = await withinTime(admitOrAskAgain(env, request), ADMIT_LIMIT_MS, 'the account');
    if (result.admitted) permits.keep(request.secretDigest, result.models, askedAtMs, result.permitMs);
    return result;
  } catch (problem) {
    const reason = problem instanceof Error ? `account: ${problem.name}: ${problem.message}` : 'account: not an Error';
    throw new ApiError('state_unavailable', { reason });
  }
}

/** An object that restarts under a call is asked once more: `admit` is about a call id, so asking twice does no harm. */
async function admitOrAskAgain(env: GatewayEnv, request: AdmitRequest): Promise<AdmitResult> {
  const accountId = accountOfKeyId(request.keyId);
  try {
    return await accountStub(env, accountId).admit(request);
  } catch (problem) {
    if (!isWorthAskingAgain(problem)) throw problem;
    return accountStub(env, accountId).admit(request);
  }
}

/** https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ */
function isWorthAskingAgain(problem: unknown): boolean {
  if (!(problem instanceof Error)) return false;
  const retryable = 'retryable' in problem && problem.retryable === true;
  const overloaded = 'overloaded' in problem && problem.overloaded === true;
  return retryable && !overloaded;
}
