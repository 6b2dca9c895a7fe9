// Who can reach the gateway, and whose word about the client's address is taken. workerd does not tell the worker who
// connected, so a proxy can only be trusted where nobody but this machine connects.
import { isIPv4, isIPv6 } from 'node:net';
import { CliFailure, EXIT_USAGE } from '../cli-failure.ts';

export type Exposure = {
  /** Value of the gateway's variable CLIENT_ADDRESS_TRUST. */
  clientAddressTrust: 'proxy' | 'none';
  /** What the operator should know; null: nothing. */
  warning: string | null;
};

/** Judges `--host` and `--trust-proxy`. Throws a `CliFailure` when the trust could not be kept. */
export function checkExposure(host: string, trustProxy: string | undefined): Exposure {
  const local = isLoopback(host);
  if (trustProxy !== undefined && (!local || !isLoopback(trustProxy))) {
    throw new CliFailure(
      '--trust-proxy works for a proxy on this machine only: bind the gateway to loopback (no --host) and name the proxy as 127.0.0.1.',
      EXIT_USAGE,
    );
  }
  const warning = `Plain HTTP on ${host} carries API keys in the clear; put Caddy or cloudflared in front and leave --host at 127.0.0.1.`;
  return { clientAddressTrust: trustProxy === undefined ? 'none' : 'proxy', warning: local ? null : warning };
}

function isLoopback(address: string): boolean {
  return (
    address === 'localhost' || (isIPv4(address) && address.startsWith('127.')) || (isIPv6(address) && address === '::1')
  );
}
