// The path of a call through the Account object: may this secret make this call now, and what did it cost? `admit` decides,
// `renew` keeps a long call's lease, `move` follows it to another node, `settle` ends it. A permit lets the gateway begin some
// more calls without asking, within an allowance that was taken from every limit beforehand
// (docs/decisions/0008-permits-with-an-allowance.md).
import type { KeyPriority } from '../admin/key-priority.ts';
import type { KeyScope } from '../admin/key-scope.ts';
import type { LimitName } from '../admin/limits.ts';
import type { LimitState, OwnKey } from '../inference/own-key.ts';
import type { JournalRecord } from '../node/node-api.ts';

/** A route group, or `self`: the key asks about itself, which every key may. */
export type AdmissionScope = KeyScope | 'self';

/** Who presents which secret, from where. */
export type PresentedSecret = {
  keyId: string;
  /** SHA-256 of the presented key, base64url: says which of the key's secrets it is. */
  secretDigest: string;
  /** The client's address; null: nobody is believed about it, so that address lists deny. */
  address: string | null;
};

export type AdmitRequest = PresentedSecret & {
  /** Minted by the gateway; the only name that lease, journal and settlement use. */
  callId: string;
  scope: AdmissionScope;
  /** The model that the call would use; null for calls that touch none, and when no node serves what was asked for. */
  model: string | null;
  /** The node chosen for the call, and the attempt (1 for the first); null when there is none. */
  nodeId: string | null;
  attempt: number;
  /** Tokens to reserve: an estimate for the prompt, and `max_tokens`: the caller's own, or the model's default. */
  promptTokens: number;
  maxTokens: number;
  /** Whether the caller named `max_tokens`: then one above a limit is refused instead of lowered. */
  maxTokensNamed: boolean;
};

/**
 * Why a call was refused. All of `unknown_key` … `address_not_allowed` look the same from outside; `model_not_allowed` looks
 * like a model that does not exist. The log tells them apart.
 */
export type KeyRefusal =
  | 'unknown_key'
  | 'unknown_secret'
  | 'secret_ended'
  | 'key_revoked'
  | 'key_disabled'
  | 'key_expired'
  | 'user_disabled'
  | 'address_not_allowed';

export type LimitRefusal = {
  name: LimitName;
  /** Whether it is the key's or its user's. */
  scope: 'key' | 'user';
  /** Null: for all models together. */
  model: string | null;
  limit: number;
  /** Milliseconds until the same call can pass, should nothing else come; null: never, it is larger than the limit itself. */
  retryAfterMs: number | null;
};

/** What the rate headers tell: of each kind, the limit with the least left. Null: there is none. */
export type RateSnapshot = { requests: RateState | null; tokens: RateState | null };
/** `resetMs`: until all of it is there again. */
export type RateState = { limit: number; remaining: number; resetMs: number };

/** What else the key may do, so that a permit can be judged without asking; and how its calls are to be treated. */
export type KeyRights = {
  models: string[] | null;
  scopes: KeyScope[] | null;
  addresses: string[] | null;
  /** The largest `max_tokens` for the model of the question; null: any. */
  maxTokens: number | null;
  /** How urgent its calls are to the node. */
  priority: KeyPriority;
};

/** Calls that the gateway may begin without asking, with the same secret, for the same model. */
export type Permit = {
  id: string;
  /** Counted from before the question was sent. Whatever takes rights away waits until every permit has run out. */
  lifeMs: number;
  requests: number;
  /** What they may reserve together; null: no limit counts tokens. */
  tokens: number | null;
};

export type AdmittedCall = {
  admitted: true;
  rights: KeyRights;
  /** The presented secret was rotated out and ends then, in Unix seconds; null: it is the current one. */
  rotateBy: number | null;
  /** What the node is to be told, and what was reserved. */
  maxTokens: number;
  /** The second as which this call and the permit's were counted, in Unix seconds. Settlements name it. */
  chargedAt: number;
  /** Null: the next call has to ask. Then this one is settled at once, since others may wait for what it gives back. */
  permit: Permit | null;
  /** After this call and the permit's were taken. */
  rates: RateSnapshot;
};

