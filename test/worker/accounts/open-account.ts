// Accounts and keys for tests, made at the Account object itself, and calls with them: identified as the gateway does it, judged
// by the Account, with no permit in between.
import { env } from 'cloudflare:workers';
import type { AuditEntry } from '../../../protocol/admin/audit.ts';
import { importCheckKeys, mintCredential } from '../../../protocol/credentials/credential-check.ts';
import { accountOfKeyId, randomId } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import type { AccountAdmission, AdmitRequest, AdmitResult } from '../../../protocol/objects/account-admission.ts';
import type { AccountAdministration } from '../../../protocol/objects/account-administration.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { NewKey } from '../../../protocol/objects/key-record.ts';
import { mintCallId } from '../../../protocol/request-id.ts';
import { accountStub } from '../../../worker/src/accounts/account-stub.ts';
import { identifyKey } from '../../../worker/src/keys/identify-key.ts';
import { readKey } from '../../../worker/src/keys/read-key.ts';
import { TEST_KEY_CHECK_SECRET } from '../test-bindings.ts';

export const ACTOR: AuditActor = { tokenId: 'root', tokenName: 'root', address: '192.0.2.7', requestId: 'req_test' };

/** The part of an Account that calls and administrators use, as a stub or as the object itself. */
type AnyAccount = Pick<AccountAdmission, 'admit'> & Pick<AccountAdministration, 'createKey' | 'openAccount'>;

export function accountOf(keyOrAccountId: string) {
  return env.ACCOUNT.getByName(accountOfKeyId(keyOrAccountId));
}

/** A key of a fresh, open account. */
export async function openKey(fields: Partial<NewKey> = {}) {
  const accountId = randomId(8);
  const account = accountOf(accountId);
  await account.openAccount(accountId, nowSeconds(), null);
  return { accountId, account, ...(await addKey(accountId, fields)) };
}

export async function addKey(
  accountId: string,
  fields: Partial<NewKey> = {},
  account: AnyAccount = accountOf(accountId),
) {
  const { text, key } = await mintKey(accountId + randomId(8), fields);
  const created = await account.createKey(key, ACTOR);
  return { key, keyId: key.keyId, text, secretDigest: key.secretDigest, created };
}

/** A key that nobody has heard of yet, or another secret for one. */
export async function mintKey(keyId: string, fields: Partial<NewKey> = {}): Promise<{ text: string; key: NewKey }> {
  const { text } = await mintCredential('api-key', keyId, await importCheckKeys(TEST_KEY_CHECK_SECRET));
  const key: NewKey = {
    keyId,
    secretDigest: await sha256(text),
    name: 'k',
    models: null,
    scopes: null,
    addresses: null,
    limits: null,
    metadata: {},
    expiresAt: null,
    rotateAfter: null,
    priority: 'normal',
    ...fields,
  };
  return { text, key };
}

/** What the account says to a call with this key, with `namespace` as the index. `model` null: it touches none. */
export async function callWith(
  text: string,
  model: string | null = null,
  { account, namespace = env.KEYS }: { account?: AnyAccount; namespace?: KVNamespace } = {},
): Promise<AdmitResult> {
  const secrets = { keyCheckSecret: TEST_KEY_CHECK_SECRET, previousKeyCheckSecret: null };
  const read = await readKey(text);
  if (!read.ok) throw new Error(`the key was not read: ${read.reason}`);
  const identity = await identifyKey(read, { ...env, KEYS: namespace }, secrets);
  if (!identity.ok) throw new Error(`the key was not identified: ${identity.reason}`);
  return (account ?? accountOf(identity.accountId)).admit(callOf(identity.keyId, identity.secretDigest, model));
}

export function callOf(keyId: string, secretDigest: string, model: string | null = null): AdmitRequest {
  return {
    callId: mintCallId(),
    keyId,
    secretDigest,
    address: '192.0.2.1',
    scope: model === null ? 'models' : 'chat',
    model,
    nodeId: null,
    attempt: 1,
    promptTokens: 0,
    maxTokens: 1,
    maxTokensNamed: false,
  };
}

/** The account's audit entries, newest first. */
export async function readAudit(keyOrAccountId: string): Promise<AuditEntry[]> {
  return (await accountStub(env, accountOfKeyId(keyOrAccountId)).listAudit(100, null)).data;
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
