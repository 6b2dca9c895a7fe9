// Floods of bad keys and tokens end here: whoever failed too often from one address is refused before any secret, index or
// object is touched. What this isolate has seen succeed passes always, so nobody is locked out by what somebody else sends from
// the same address, or while addresses are not known.
import type { MiddlewareHandler } from 'hono';
import type { CredentialKind } from '../../../protocol/credentials/credential.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { ErrorCode } from '../../../protocol/errors/error-codes.ts';
import { CredentialGuard } from '../isolate/credential-guard.ts';
import { addressGroup } from '../keys/address-group.ts';
import type { GatewayHonoEnv } from './gateway-context.ts';

/** About 1 MB at 100 bytes an entry; as much again for the credentials in use. */
const MAX_CLIENTS = 10_000;
const MAX_PROVEN_KEYS = 10_000;
const MAX_PROVEN_ADMIN_TOKENS = 256;
/** As many as a gateway has nodes, and as many former ones in their grace. */
const MAX_PROVEN_NODE_TOKENS = 256;
/** An office's programs may all start with yesterday's key at once; then one a second, as a person tries. */
const KEYS_PER_CLIENT = { atOnce: 60, oneBackMs: 1_000 };
/**
 * Shared by everybody, so it bounds work, not guesses: to check 1,000 keys a second takes some 3 % of a core. Were it less, a
 * flood would sooner take the turn of good keys that this isolate has not seen yet.
 */
const KEYS_OF_UNKNOWN_CLIENTS = { atOnce: 1_000, oneBackMs: 1 };
/** A person with old tokens in a few terminals; nodes that have lost theirs give up at the first 401. */
const TOKENS_PER_CLIENT = { atOnce: 10, oneBackMs: 6_000 };
/** As with keys; but each well-made token costs the one Registry a question. */
const TOKENS_OF_UNKNOWN_CLIENTS = { atOnce: 100, oneBackMs: 10 };
const MS_PER_SECOND = 1_000;
const BAD_CREDENTIAL_CODES: ReadonlySet<ErrorCode> = new Set([
  'invalid_api_key',
  'invalid_admin_token',
  'invalid_node_token',
]);

type Guards = Readonly<Record<CredentialKind, CredentialGuard>>;

/**
 * Sets `attempt`, and notes how it went: a 401 takes one attempt from its address, a success proves the credential. The root
 * admin token of the deployment counts as proven until it fails, so that an isolate born under a flood obeys its operator.
 */
export function guardAttempts(rootTokenDigest: string): MiddlewareHandler<GatewayHonoEnv> {
  const guards = makeGuards();
  guards['admin-token'].noteSuccess(rootTokenDigest);
  return async function guardAttempt(context, next) {
    const attempt = new Attempt(guards, context.get('record').clientAddress ?? null);
    context.set('attempt', attempt);
    await next();
    const { error } = context;
    if (error === undefined) {
      if (attempt.isNews && context.res.ok) attempt.noteSuccess();
    } else if (isBadCredential(error)) attempt.noteFailure();
  };
}

/** One request's try at getting in. */
export class Attempt {
  readonly #guards: Guards;
  readonly #address: string | null;
  #presented: { kind: CredentialKind; digest: string | null } | null = null;
  /** True when something was presented that was not proven before. */
  isNews = false;

  constructor(guards: Guards, address: string | null) {
    this.#guards = guards;
    this.#address = address;
  }

  /**
   * To be called with what was presented, before any work for it; `digest` is null when it has not the form of a credential.
   * Throws `rate_limit_exceeded` when it may not be tried now.
   */
  begin(kind: CredentialKind, digest: string | null): void {
    const guard = this.#guards[kind];
    if (digest === null || !guard.isProven(digest)) {
      this.isNews = true;
      const waitMs = guard.waitMs(addressGroup(this.#address), Date.now());
      if (waitMs > 0) throw floodRefusal(waitMs);
    }
    this.#presented = { kind, digest };
  }

  noteSuccess(): void {
    const { kind, digest } = this.#presented ?? {};
    if (kind !== undefined && digest !== null && digest !== undefined) this.#guards[kind].noteSuccess(digest);
  }

  noteFailure(): void {
    if (this.#presented === null) return;
    const { kind, digest } = this.#presented;
    this.#guards[kind].noteFailure(addressGroup(this.#address), digest, Date.now());
  }
}

function makeGuards(): Guards {
  return {
    'api-key': new CredentialGuard({
      perClient: KEYS_PER_CLIENT,
      unknownClients: KEYS_OF_UNKNOWN_CLIENTS,
      maxClients: MAX_CLIENTS,
      maxProven: MAX_PROVEN_KEYS,
    }),
    'admin-token': guardTokens(MAX_PROVEN_ADMIN_TOKENS),
    'node-token': guardTokens(MAX_PROVEN_NODE_TOKENS),
  };
}

function guardTokens(maxProven: number): CredentialGuard {
  return new CredentialGuard({
    perClient: TOKENS_PER_CLIENT,
    unknownClients: TOKENS_OF_UNKNOWN_CLIENTS,
    maxClients: MAX_CLIENTS,
    maxProven,
  });
}

function isBadCredential(error: Error): boolean {
  return error instanceof ApiError && BAD_CREDENTIAL_CODES.has(error.code);
}

function floodRefusal(waitMs: number): ApiError {
  return new ApiError('rate_limit_exceeded', {
    message: 'Too many attempts with invalid credentials came from your address. Try again later.',
    retryAfterSeconds: Math.ceil(waitMs / MS_PER_SECOND),
    reason: 'too_many_failed_attempts',
  });
}
