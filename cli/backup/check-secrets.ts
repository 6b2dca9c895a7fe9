// Whether secrets are those of the gateway in question: keys work only under the key-check secret that they were made with.
import { fingerprintCheckSecret } from '../../protocol/credentials/fingerprint-check-secret.ts';
import type { GatewaySecrets } from '../state-folder/gateway-secrets.ts';

/** `keyCheck`: what stands for the gateway's key-check secret. The secrets may be in the middle of replacing it. */
export async function areSecretsOf(secrets: GatewaySecrets, keyCheck: string): Promise<boolean> {
  const { keyCheckSecret, previousKeyCheckSecret = keyCheckSecret } = secrets;
  const known = await Promise.all([keyCheckSecret, previousKeyCheckSecret].map(fingerprintCheckSecret));
  return known.includes(keyCheck);
}
