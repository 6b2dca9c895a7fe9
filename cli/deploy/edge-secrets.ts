// Which secrets a deployment puts: those that are not there, and what a rotation of the signing key makes known. What is there stays:
// another key-check secret would end every key.
import { sha256 } from '../../protocol/credentials/digest.ts';
import { CliFailure } from '../cli-failure.ts';
import { loadAdminToken } from '../state-folder/admin-token.ts';
import {
  loadGatewaySecrets,
  publicKeySet,
  readGatewaySecrets,
  type GatewaySecrets,
} from '../state-folder/gateway-secrets.ts';
import type { StateFolder } from '../state-folder/state-folder.ts';
import { lockStateFolder } from '../state-folder/state-lock.ts';

/** Those that no gateway starts without. */
export const REQUIRED_SECRETS = ['KEY_CHECK_SECRET', 'NODE_SIGNING_KEY', 'ADMIN_TOKEN_DIGEST'] as const;
const PREVIOUS = 'KEY_CHECK_SECRET_PREVIOUS';
const PUBLIC_KEYS = 'NODE_PUBLIC_KEYS';
/** What `--put` may name. */
export const REPLACEABLE_SECRETS = [...REQUIRED_SECRETS, PREVIOUS] as const;

export type ReplaceableSecret = (typeof REPLACEABLE_SECRETS)[number];
/** Null: it is taken away. */
export type SecretsToPut = Partial<Record<ReplaceableSecret | typeof PUBLIC_KEYS, string | null>>;

/** `there`: names of the secrets that the Worker has. `replace`: those to put although they are there. Makes what is missing. */
export async function chooseSecrets(
  state: StateFolder,
  there: readonly string[],
  replace: readonly ReplaceableSecret[],
): Promise<SecretsToPut> {
  const missing = REQUIRED_SECRETS.filter((name) => !there.includes(name));
  const known = await readGatewaySecrets(state);
  if (known === null && missing.length === 0 && replace.length === 0) return {};
  if (known === null && missing.length < REQUIRED_SECRETS.length) {
    throw new CliFailure(
      `The Worker has secrets that ${state.folder} does not know, so none that goes with them can be made here; name their state folder with --state DIR.`,
    );
  }
  const secrets = known ?? (await makeSecrets(state));
  const wanted = new Set<ReplaceableSecret>([...missing, ...replace]);
  if (secrets.previousKeyCheckSecret !== undefined && !there.includes(PREVIOUS)) wanted.add(PREVIOUS);
  const put: SecretsToPut = {};
  for (const name of wanted) put[name] = await valueOf(name, state, secrets);
  const rotating = (secrets.nextNodeSigningKey ?? secrets.formerNodeSigningKey) !== undefined;
  if (rotating) put[PUBLIC_KEYS] = publicKeySet(secrets);
  else if (there.includes(PUBLIC_KEYS)) put[PUBLIC_KEYS] = null;
  return put;
}

async function makeSecrets(state: StateFolder): Promise<GatewaySecrets> {
  const lock = await lockStateFolder(state);
  try {
    return await loadGatewaySecrets(state);
  } finally {
    lock.release();
  }
}

async function valueOf(name: ReplaceableSecret, state: StateFolder, secrets: GatewaySecrets): Promise<string | null> {
  switch (name) {
    case 'KEY_CHECK_SECRET':
      return secrets.keyCheckSecret;
    case 'NODE_SIGNING_KEY':
      return JSON.stringify(secrets.nodeSigningKey);
    case 'ADMIN_TOKEN_DIGEST':
      return sha256((await loadAdminToken(state, secrets)).token);
    case 'KEY_CHECK_SECRET_PREVIOUS':
      return secrets.previousKeyCheckSecret ?? null;
  }
}
