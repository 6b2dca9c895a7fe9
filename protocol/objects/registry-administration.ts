// What the gateway's admin routes ask of the Registry, the one object of the admin plane: names, lists, admin tokens, roll-ups, and
// the order of steps where a change concerns an Account too. No call for a completion ever comes here.
import type { KeyStatus, ReconciledKeys } from '../admin/admin-key.ts';
import type { AdminRole } from '../admin/admin-token.ts';
import type { Metadata } from '../admin/admin-user.ts';
import type { AuditPage, AuditVerification } from '../admin/audit.ts';
import type { Limits } from '../admin/limits.ts';
import type { UsageReport, UsageQuery } from '../admin/usage.ts';
import type { AccountState, AuditHead } from './account-administration.ts';
import type { AuditActor } from './audit-actor.ts';
import type { KeyChange, KeyRecord, NewKey } from './key-record.ts';
import type { UsageOfHour } from './usage-sum.ts';

export type UserRecord = {
  /** The account id: 8 base62 characters. */
  id: string;
  name: string;
  externalId: string | null;
  disabled: boolean;
  /** Of all its keys together; null: none. */
  limits: Limits | null;
  metadata: Metadata;
  /** Unix time in seconds. */
  createdAt: number;
};

export type NewUser = Pick<UserRecord, 'id' | 'name' | 'externalId' | 'limits' | 'metadata'>;

/** Absent fields stay as they are. */
export type UserChange = {
  name?: string | undefined;
  externalId?: string | null | undefined;
  disabled?: boolean | undefined;
  limits?: Limits | null | undefined;
  metadata?: Metadata | undefined;
};

/** A page of a list, newest first: what comes after the item with the id `after`. */
export type PageRequest = { limit: number; after: string | null };
export type PageOf<Item> = { items: Item[]; hasMore: boolean };

export type UserFilter = { search: string | null; externalId: string | null };
export type KeyFilter = {
  userId: string | null;
  search: string | null;
  status: KeyStatus | null;
  rotationDue: boolean | null;
};

/** Why the Registry did not do what it was asked. Each has one answer on the wire (routes/admin-refusal.ts). */
export type RegistryRefusal =
  | 'name_taken'
  | 'external_id_taken'
  /** A random id was drawn twice. */
  | 'id_taken'
  | 'user_not_found'
  | 'user_disabled'
  | 'user_has_keys'
  | 'key_not_found'
  | 'key_revoked'
  | 'key_expired'
  | 'too_many_secrets'
  | 'expiry_in_past'
  | 'limit_for_other_model'
  | 'admin_token_not_found'
  | 'admin_token_name_taken'
  | 'too_many_admin_tokens'
  | 'node_not_found'
  | 'node_without_token'
  | 'node_without_bearer'
  | 'node_id_taken'
  | 'too_many_nodes'
  /** The root token is replaced, never revoked. */
  | 'root_token_stays'
  /** `after` names nothing in this list. */
  | 'unknown_cursor'
  /** The Account could not be reached. What was begun is finished or undone by the Registry's alarm. */
  | 'account_unavailable';

export type RegistryAnswer<Value> = { ok: true; value: Value } | { ok: false; reason: RegistryRefusal };

export type AdminIdentity = { tokenId: string; name: string; role: AdminRole };

/** Times in Unix seconds. */
export type AdminTokenRecord = AdminIdentity & {
  createdAt: number;
  lastUsedAt: number | null;
  /** Until when the secret before the rotation works on; null: there is none. */
  formerEndsAt: number | null;
};

export type NewAdminTokenRecord = { id: string; digest: string; name: string; role: AdminRole };

/** What the operator says of the models of another maker's server; null: what the server says, or a default. */
export type OriginSettings = {
  /** Tokens of prompt and completion together. */
  contextLength: number | null;
  /** For calls that name no `max_tokens`. */
  maxTokens: number | null;
  /** How many calls it answers at once. */
  sequences: number | null;
};

