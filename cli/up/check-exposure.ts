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

export type ExposureOptions = { host: string; trustProxy: string | undefined; tls: object | undefined };

/** Judges `--host`, `--trust-proxy` and `--tls-cert`. Throws a `CliFailure` when the trust could not be kept. */
export function checkExposure({ host, trustProxy, tls }: ExposureOptions): Exposure {
  if (tls !== undefined) return checkTls(trustProxy);
  const local = isLoopback(host);
  if (trustProxy !== undefined && (!local || !isLoopback(trustProxy))) {
    throw new CliFailure(
      '--trust-proxy works for a proxy on this machine only: bind the gateway to loopback (no --host) and name the proxy as 127.0.0.1.',
      EXIT_USAGE,
    );
  }
  const warning = `Plain HTTP on ${host} carries API keys in the clear; give --tls-cert and --tls-key, or put Caddy or cloudflared in front and leave --host at 127.0.0.1.`;
  return { clientAddressTrust: trustProxy === undefined ? 'none' : 'proxy', warning: local ? null : warning };
}

/** What ends TLS is a proxy of our own, on loopback before the gateway. */
function checkTls(trustProxy: string | undefined): Exposure {
  if (trustProxy === undefined) return { clientAddressTrust: 'proxy', warning: null };
  throw new CliFailure(
    '--trust-proxy does not apply with --tls-cert: clients reach this machine themselves, and their addresses are known.',
    EXIT_USAGE,
  );
}

function isLoopback(address: string): boolean {
  return (
    address === 'localhost' || (isIPv4(address) && address.startsWith('127.')) || (isIPv6(address) && address === '::1')
  );
}
