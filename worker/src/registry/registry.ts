// The admin plane's one object: users and their names, copies of all keys for lists, admin tokens, nodes, roll-ups of usage, an audit
// chain of its own. No call for a completion passes here. What is done, and in which order, is in the files beside this one;
// here are the object's parts, its storage and its one alarm.
import { DurableObject } from 'cloudflare:workers';
import type { FinishRestore, RestoreRequest } from '../../../protocol/admin/backup.ts';
import { fingerprintCheckSecret } from '../../../protocol/credentials/fingerprint-check-secret.ts';
import type { UsageQuery } from '../../../protocol/admin/usage.ts';
import type { AuditHead } from '../../../protocol/objects/account-administration.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { KeyChange, NewKey } from '../../../protocol/objects/key-record.ts';
import type {
  AccountProjection,
  AdminIdentity,
  AdminTokenRecord,
  KeyFilter,
  NewAdminTokenRecord,
  NewUser,
  NodeChange,
  NodeRecord,
  PageRequest,
  RegistryAdministration,
  RegistryAnswer,
  RegistryFigures,
  RegistryProjections,
  UserChange,
  UserFilter,
} from '../../../protocol/objects/registry-administration.ts';
import type { StateBackup } from '../../../protocol/objects/state-backup.ts';
import { gatewayConfig } from '../config/gateway-config.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { retireNodeLinks } from '../nodes/node-link-stub.ts';
import { logEvent } from '../objects/log-event.ts';
import { migrateSchema, storedSchemaVersion } from '../objects/migrate-schema.ts';
import { nowSeconds } from '../usage/calendar.ts';
import type { KeyAdministration } from './key-administration.ts';
import type { NodeAdministration } from './node-administration.ts';
import { listAudit, verifyAudit } from './read-audit.ts';
import { readUsage } from './read-usage.ts';
import { readBackup } from './read-backup.ts';
import { reconcileKeys } from './reconcile-keys.ts';
import { accept, refuse } from './registry-answer.ts';
import { assembleRegistry, type RegistryWorkings } from './assemble-registry.ts';
import { RegistryRestore, type RestoredParts } from './registry-restore.ts';
import { REGISTRY_MIGRATIONS } from './registry-schema.ts';
import { settleUnfinished } from './settle-unfinished.ts';
import type { TokenAdministration } from './token-administration.ts';
import type { UserAdministration } from './user-administration.ts';

/** After a failure that no item of the alarm's work accounts for. */
const ALARM_RETRY_MS = 60_000;
const DIGEST_FORM = /^[A-Za-z0-9_-]{43}$/;

type Answer<Method extends keyof RegistryAdministration> = ReturnType<RegistryAdministration[Method]>;