/** `sealedBearer`: what it wants to be shown, encrypted (worker/src/openai-origin/bearer-seal.ts). */
export type OriginServer = OriginSettings & { sealedBearer: string | null };

/** How a node is reached, and what it may be given. */
export type NodeSettings = {
  /** `link`: it dials in with its token; `origin`: it answers at an address; `openai`: a server of another maker does. */
  kind: 'link' | 'origin' | 'openai';
  /** Scheme, host and port, of another maker's with the path before `/v1`; null: it dials in. */
  origin: string | null;
  /** Null: it is one of our own nodes. */
  server: OriginServer | null;
  /** The models that calls may have of it, by id; null: all that it serves. */
  models: readonly string[] | null;
  /** Its share of the calls, beside other nodes that serve the same. */
  weight: number;
};

/** Times in Unix seconds. */
export type NodeRecord = NodeSettings & {
  nodeId: string;
  /** It is given no new calls. */
  draining: boolean;
  /** When its current token was made, or it was added. */
  createdAt: number;
  /** When its token was last presented, to the minute. */
  lastUsedAt: number | null;
  /** Until when the token before the rotation works on; null: there is none. */
  formerEndsAt: number | null;
};

/** What is absent stays as it is. */
export type NodeChange = Partial<Pick<NodeRecord, 'models' | 'weight' | 'draining'>> & {
  /** Of a server of another maker; null: it wants none. */
  sealedBearer?: string | null;
};

/** Numbers for a monitoring system; nothing in them names a user or a key. */
export type RegistryFigures = {
  users: number;
  disabledUsers: number;
  keysByStatus: Record<KeyStatus, number>;
  keysDueForRotation: number;
  /** All hours together, by model. */
  usageByModel: Record<string, Omit<UsageOfHour, 'hour' | 'keyId' | 'model'>>;
};

/** The name of the one Registry object. */
export const REGISTRY_NAME = 'registry';

export interface RegistryAdministration {
  /** Whose admin token has this digest (SHA-256, base64url); null: nobody's. */
  authenticateAdmin(tokenDigest: string): Promise<AdminIdentity | null>;
  listAdminTokens(): Promise<AdminTokenRecord[]>;
  createAdminToken(token: NewAdminTokenRecord, actor: AuditActor): Promise<RegistryAnswer<AdminTokenRecord>>;
  /** Gives a token a new secret; the former one works on for `graceSeconds`. `id` may be `root`. */
  rotateAdminToken(
    id: string,
    digest: string,
    graceSeconds: number,
    actor: AuditActor,
  ): Promise<RegistryAnswer<AdminTokenRecord>>;
  /**
   * Replaces the root token at once, for whoever presents its current secret, by digest: of two at the same time one holds.
   * `admin_token_not_found`: that is not (or no longer) what was presented.
   */
  resetRootToken(presentedDigest: string, digest: string, actor: AuditActor): Promise<RegistryAnswer<AdminTokenRecord>>;
  /** The token stops at once. Again: the same answer. */
  revokeAdminToken(id: string, actor: AuditActor): Promise<RegistryAnswer<null>>;

  /** Which node's token has this digest (SHA-256, base64url); null: nobody's. */
  authenticateNode(tokenDigest: string): Promise<{ nodeId: string } | null>;
  listNodes(): Promise<NodeRecord[]>;
  /** The gateway is about to stop: the links of all nodes close, each when no call has been on it for a moment. Resolves before that. */
  retireLinks(): Promise<void>;
  /** `digest`: of the token of a node that dials in; null for others. */
  createNode(
    node: NodeSettings & { nodeId: string; digest: string | null },
    actor: AuditActor,
  ): Promise<RegistryAnswer<NodeRecord>>;
  updateNode(nodeId: string, change: NodeChange, actor: AuditActor): Promise<RegistryAnswer<NodeRecord>>;
  /** Puts the same bearer, sealed under another secret, in the place of one that is still there. */
  resealBearer(nodeId: string, former: string, renewed: string): Promise<void>;
  /** Gives a node a new token; the former one works on for `graceSeconds`. */
  rotateNode(
    nodeId: string,
    digest: string,
    graceSeconds: number,
    actor: AuditActor,
  ): Promise<RegistryAnswer<NodeRecord>>;
  /** Its token stops at once. Its id becomes free. */
  deleteNode(nodeId: string, actor: AuditActor): Promise<RegistryAnswer<null>>;

