// What is done with admin tokens, each act with its audit entry. The root token comes with the deployment (ADMIN_TOKEN_DIGEST)
// and can be replaced while the gateway runs; which digest the deployment brought last is remembered, so that a process that
// still carries the old one does not bring it back, while a new one set from outside (the way back in after a loss) takes over.
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type {
  AdminTokenRecord,
  NewAdminTokenRecord,
  RegistryAnswer,
} from '../../../protocol/objects/registry-administration.ts';
import { changedFields } from '../audit/changed-fields.ts';
import { SYSTEM_ACTOR } from '../audit/system-actor.ts';
import { ROOT_ID, type AdminTokens } from './admin-tokens.ts';
import { accept, refuse } from './registry-answer.ts';
import type { RegistryAudit } from './registry-audit.ts';

/** Far more than people and programs that administer one gateway. */
const MAX_TOKENS = 100;

export type TokenAdministrationParts = {
  storage: DurableObjectStorage;
  tokens: AdminTokens;
  audit: RegistryAudit;
};

/** All synchronous. Times in Unix seconds. */
export class TokenAdministration {
  readonly #parts: TokenAdministrationParts;

  constructor(parts: TokenAdministrationParts) {
    this.#parts = parts;
  }

  /** Takes over the deployment's root digest when it is another than the last one seen. */
  bootstrap(digest: string, now: number): void {
    const { storage, tokens, audit } = this.#parts;
    if (tokens.readBootstrapDigest() === digest) return;
    const before = tokens.read(ROOT_ID, now);
    storage.transactionSync(() => {
      if (before === null) tokens.insert({ id: ROOT_ID, digest, name: ROOT_ID, role: 'admin' }, now);
      else tokens.rotate(ROOT_ID, digest, null, now);
      tokens.writeBootstrapDigest(digest);
      const after = tokens.read(ROOT_ID, now);
      audit.append({
        actor: SYSTEM_ACTOR,
        action: 'admin_token.bootstrap',
        target: ROOT_ID,
        before: before && describeToken(before),
        after: after && describeToken(after),
      });
    });
  }

  create(token: NewAdminTokenRecord, actor: AuditActor, now: number): RegistryAnswer<AdminTokenRecord> {
    const { storage, tokens, audit } = this.#parts;
    if (tokens.read(token.id, now) !== null || tokens.isRevoked(token.id)) return refuse('id_taken');
    if (tokens.isNameTaken(token.name)) return refuse('admin_token_name_taken');
    if (tokens.count() >= MAX_TOKENS) return refuse('too_many_admin_tokens');
    return storage.transactionSync(() => {
      tokens.insert(token, now);
      const after = tokens.read(token.id, now);
      if (after === null) throw new Error('an admin token that was just written is not there');
      const described = describeToken(after);
      audit.append({ actor, action: 'admin_token.create', target: token.id, before: null, after: described });
      return accept(after);
    });
  }

  /** The former secret works on for `graceSeconds`; one that was former before ends now. */
  rotate(
    id: string,
    digest: string,
    graceSeconds: number,
    actor: AuditActor,
    now: number,
  ): RegistryAnswer<AdminTokenRecord> {
    const { storage, tokens, audit } = this.#parts;
    const before = tokens.read(id, now);
    if (before === null) return refuse('admin_token_not_found');
    return storage.transactionSync(() => {
      tokens.rotate(id, digest, graceSeconds === 0 ? null : now + graceSeconds, now);
      const after = tokens.read(id, now);
      if (after === null) throw new Error('an admin token that was just written is not there');
      const changed = changedFields(describeToken(before), describeToken(after));
      audit.append({ actor, action: 'admin_token.rotate', target: id, ...changed });
      return accept(after);
    });
  }

  /** As `rotate` of the root token without a grace, for whoever presents its current secret. */
  resetRoot(presented: string, digest: string, actor: AuditActor, now: number): RegistryAnswer<AdminTokenRecord> {
    if (!this.#parts.tokens.isRoot(presented)) return refuse('admin_token_not_found');
    return this.rotate(ROOT_ID, digest, 0, actor, now);
  }

  /** Again: the same answer. */
  revoke(id: string, actor: AuditActor, now: number): RegistryAnswer<null> {
    const { storage, tokens, audit } = this.#parts;
    if (id === ROOT_ID) return refuse('root_token_stays');
    const before = tokens.read(id, now);
    if (before === null) return tokens.isRevoked(id) ? accept(null) : refuse('admin_token_not_found');
    storage.transactionSync(() => {
      tokens.revoke(id, now);
      const described = describeToken(before);
      audit.append({ actor, action: 'admin_token.revoke', target: id, before: described, after: null });
    });
    return accept(null);
  }
}

/** In the audit's words, which are the admin API's. */
function describeToken({ name, role, createdAt, formerEndsAt }: AdminTokenRecord): Record<string, unknown> {
  return { name, role, created_at: createdAt, former_ends_at: formerEndsAt };
}
