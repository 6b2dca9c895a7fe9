// What wrangler.toml must say before a gateway is put at the edge: found out before anything is uploaded.
import { addressKind } from '../../protocol/node/address-kind.ts';
import { CliFailure, EXIT_USAGE } from '../cli-failure.ts';
import type { DeploymentSettings } from '../gateway-host/wrangler-settings.ts';
import { REQUIRED_SECRETS } from './edge-secrets.ts';

/** Where the gateway finds its node: over `wrangler.toml`, when it is given. */
export type NodePlace = { link: string | undefined; nodeOrigin: string | undefined };

/** The secrets that `hearthkey deploy` knows how to make. */
const KNOWN_SECRETS: readonly string[] = REQUIRED_SECRETS;

/** The gateway's NODE_ORIGIN. Throws a `CliFailure` for the first thing that would make a gateway that answers nobody, or everybody. */
export function checkDeployment(settings: DeploymentSettings, place: NodePlace): string {
  const { vars } = settings;
  if (vars['DEV_API_KEY']) throw wrong('DEV_API_KEY must be empty: its key is public');
  if (vars['CLIENT_ADDRESS_TRUST'] !== 'cloudflare') {
    throw wrong('CLIENT_ADDRESS_TRUST must be "cloudflare", or no address list and no flood guard knows who calls');
  }
  if (settings.kvNamespaces.length === 0) throw wrong('it has no KV namespace: KEYS is missing');
  if (settings.durableObjects.length === 0) throw wrong('it has no Durable Objects');
  const unknown = settings.requiredSecrets.filter((name) => !KNOWN_SECRETS.includes(name));
  if (unknown.length > 0) throw wrong(`it requires the secret ${unknown.join(', ')}, which nobody here can make`);
  if (!settings.hasAddress) throw wrong('with workers_dev = false and no route nobody could reach the gateway');
  return nodeOriginOf(vars['NODE_ORIGIN'] ?? '', place);
}

function nodeOriginOf(configured: string, { link, nodeOrigin }: NodePlace): string {
  if (link !== undefined && nodeOrigin !== undefined) {
    throw new CliFailure('Give --link or --node-origin, not both.', EXIT_USAGE);
  }
  const origin = link === undefined ? (nodeOrigin ?? configured) : `link:${link}`;
  if (origin.startsWith('link:')) return origin;
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url?.protocol === 'https:' && mayBePublic(url.hostname)) return url.origin;
  throw new CliFailure(
    `NODE_ORIGIN is '${origin}', which the edge cannot reach; give --link NODE for a node that dials in, or --node-origin https://… .`,
    EXIT_USAGE,
  );
}

/** A name of a tailnet is private, unless it is let out by Tailscale's funnel. */
function mayBePublic(hostname: string): boolean {
  return addressKind(hostname) === 'public' || hostname.endsWith('.ts.net');
}

function wrong(what: string): CliFailure {
  return new CliFailure(`wrangler.toml: ${what}.`);
}