  createUser(user: NewUser, actor: AuditActor): Promise<RegistryAnswer<UserRecord>>;
  listUsers(page: PageRequest, filter: UserFilter): Promise<RegistryAnswer<PageOf<UserRecord>>>;
  showUser(id: string): Promise<RegistryAnswer<UserRecord>>;
  /** A user that was disabled has no call admitted from the moment of the answer. */
  updateUser(id: string, change: UserChange, actor: AuditActor): Promise<RegistryAnswer<UserRecord>>;
  /** Changes the user with this external id, or makes it as `id` when nobody has it. */
  upsertUser(
    id: string,
    user: UserChange & { name: string; externalId: string },
    actor: AuditActor,
  ): Promise<RegistryAnswer<UserRecord>>;
  /** Refused while it has keys that are not revoked. Name and external id become free; its usage and audit stay. */
  deleteUser(id: string, actor: AuditActor): Promise<RegistryAnswer<null>>;

  createKey(key: NewKey, actor: AuditActor): Promise<RegistryAnswer<KeyRecord>>;
  /** From the Registry's copies: `lastUsedAt` may lag by a few minutes. */
  listKeys(page: PageRequest, filter: KeyFilter): Promise<RegistryAnswer<PageOf<KeyRecord>>>;
  /** From the Account itself. */
  showKey(keyId: string): Promise<RegistryAnswer<KeyRecord>>;
  updateKey(keyId: string, change: KeyChange, actor: AuditActor): Promise<RegistryAnswer<KeyRecord>>;
  setKeyDisabled(keyId: string, disabled: boolean, actor: AuditActor): Promise<RegistryAnswer<KeyRecord>>;
  /** From the moment of the answer no call is admitted with this key. Again: the same answer. */
  revokeKey(keyId: string, actor: AuditActor): Promise<RegistryAnswer<KeyRecord>>;
  rotateKey(
    keyId: string,
    secretDigest: string,
    graceSeconds: number,
    actor: AuditActor,
  ): Promise<RegistryAnswer<KeyRecord>>;
  finishRotation(keyId: string, actor: AuditActor): Promise<RegistryAnswer<KeyRecord>>;
  /** Compares the index of some users' keys with the truth and mends it, from the user after `after`. */
  reconcileKeys(
    after: string | null,
    dryRun: boolean,
    actor: AuditActor,
  ): Promise<RegistryAnswer<Omit<ReconciledKeys, 'object'>>>;

  /** Of one user from its Account, to the last settled call; of all from the roll-ups, some seconds late. */
  readUsage(query: UsageQuery): Promise<RegistryAnswer<UsageReport>>;
  readFigures(): Promise<RegistryFigures>;

  /** `chain`: `registry`, or a user's id, also of a deleted one. */
  listAudit(chain: string, limit: number, before: number | null): Promise<RegistryAnswer<Omit<AuditPage, 'object'>>>;
  verifyAudit(chain: string): Promise<RegistryAnswer<Omit<AuditVerification, 'object'>>>;
}

/** What an account tells the Registry of itself. */
export type AccountProjection = {
  account: AccountState | null;
  keys: KeyRecord[];
  /** Absolute values: sent again, they count once. */
  usage: UsageOfHour[];
  auditHead: AuditHead | null;
};

/** The part of the Registry that Account objects use. */
export interface RegistryProjections {
  /** The head that is kept of an account's audit chain; null: none yet. An account replaces it only when its chain goes on from it. */
  readAuditHead(accountId: string): Promise<AuditHead | null>;

  /** Takes copies of an account's truth. Older versions than those held, and keys never heard of, are passed over. */
  applyProjections(accountId: string, projection: AccountProjection): Promise<void>;
}
