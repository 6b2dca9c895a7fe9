// The secrets that a backup holds, so that the keys in it work again: those of the gateway that is backed up and of no other.
import { CliFailure } from '../cli-failure.ts';
import { readGatewaySecrets, type GatewaySecrets } from '../state-folder/gateway-secrets.ts';
import type { StateFolder } from '../state-folder/state-folder.ts';
import { areSecretsOf } from './check-secrets.ts';
import { readSecretsFile } from './read-secrets-file.ts';

export type SecretsChoice = {
  /** `--secrets-file`. */
  file: string | undefined;
  /** False with `--without-secrets`. */
  wanted: boolean;
};

/** Null: they are not wanted. Throws a `CliFailure` that says how to give them when they are not known. */
export async function findSecrets(
  state: StateFolder,
  { file, wanted }: SecretsChoice,
  keyCheck: string,
): Promise<GatewaySecrets | null> {
  if (!wanted) return null;
  const secrets = file === undefined ? await readGatewaySecrets(state) : await readSecretsFile(file);
  if (secrets !== null && (await areSecretsOf(secrets, keyCheck))) return secrets;
  throw new CliFailure(
    file === undefined
      ? `The secrets of this gateway are not in ${state.folder}; name its gateway-secrets.json with --secrets-file FILE, or leave them out with --without-secrets.`
      : `${file} holds the secrets of another gateway: under them none of the keys would work.`,
  );
}
