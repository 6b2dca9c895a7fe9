// The public keys that nodes may believe: that of the key which signs, and beside it those that the deployment names while one
// replaces the other.
import type { NodePublicKey } from '../../../protocol/node/node-signing-key.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';

/** The one that signs is the first. */
export function publishedKeys({
  nodeSigningKey,
  nodePublicKeys,
}: Pick<GatewayConfig, 'nodeSigningKey' | 'nodePublicKeys'>): readonly NodePublicKey[] {
  const { kty, crv, kid, x } = nodeSigningKey;
  return [{ kty, crv, kid, x }, ...nodePublicKeys.filter((key) => key.kid !== kid)];
}
