// The gateway's own secrets: the key-check secret (HMAC of every credential's check) and the Ed25519 key that signs calls to
// nodes. Losing them makes every key handed out useless. The public halves of the signing keys lie beside them, for nodes started by hand.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { MIN_CHECK_SECRET_LENGTH } from '../../protocol/credentials/credential-check.ts';
import { randomId } from '../../protocol/credentials/credential.ts';
import { nodeSigningKeySchema, type NodeSigningKey } from '../../protocol/node/node-signing-key.ts';
import { parseJson } from '../../protocol/parse-json.ts';
import { CliFailure } from '../cli-failure.ts';
import { readOptionalFile } from './read-optional-file.ts';
import { refuseHalfFolder } from './refuse-half-folder.ts';
import type { StateFolder } from './state-folder.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** 256 bits: as much as the HMAC-SHA-256 that it keys can use. */
const CHECK_SECRET_BYTES = 32;

const checkSecretSchema = z.string().min(MIN_CHECK_SECRET_LENGTH);

export const gatewaySecretsSchema = z.object({
  version: z.literal(1),
  keyCheckSecret: checkSecretSchema,
  /** While the key-check secret is being replaced: verifies, no longer signs. */
  previousKeyCheckSecret: checkSecretSchema.optional(),
  /** Signs from the gateway's next start; the one that runs may still have another. */
  nodeSigningKey: nodeSigningKeySchema,
  /** While the signing key is being replaced: the coming one, which nodes may know and nobody signs with yet. */
  nextNodeSigningKey: nodeSigningKeySchema.optional(),
  /** Then: the public half of the one before, which a gateway that still runs signs with. */
  formerNodeSigningKey: nodeSigningKeySchema.omit({ d: true }).optional(),
});

export type GatewaySecrets = z.infer<typeof gatewaySecretsSchema>;

/** Reads the secrets, or makes them on the first run. Throws a `CliFailure` when they are damaged or lost. */
export async function loadGatewaySecrets(state: StateFolder): Promise<GatewaySecrets> {
  const secrets = await readGatewaySecrets(state);
  if (secrets === null) {
    await refuseHalfFolder(state);
    return storeGatewaySecrets(state, createGatewaySecrets());
  }
  await writeKeySet(state, secrets);
  return secrets;
}

/** Stores the secrets. The public half comes first: after a crash in between, what was begun can be done again. */
export async function storeGatewaySecrets(state: StateFolder, secrets: GatewaySecrets): Promise<GatewaySecrets> {
  await writeKeySet(state, secrets);
  await writeFileAtomically(state.gatewaySecrets, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

/** The secrets, or null before the first run. */
export async function readGatewaySecrets(state: Pick<StateFolder, 'gatewaySecrets'>): Promise<GatewaySecrets | null> {
  const text = await readOptionalFile(state.gatewaySecrets);
  if (text === null) return null;
  const secrets = gatewaySecretsSchema.safeParse(parseJson(text));
  if (secrets.success) return secrets.data;
  // The parser's own words could quote a secret.
  throw new CliFailure(`${state.gatewaySecrets} is damaged; restore it from a backup, or start anew with --state DIR.`);
}

/** The public halves as JWKS (RFC 7517): what a node checks calls with. */
export function publicKeySet(secrets: GatewaySecrets): string {
  const { nodeSigningKey, nextNodeSigningKey, formerNodeSigningKey } = secrets;
  const keys = [nodeSigningKey, nextNodeSigningKey, formerNodeSigningKey].filter((key) => key !== undefined);
  return JSON.stringify({ keys: keys.map(({ kty, crv, kid, x }) => ({ kty, crv, kid, x, alg: 'EdDSA', use: 'sig' })) });
}

/** A fresh Ed25519 key, with an id of its own. */
export function createSigningKey(): NodeSigningKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  return nodeSigningKeySchema.parse({ ...privateKey.export({ format: 'jwk' }), kid: randomId() });
}

function createGatewaySecrets(): GatewaySecrets {
  const keyCheckSecret = randomBytes(CHECK_SECRET_BYTES).toString('base64url');
  return { version: 1, keyCheckSecret, nodeSigningKey: createSigningKey() };
}

async function writeKeySet(state: StateFolder, secrets: GatewaySecrets): Promise<void> {
  await writeFileAtomically(state.gatewayKeys, `${publicKeySet(secrets)}\n`);
}
