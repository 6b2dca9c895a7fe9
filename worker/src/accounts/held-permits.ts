// The permits that this isolate holds: calls it may begin without asking their Account, each within the permit's life, rights and
// allowance. Only permissions are kept; only values, never promises. What is left of a permit at its end is given back
// (docs/decisions/0008-permits-with-an-allowance.md).
import type {
  AdmitRequest,
  AdmittedCall,
  KeyRights,
  Permit,
  PermitReturn,
  RateSnapshot,
  RateState,
} from '../../../protocol/objects/account-admission.ts';
import { BoundedMap } from '../isolate/bounded-map.ts';
import { isAddressAllowed } from '../keys/address-list.ts';
import { judgeRights } from './judge-rights.ts';

/** About 5 MB. A key beyond it is asked for at every call, nothing worse; what its permit held comes back to nobody. */
const MAX_PERMITS = 10_000;
/** While this share of its calls or of its life is left, one call asks for the next permit and the others go on with this one. */
const RENEWAL_SHARE = 1 / 4;
/** A permit that hardly anybody uses is not worth renewing. */
const BUSY_CALLS = 16;

type Held = {
  permitId: string;
  keyId: string;
  model: string | null;
  rights: KeyRights;
  rotateBy: number | null;
  chargedAt: number;
  rates: RateSnapshot;
  /** Whether a limit counts what it allows: then what is left of it is to be given back. */
  counted: boolean;
  askedAtMs: number;
  untilMs: number;
  requests: number;
  /** Null: no limit counts tokens. */
  tokens: number | null;
  allowed: Pick<Permit, 'requests' | 'tokens'>;
  /** Some call is asking for the next one. */
  isRenewed: boolean;
};

export class HeldPermits {
  readonly #held = new BoundedMap<string, Held>(MAX_PERMITS);

  /**
   * Begins a call within a permit, or null when the Account must be asked: also by the one call that is to bring the next permit. A clock that stepped back makes a permit worthless:
   * nobody knows how old it is.
   */
  draw(request: AdmitRequest, nowMs: number): AdmittedCall | null {
    const held = this.#held.get(placeOf(request));
    if (held === undefined || nowMs < held.askedAtMs || nowMs >= held.untilMs || held.requests < 1) return null;
    const { rights, rotateBy, chargedAt } = held;
    if (!isAddressAllowed(rights.addresses, request.address) || judgeRights(rights, request) !== null) return null;
    const maxTokens = Math.min(request.maxTokens, rights.maxTokens ?? Infinity);
    const tokens = request.promptTokens + maxTokens;
    if (held.tokens !== null && held.tokens < tokens) return null;
    if (!held.isRenewed && isRunningOut(held, nowMs)) {
      held.isRenewed = true;
      return null;
    }
    held.requests -= 1;
    if (held.tokens !== null) held.tokens -= tokens;
    return { admitted: true, rights, rotateBy, maxTokens, chargedAt, permit: null, rates: ratesNow(held, nowMs) };
  }

  /** Keeps the permit that an answer brought. `askedAtMs` was read before the question was sent. */
  keep(request: AdmitRequest, { permit, rights, rotateBy, chargedAt, rates }: AdmittedCall, askedAtMs: number): void {
    if (permit === null) return;
    const { keyId, model } = request;
    const { id: permitId, lifeMs, requests, tokens } = permit;
    const times = { askedAtMs, untilMs: askedAtMs + lifeMs };
    const counted = rates.requests !== null || rates.tokens !== null;
    this.#held.set(placeOf(request), {
      permitId,
      keyId,
      model,
      rights,
      rotateBy,
      chargedAt,
      rates,
      counted,
      ...times,
      requests,
      tokens,
      allowed: { requests, tokens },
      isRenewed: false,
    });
  }

  /**
   * Gives up the permit that this request's secret has for its model, if it is this one. What is to be given back of it; null:
   * nothing, since it is gone, or no limit has counted it.
   */
  giveUp(request: AdmitRequest, permitId: string): PermitReturn | null {
    const held = this.#held.get(placeOf(request));
    if (held?.permitId !== permitId) return null;
    const { keyId, model, counted, chargedAt, requests, tokens } = held;
    this.#held.delete(placeOf(request));
    if (!counted || model === null) return null;
    return { permitId, keyId, model, chargedAt, requests, tokens: tokens ?? 0 };
  }

  /** The id of the permit that this request's secret has for its model. */
  idFor(request: AdmitRequest): string | null {
    return this.#held.get(placeOf(request))?.permitId ?? null;
  }
}

function placeOf({ secretDigest, model }: AdmitRequest): string {
  return model === null ? secretDigest : `${secretDigest} ${model}`;
}

function isRunningOut({ requests, tokens, allowed, askedAtMs, untilMs }: Held, nowMs: number): boolean {
  if (allowed.requests - requests < BUSY_CALLS) return false;
  if (requests < allowed.requests * RENEWAL_SHARE) return true;
  if (tokens !== null && allowed.tokens !== null && tokens < allowed.tokens * RENEWAL_SHARE) return true;
  return untilMs - nowMs < (untilMs - askedAtMs) * RENEWAL_SHARE;
}

/** The Account counts the whole allowance as used: what is left of it here is still there for the caller. */
function ratesNow({ rates, requests, tokens, askedAtMs }: Held, nowMs: number): RateSnapshot {
  const elapsedMs = nowMs - askedAtMs;
  return {
    requests: withRest(rates.requests, requests, elapsedMs),
    tokens: withRest(rates.tokens, tokens ?? 0, elapsedMs),
  };
}

function withRest(state: RateState | null, rest: number, elapsedMs: number): RateState | null {
  if (state === null) return null;
  return { limit: state.limit, remaining: state.remaining + rest, resetMs: Math.max(0, state.resetMs - elapsedMs) };
}
