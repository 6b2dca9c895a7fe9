// What a key must be allowed at a moment, in the simplest form.
import type { KeyScope } from '../../../../protocol/admin/key-scope.ts';
import type { AdmitRequest } from '../../../../protocol/objects/account-admission.ts';

/** `endsAt`: Unix seconds; null: the current one; 0: ended. */
export type ReferenceSecret = { digest: string; endsAt: number | null };

export class ReferenceKey {
  readonly keyId: string;
  secrets: ReferenceSecret[];
  isRevoked = false;
  isDisabled = false;
  expiresAt: number | null = null;
  models: string[] | null = null;
  scopes: KeyScope[] | null = null;

  constructor(keyId: string, digest: string) {
    this.keyId = keyId;
    this.secrets = [{ digest, endsAt: null }];
  }

  /** The former one works on for the grace. */
  rotate(digest: string, graceSeconds: number, now: number): void {
    const end = graceSeconds === 0 ? 0 : now + graceSeconds;
    for (const secret of this.secrets) {
      if (secret.endsAt === null) secret.endsAt = end;
      else if (graceSeconds === 0) secret.endsAt = 0;
    }
    this.secrets.push({ digest, endsAt: null });
  }

  finishRotation(): void {
    for (const secret of this.secrets) if (secret.endsAt !== null) secret.endsAt = 0;
  }

  /** Why a call must be refused, whatever the limits; null: it must not. */
  refusal(call: Pick<AdmitRequest, 'secretDigest' | 'scope' | 'model'>, userDisabled: boolean, now: number) {
    const secret = this.secrets.find(({ digest }) => digest === call.secretDigest);
    if (this.isRevoked) return 'key_revoked';
    if (secret === undefined || (secret.endsAt !== null && secret.endsAt <= now)) return 'secret_ended';
    if (this.isDisabled) return 'key_disabled';
    if (this.expiresAt !== null && this.expiresAt <= now) return 'key_expired';
    if (userDisabled) return 'user_disabled';
    if (this.scopes !== null && !this.scopes.some((scope) => scope === call.scope)) return 'scope_not_allowed';
    if (call.model !== null && this.models !== null && !this.models.includes(call.model)) return 'model_not_allowed';
    return null;
  }
}
