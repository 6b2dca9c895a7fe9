// The gateway's own secrets: the key-check secret (HMAC of every credential's check) and the Ed25519 key that signs calls to
// nodes. Made once; losing them makes every key handed out useless. The public half lies beside them, for nodes started by hand.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { MIN_CHECK_SECRET_LENGTH } from '../../protocol/credentials/credential-check.ts';
import { randomId } from '../../protocol/credentials/credential.ts';
import { nodeSigningKeySchema } from '../../protocol/node/node-signing-key.ts';
import { CliFailure } from '../cli-failure.ts';
import { readOptionalFile } from './read-optional-file.ts';
import type { StateFolder } from './state-folder.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** 256 bits: as much as the HMAC-SHA-256 that it keys can use. */
const CHECK_SECRET_BYTES = 32;

const gatewaySecretsSchema = z.object({
  version: z.literal(1),
  keyCheckSecret: z.string().min(MIN_CHECK_SECRET_LENGTH),
  nodeSigningKey: nodeSigningKeySchema,
});

export type GatewaySecrets = z.infer<typeof gatewaySecretsSchema>;

/** Reads the secrets, or makes them on the first run. Throws a `CliFailure` when the file is damaged. */
export async function loadGatewaySecrets(state: StateFolder): Promise<GatewaySecrets> {
  const secrets = (await readGatewaySecrets(state)) ?? (await createGatewaySecrets(state));
  await writeFileAtomically(state.gatewayKeys, `${publicKeySet(secrets)}\n`);
  return secrets;
}

/** The secrets, or null before the first run. */
export async function readGatewaySecrets(state: StateFolder): Promise<GatewaySecrets | null> {
  const text = await readOptionalFile(state.gatewaySecrets);
  if (text === null) return null;
  try {
    return gatewaySecretsSchema.parse(JSON.parse(text));
  } catch {
    // The parser's own words could quote a secret.
    throw new CliFailure(
      `${state.gatewaySecrets} is damaged; restore it from a backup, or start anew with --state DIR.`,
    );
  }
}

/** The public half as JWKS (RFC 7517): what a node checks calls with. */
export function publicKeySet({ nodeSigningKey: { kty, crv, kid, x } }: GatewaySecrets): string {
  return JSON.stringify({ keys: [{ kty, crv, kid, x, alg: 'EdDSA', use: 'sig' }] });
}

async function createGatewaySecrets(state: StateFolder): Promise<GatewaySecrets> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const secrets = gatewaySecretsSchema.parse({
    version: 1,
    keyCheckSecret: randomBytes(CHECK_SECRET_BYTES).toString('base64url'),
    nodeSigningKey: { ...privateKey.export({ format: 'jwk' }), kid: randomId() },
  });
  await writeFileAtomically(state.gatewaySecrets, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}
