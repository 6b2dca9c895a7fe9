// May this secret make this call now? One RPC to the Account object, unless a permit that it gave a moment ago still covers the
// call, or a refusal. An object that cannot be reached means no.
import { accountOfKeyId } from '../../../protocol/credentials/credential.ts';
import type { AdmitRequest, AdmitResult, AdmittedCall } from '../../../protocol/objects/account-admission.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import { accountStub } from './account-stub.ts';
import { askAccount } from './ask-account.ts';
import { HeldPermits } from './held-permits.ts';
import { RememberedRefusals } from './remembered-refusals.ts';
import { queueReturn, tellEnds, type Settler } from './settlement-queue.ts';
import { untoldEnds } from './untold-ends.ts';

/** As long as other gateways may hold back what this call needs: a permit's longest life, its return, and some room. */
const LONGEST_WAIT_MS = 8_000;
/** A question that comes a little early would have to be asked again. */
const WAIT_MARGIN_MS = 20;

/**
 * A client that sends its next call at the last event of the one before may be faster than the news that this one has ended.
 * Milliseconds.
 */
const ENDING_MS = 30;

type Gate = { permits: HeldPermits; refusals: RememberedRefusals };

/** What this isolate may answer without asking, by the settings that it belongs to. Values only. */
const gates = new WeakMap<GatewayConfig, Gate>();

export type Decision =
  | Exclude<AdmitResult, { reason: 'permits_outstanding' } | AdmittedCall>
  | (AdmittedCall & { settle: 'now' | 'batched' });

/** Decides on one call. Throws `ApiError('state_unavailable')` when the account cannot be reached in time. */
export async function admitCall(settler: Settler, request: AdmitRequest): Promise<Decision> {
  const { permits, refusals } = gateOf(settler);
  const nowMs = Date.now();
  const drawn = permits.draw(request, nowMs);
  if (drawn !== null) return { ...drawn, settle: 'batched' };
  const refused = refusals.find(request, nowMs);
  if (refused !== null) return refused;
  const result = await askUntilSure(settler, request, nowMs + LONGEST_WAIT_MS);
  if (!result.admitted) {
    if (result.reason === 'limit_reached') refusals.keep(request, result, Date.now());
    return result;
  }
  return { ...result, settle: result.permit === null ? 'now' : 'batched' };
}

/** Asks again while what is missing may still come back: from what has ended here, or from other gateways' permits. */
async function askUntilSure(
  settler: Settler,
  request: AdmitRequest,
  deadlineMs: number,
): Promise<Exclude<AdmitResult, { reason: 'permits_outstanding' }>> {
  const accountId = accountOfKeyId(request.keyId);
  const hasUntold = (): boolean => untoldEnds(settler, accountId).length > 0;
  const hadUntold = hasUntold();
  for (let isFirst = true; ; isFirst = false) {
    const result = await ask(settler, request);
    if (result.admitted) return result;
    if (result.reason !== 'limit_reached' && result.reason !== 'permits_outstanding') return result;
    const atOnce = result.refusal.name === 'parallel_requests';
    if (isFirst && atOnce) await wait(ENDING_MS);
    if (isFirst) giveBackOwn(settler, request);
    const mayHelp = isFirst ? hadUntold || atOnce || hasUntold() : result.reason !== 'limit_reached' && hasUntold();
    if (Date.now() >= deadlineMs) return { ...result, reason: 'limit_reached', holdsMs: 0 };
    if (mayHelp) await tellEnds(settler, accountId);
    else if (result.reason === 'limit_reached') return result;
    else await wait(result.waitMs + WAIT_MARGIN_MS);
  }
}

async function ask(settler: Settler, request: AdmitRequest): Promise<AdmitResult> {
  const askedAtMs = Date.now();
  const accountId = accountOfKeyId(request.keyId);
  const result = await askAccount(() => accountStub(settler.env, accountId).admit(request));
  if (result.admitted && result.permit !== null) holdPermit(settler, request, result, askedAtMs);
  return result;
}

/** Keeps a permit in place of the one before, and gives back what is left of each at its end. */
function holdPermit(settler: Settler, request: AdmitRequest, result: AdmittedCall, askedAtMs: number): void {
  const { permits } = gateOf(settler);
  const { permit, rates } = result;
  if (permit === null) return;
  const former = permits.idFor(request);
  if (former !== null) giveBack(settler, request, former);
  permits.keep(request, result, askedAtMs);
  const counted = rates.requests !== null || rates.tokens !== null;
  if (counted) settler.waitUntil(giveBackAtEnd(settler, request, permit.id, permit.lifeMs));
}

async function giveBackAtEnd(settler: Settler, request: AdmitRequest, permitId: string, lifeMs: number): Promise<void> {
  await wait(lifeMs);
  giveBack(settler, request, permitId);
}

/** A permit that was too small for the call may hold what the account lacks for it. */
function giveBackOwn(settler: Settler, request: AdmitRequest): void {
  const permitId = gateOf(settler).permits.idFor(request);
  if (permitId !== null) giveBack(settler, request, permitId);
}

function giveBack(settler: Settler, request: AdmitRequest, permitId: string): void {
  const rest = gateOf(settler).permits.giveUp(request, permitId);
  if (rest !== null) queueReturn(settler, accountOfKeyId(request.keyId), rest);
}

function gateOf({ config }: Settler): Gate {
  let gate = gates.get(config);
  if (gate === undefined) {
    gate = { permits: new HeldPermits(), refusals: new RememberedRefusals() };
    gates.set(config, gate);
  }
  return gate;
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
