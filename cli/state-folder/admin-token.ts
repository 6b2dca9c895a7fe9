// The operator's admin token: the one secret that lies on disk in the clear, in its own 0600 file.
import { importCheckKeys, mintCredential } from '../../protocol/credentials/credential-check.ts';
import { parseCredential, randomId } from '../../protocol/credentials/credential.ts';
import { CliFailure } from '../cli-failure.ts';
import type { GatewaySecrets } from './gateway-secrets.ts';
import { readOptionalFile } from './read-optional-file.ts';
import type { StateFolder } from './state-folder.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** Reads the token, or makes one. `created` says which: only a new one may be shown. */
export async function loadAdminToken(
  state: StateFolder,
  secrets: GatewaySecrets,
): Promise<{ token: string; created: boolean }> {
  const token = await readAdminToken(state.adminToken);
  if (token !== null) return { token, created: false };
  return { token: await createAdminToken(state, secrets), created: true };
}

/** Reads a token file; null when there is none. Throws a `CliFailure` when it holds something else. */
export async function readAdminToken(path: string): Promise<string | null> {
  const text = await readOptionalFile(path);
  if (text === null) return null;
  const token = text.trim();
  if (parseCredential(token)?.kind !== 'admin-token') {
    throw new CliFailure(`${path} does not hold an admin token; make a new one with \`hearthkey admin reset\`.`);
  }
  return token;
}

/** Makes a token and stores it in place of the old one. It is in force at the gateway's next start. */
export async function createAdminToken(state: StateFolder, secrets: GatewaySecrets): Promise<string> {
  const { text } = await mintCredential('admin-token', randomId(), await importCheckKeys(secrets.keyCheckSecret));
  await storeAdminToken(state, text);
  return text;
}

export async function storeAdminToken(state: StateFolder, token: string): Promise<void> {
  await writeFileAtomically(state.adminToken, `${token}\n`);
}
