// A gateway-secrets.json that lies somewhere else than in the state folder.
import { CliFailure, EXIT_USAGE } from '../cli-failure.ts';
import { readGatewaySecrets, type GatewaySecrets } from '../state-folder/gateway-secrets.ts';

/** Throws a `CliFailure` when there is no such file, or when it is damaged. */
export async function readSecretsFile(path: string): Promise<GatewaySecrets> {
  const secrets = await readGatewaySecrets({ gatewaySecrets: path });
  if (secrets === null) throw new CliFailure(`There is no file ${path}; name a gateway-secrets.json.`, EXIT_USAGE);
  return secrets;
}
