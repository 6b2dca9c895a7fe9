// Keeps a long call's lease, and ends the call when its account says that the key may not go on: revoked, disabled, expired, or
// without the right to the model. When the account cannot be asked for too long, the call ends too.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { LEASE_LIFE_MS, LEASE_RENEWAL_MS } from '../../../protocol/objects/account-admission.ts';
import { accountStub } from '../accounts/account-stub.ts';
import { askAccount } from '../accounts/ask-account.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { steadyNow } from '../isolate/steady-clock.ts';
import type { HeldCall } from './held-call.ts';

/** Shortly before the account gives the lease up. */
const GIVE_UP_MS = LEASE_LIFE_MS - LEASE_RENEWAL_MS;

/**
 * Renews every few seconds until it is told to stop. Aborts the call's ender with an `ApiError` when the call must end.
 * `underWayMs`: for how long the call has been under way already, in milliseconds.
 */
export function keepLease(gateway: GatewayCall, held: HeldCall, underWayMs = 0): () => void {
  let takeBack: () => void;
  let stopped = false;
  let renewedMs = steadyNow();
  const renewLater = (inMs: number): void => {
    takeBack = gateway.clock.after(inMs, () => void renew());
  };
  const renew = async (): Promise<void> => {
    const end = await askForMore(gateway, held);
    if (stopped) return;
    if (end === null) renewedMs = steadyNow();
    if (end?.code === 'invalid_api_key' || (end !== null && steadyNow() - renewedMs >= GIVE_UP_MS))
      gateway.ender.abort(end);
    else renewLater(LEASE_RENEWAL_MS);
  };
  renewLater(LEASE_RENEWAL_MS - underWayMs);
  return () => {
    stopped = true;
    takeBack();
  };
}

/** Null: the call may go on. */
async function askForMore({ env }: GatewayCall, { accountId, lease }: HeldCall): Promise<ApiError | null> {
  try {
    const answer = await askAccount(() => accountStub(env, accountId).renew(lease));
    if (answer.renewed || answer.reason === 'settled') return null;
    const message = 'The API key may not go on with this call: it was revoked or changed.';
    return new ApiError('invalid_api_key', { message, reason: answer.reason });
  } catch (error) {
    return error instanceof ApiError ? error : new ApiError('internal_error');
  }
}