export type AdmitResult =
  | AdmittedCall
  | { admitted: false; reason: KeyRefusal | 'model_not_allowed' }
  | { admitted: false; reason: 'scope_not_allowed'; scope: KeyScope }
  | { admitted: false; reason: 'max_tokens_over_limit'; limit: number }
  /** `holdsMs`: the same refusal may be given again for so long without asking. */
  | { admitted: false; reason: 'limit_reached'; refusal: LimitRefusal; rates: RateSnapshot; holdsMs: number }
  /** What other gateways hold in permits may come back: ask again after so many milliseconds. */
  | { admitted: false; reason: 'permits_outstanding'; waitMs: number; refusal: LimitRefusal; rates: RateSnapshot };

/** A call under way, as `renew` says it again and again: all that a restarted object must know of it. */
export type Lease = PresentedSecret & {
  callId: string;
  scope: KeyScope;
  model: string;
  nodeId: string;
  attempt: number;
  chargedAt: number;
  /** What was reserved. */
  promptTokens: number;
  maxTokens: number;
};

/** How long a lease lives without being renewed, and how often it is, in milliseconds. */
export const LEASE_LIFE_MS = 15_000;
export const LEASE_RENEWAL_MS = 3_000;

/** How a call ended. */
export type CallEnd =
  /** The node told what it cost. `error`: the code of the failure, if it was one. */
  | {
      kind: 'counted';
      promptTokens: number;
      cachedTokens: number;
      completionTokens: number;
      /** Milliseconds; null: there was no first token. */
      firstTokenMs: number | null;
      error: string | null;
      /** The counts are the gateway's own estimate: a server of another maker told none. */
      estimated?: true;
    }
  /** No engine was reached: everything is given back. */
  | { kind: 'unreached'; error: string }
  /**
   * The node has not told. `assumed` counts until it does, for at most a day: the prompt's estimate, or nothing, when the node
   * knows of no such call.
   */
  | { kind: 'untold'; assumed: 'prompt' | 'nothing'; error: string | null };

export type Settlement = Omit<Lease, keyof PresentedSecret | 'scope'> & { keyId: string; end: CallEnd };

/** What was left of a permit when the gateway was done with it. Permits that no limit counts are not given back. */
export type PermitReturn = {
  permitId: string;
  keyId: string;
  model: string;
  chargedAt: number;
  requests: number;
  tokens: number;
};

export type SettlementBatch = {
  settlements: Settlement[];
  /** What nodes' journals hold of calls that nobody settled, as the sweep finds it. */
  records: JournalRecord[];
  returns: PermitReturn[];
  /** Calls whose record the node has forgotten, so that the Account may forget that it settled them. */
  forgotten: string[];
};

/** The part of the Account object that the path of a call uses. */
export interface AccountAdmission {
  /** Judges and, when admitted, counts the call. Synchronous inside: no `await` between read and write. */
  admit(request: AdmitRequest): Promise<AdmitResult>;

  /** Keeps a call's lease, or says why the call must end now. Makes the lease known to an object that was restarted. */
  renew(
    lease: Lease,
  ): Promise<
    { renewed: true } | { renewed: false; reason: KeyRefusal | 'model_not_allowed' | 'scope_not_allowed' | 'settled' }
  >;

  /** The call goes on as the lease now says: only that node and attempt may settle from here on. False: it is settled, or further on, already. */
  move(lease: Lease): Promise<boolean>;

  /** Ends calls, each once: what was settled before is passed over, so a batch may be sent again. */
  settle(batch: SettlementBatch): Promise<void>;

  /** What the presented key may know of itself. Counts nothing. */
  inspect(
    secret: PresentedSecret,
  ): Promise<{ ok: true; key: OwnKey; rates: RateSnapshot } | { ok: false; reason: KeyRefusal }>;

  /** The state of every limit of a key and its user; empty for a key that is not there. Counts nothing. */
  readLimits(keyId: string): Promise<LimitState[]>;
}