export class Registry
  extends DurableObject<GatewayEnv>
  implements RegistryAdministration, RegistryProjections, StateBackup
{
  readonly #restore: RegistryRestore;
  readonly #working: RegistryWorkings;

  constructor(ctx: DurableObjectState, env: GatewayEnv) {
    super(ctx, env);
    this.#working = assembleRegistry(ctx.storage, env, () => this.#arm());
    const { accounts } = this.#working.parts;
    this.#restore = new RegistryRestore({ storage: ctx.storage, accounts, secrets: () => gatewayConfig(env) });
    if (this.#restore.isUnderWay) return;
    const storedVersion = storedSchemaVersion(ctx.storage.sql);
    migrateSchema(ctx.storage, REGISTRY_MIGRATIONS, 'Registry');
    if (storedVersion === 1) this.#fillSearchTexts();
    this.#bootstrap();
    ctx.waitUntil(this.#armIfForgotten());
  }

  authenticateAdmin(tokenDigest: string): Promise<AdminIdentity | null> {
    if (this.#restore.isUnderWay) return Promise.resolve(this.#restore.authenticate(tokenDigest));
    return Promise.resolve(this.#parts.tokens.authenticate(tokenDigest, nowSeconds()));
  }

  listAdminTokens(): Promise<AdminTokenRecord[]> {
    return Promise.resolve(this.#parts.tokens.list(nowSeconds()));
  }

  createAdminToken(token: NewAdminTokenRecord, actor: AuditActor): Answer<'createAdminToken'> {
    return this.#thenArm(this.#tokens.create(token, actor, nowSeconds()));
  }

  rotateAdminToken(id: string, digest: string, graceSeconds: number, actor: AuditActor): Answer<'rotateAdminToken'> {
    return this.#thenArm(this.#tokens.rotate(id, digest, graceSeconds, actor, nowSeconds()));
  }

  resetRootToken(presentedDigest: string, newDigest: string, actor: AuditActor): Answer<'resetRootToken'> {
    return this.#thenArm(this.#tokens.resetRoot(presentedDigest, newDigest, actor, nowSeconds()));
  }

  revokeAdminToken(id: string, actor: AuditActor): Answer<'revokeAdminToken'> {
    return this.#thenArm(this.#tokens.revoke(id, actor, nowSeconds()));
  }

  authenticateNode(tokenDigest: string): Promise<{ nodeId: string } | null> {
    return Promise.resolve(this.#parts.nodes.authenticate(tokenDigest, nowSeconds()));
  }

  listNodes(): Promise<NodeRecord[]> {
    return Promise.resolve(this.#parts.nodes.list(nowSeconds()));
  }

  retireLinks(): Promise<void> {
    const ids = this.#parts.nodes.list(nowSeconds()).flatMap(({ kind, nodeId }) => (kind === 'link' ? [nodeId] : []));
    return retireNodeLinks(this.env, ids);
  }

  createNode(node: Parameters<RegistryAdministration['createNode']>[0], actor: AuditActor): Answer<'createNode'> {
    return this.#thenArm(this.#nodes.create(node, actor, nowSeconds()));
  }

  updateNode(nodeId: string, change: NodeChange, actor: AuditActor): Answer<'updateNode'> {
    return this.#thenArm(this.#nodes.update(nodeId, change, actor, nowSeconds()));
  }

  resealBearer(nodeId: string, former: string, renewed: string): Promise<void> {
    this.#nodes.resealBearer(nodeId, former, renewed, nowSeconds());
    return Promise.resolve();
  }

  rotateNode(nodeId: string, digest: string, graceSeconds: number, actor: AuditActor): Answer<'rotateNode'> {
    return this.#thenArm(this.#nodes.rotate(nodeId, digest, graceSeconds, actor, nowSeconds()));
  }

  deleteNode(nodeId: string, actor: AuditActor): Answer<'deleteNode'> {
    return this.#thenArm(this.#nodes.delete(nodeId, actor, nowSeconds()));
  }

  createUser(user: NewUser, actor: AuditActor): Answer<'createUser'> {
    return this.#users.create({ ...user, disabled: false }, actor);
  }

  listUsers(page: PageRequest, filter: UserFilter): Answer<'listUsers'> {
    const listed = this.#parts.users.list(page, filter);
    return Promise.resolve(listed === null ? refuse('unknown_cursor') : accept(listed));
  }

  showUser(id: string): Answer<'showUser'> {
    return Promise.resolve(this.#users.show(id));
  }

  updateUser(id: string, change: UserChange, actor: AuditActor): Answer<'updateUser'> {
    return this.#users.update(id, change, actor);
  }

  upsertUser(
    id: string,
    user: UserChange & { name: string; externalId: string },
    actor: AuditActor,
  ): Answer<'upsertUser'> {
    return this.#users.upsert(id, user, actor);
  }

  deleteUser(id: string, actor: AuditActor): Answer<'deleteUser'> {
    return this.#users.delete(id, actor);
  }

  createKey(key: NewKey, actor: AuditActor): Answer<'createKey'> {
    return this.#keys.create(key, actor);
  }

  listKeys(page: PageRequest, filter: KeyFilter): Answer<'listKeys'> {
    const listed = this.#parts.keys.list(page, filter, nowSeconds());
    return Promise.resolve(listed === null ? refuse('unknown_cursor') : accept(listed));
  }

  showKey(keyId: string): Answer<'showKey'> {
    return this.#keys.ask(keyId, (account) => account.showKey(keyId));
  }

  updateKey(keyId: string, change: KeyChange, actor: AuditActor): Answer<'updateKey'> {
    return this.#keys.ask(keyId, (account) => account.updateKey(keyId, change, actor));
  }

  setKeyDisabled(keyId: string, disabled: boolean, actor: AuditActor): Answer<'setKeyDisabled'> {
    return this.#keys.ask(keyId, (account) => account.setKeyDisabled(keyId, disabled, actor));
  }

  revokeKey(keyId: string, actor: AuditActor): Answer<'revokeKey'> {
    return this.#keys.ask(keyId, (account) => account.revokeKey(keyId, actor));
  }

  rotateKey(keyId: string, secretDigest: string, graceSeconds: number, actor: AuditActor): Answer<'rotateKey'> {
    return this.#keys.ask(keyId, (account) => account.rotateKey(keyId, secretDigest, graceSeconds, actor));
  }

  finishRotation(keyId: string, actor: AuditActor): Answer<'finishRotation'> {
    return this.#keys.ask(keyId, (account) => account.finishRotation(keyId, actor));
  }

  async reconcileKeys(after: string | null, dryRun: boolean, actor: AuditActor): Answer<'reconcileKeys'> {
    return this.#thenArm(await reconcileKeys(this.#parts, after, dryRun, actor));
  }

  readUsage(query: UsageQuery): Answer<'readUsage'> {
    return readUsage(this.#parts, query, nowSeconds());
  }

  readFigures(): Promise<RegistryFigures> {
    const { users, keys, rollups } = this.#parts;
    const { byStatus: keysByStatus, dueForRotation: keysDueForRotation } = keys.count(nowSeconds());
    const usageByModel = rollups.readTotals();
    return Promise.resolve({ ...users.count(), keysByStatus, keysDueForRotation, usageByModel });
  }

  listAudit(chain: string, limit: number, before: number | null): Answer<'listAudit'> {
    return listAudit(this.#parts, chain, limit, before);
  }

  verifyAudit(chain: string): Answer<'verifyAudit'> {
    return verifyAudit(this.#parts, chain);
  }

  async readBackup(cursor: string | null, actor: AuditActor): ReturnType<StateBackup['readBackup']> {
    const keyCheck = await fingerprintCheckSecret(gatewayConfig(this.env).keyCheckSecret);
    const answer = await readBackup(this.#parts, cursor, actor);
    await this.#arm();
    return answer.ok ? { ok: true, value: { key_check: keyCheck, ...answer.value } } : answer;
  }

  restorePages(part: RestoreRequest): ReturnType<StateBackup['restorePages']> {
    return this.#restore.restorePages(part);
  }

  async finishRestore(whole: FinishRestore, actor: AuditActor): ReturnType<StateBackup['finishRestore']> {
    const answer = await this.#restore.finish(whole, actor, () => this.#awaken());
    if (answer.ok) await this.#arm();
    return answer;
  }

  readAuditHead(accountId: string): Promise<AuditHead | null> {
    return Promise.resolve(this.#parts.heads.read(accountId));
  }

  applyProjections(accountId: string, { account, keys, usage, auditHead }: AccountProjection): Promise<void> {
    const { storage, users, keys: copies, rollups, heads } = this.#parts;
    storage.transactionSync(() => {
      if (account !== null) users.applyAccount(accountId, account);
      for (const key of keys) copies.apply(key);
      rollups.apply(usage);
      if (auditHead !== null) heads.apply(accountId, auditHead);
    });
    return Promise.resolve();
  }

  /** Settles what is due, each item by itself, and sets itself again for the rest. Never throws. */
  override async alarm(): Promise<void> {
    if (this.#restore.isUnderWay) return;
    try {
      const nowMs = Date.now();
      await Promise.all([settleUnfinished(this.#parts, nowMs), this.#parts.audit.deliverHead(nowMs)]);
      await this.#arm();
    } catch (problem) {
      logEvent('registry_alarm_failed', {}, problem);
      await this.ctx.storage.setAlarm(Date.now() + ALARM_RETRY_MS);
    }
  }

  /** An act may have left something for the alarm. */
  async #thenArm<Value>(answer: RegistryAnswer<Value>): Promise<RegistryAnswer<Value>> {
    await this.#arm();
    return answer;
  }

  /** Sets the one alarm to the earliest of what is due. */
  async #arm(): Promise<void> {
    const due = this.#nextDueMs();
    if (due !== null) await this.ctx.storage.setAlarm(due);
  }

  #nextDueMs(): number | null {
    const { users, keys, audit } = this.#parts;
    const due = [users.nextDueMs(), keys.nextDueMs(), audit.nextDueMs()].filter((time) => time !== null);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** An alarm is lost when an older release refused this schema six times over. */
  async #armIfForgotten(): Promise<void> {
    if (this.#nextDueMs() !== null && (await this.ctx.storage.getAlarm()) === null) await this.#arm();
  }

  /** While a restore is under way nothing else is answered: what is here then is not the whole. */
  get #open(): RegistryWorkings {
    if (this.#restore.isUnderWay) throw new Error('the gateway is being restored from a backup');
    return this.#working;
  }

  get #parts(): RegistryWorkings['parts'] {
    return this.#open.parts;
  }

  get #users(): UserAdministration {
    return this.#open.users;
  }

  get #keys(): KeyAdministration {
    return this.#open.keys;
  }

  get #tokens(): TokenAdministration {
    return this.#open.tokens;
  }

  get #nodes(): NodeAdministration {
    return this.#open.nodes;
  }

  /** Takes over the root token that the deployment names. */
  #bootstrap(): void {
    const { ADMIN_TOKEN_DIGEST: digest } = this.env;
    if (DIGEST_FORM.test(digest)) this.#working.tokens.bootstrap(digest, nowSeconds());
    else logEvent('admin_token_digest_malformed');
  }

  /** What a wake does, for storage that was restored. */
  #awaken(): RestoredParts {
    const { users, keys, rollups, audit } = this.#working.parts;
    this.#fillSearchTexts();
    rollups.rebuildTotals();
    this.#bootstrap();
    const count = (): { users: number; keys: number } => {
      const { byStatus } = keys.count(nowSeconds());
      return { users: users.count().users, keys: Object.values(byStatus).reduce((sum, some) => sum + some, 0) };
    };
    return { audit, count };
  }

  #fillSearchTexts(): void {
    const { users, keys } = this.#working.parts;
    users.fillSearchTexts();
    keys.fillSearchTexts();
  }
}
