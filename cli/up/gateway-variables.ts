// The gateway's variables and secrets as `up` sets them, over those of wrangler.toml.
import { sha256 } from '../../protocol/credentials/digest.ts';
import { publicKeySet, type GatewaySecrets } from '../state-folder/gateway-secrets.ts';
import type { UpOptions } from './up-options.ts';

/** Log lines of a moment are written together; nobody notices a tenth of a second. */
const LOG_BATCH_MS = 100;
/** A client that leaves is noticed within 100 ms; signs of life to 64 that wait take a tenth of a core (decision 6). */
const SIGN_INTERVAL_MS = 80;

export type GatewayVariablesInput = {
  options: Pick<UpOptions, 'allowedOrigins' | 'maxBodyBytes' | 'fallbacks'>;
  secrets: GatewaySecrets;
  adminToken: string;
  clientAddressTrust: 'proxy' | 'none';
  /** Where the node is, as `NODE_ORIGIN` says it. */
  nodeOrigin: string;
};

/** Names and values; some of them are secrets. */
export async function gatewayVariables(input: GatewayVariablesInput): Promise<Record<string, string>> {
  const { options, secrets } = input;
  const variables: Record<string, string> = {
    NODE_ORIGIN: input.nodeOrigin,
    CLIENT_ADDRESS_TRUST: input.clientAddressTrust,
    LOG_BATCH_MS: String(LOG_BATCH_MS),
    SIGN_INTERVAL_MS: String(SIGN_INTERVAL_MS),
    KEY_CHECK_SECRET: secrets.keyCheckSecret,
    NODE_SIGNING_KEY: JSON.stringify(secrets.nodeSigningKey),
    NODE_PUBLIC_KEYS: publicKeySet(secrets),
    ADMIN_TOKEN_DIGEST: await sha256(input.adminToken),
    // Development only; never here, whatever wrangler.toml says.
    DEV_API_KEY: '',
  };
  if (secrets.previousKeyCheckSecret !== undefined) {
    variables['KEY_CHECK_SECRET_PREVIOUS'] = secrets.previousKeyCheckSecret;
  }
  variables['MODEL_FALLBACKS'] = JSON.stringify(options.fallbacks);
  if (options.allowedOrigins !== undefined) variables['ALLOWED_ORIGINS'] = options.allowedOrigins;
  if (options.maxBodyBytes !== undefined) variables['MAX_BODY_BYTES'] = String(options.maxBodyBytes);
  return variables;
}
