// What the node has to know before it can be reached: its id, whose signatures it believes, and where calls come in. What only the
// gateway can tell is waited for here, until that answers.
import type { GatewayKeySource } from '../call-auth/gateway-keys.ts';
import { GatewayKeysUrl } from '../call-auth/gateway-keys-url.ts';
import type { GatewayKeySet } from '../config/gateway-key-set.ts';
import { GatewayKeysFile } from '../config/gateway-keys-file.ts';
import type { GatewayKeysPlace } from '../config/gateway-keys-place.ts';
import type { NodeEntry } from '../config/node-config.ts';
import { LinkBackoff } from '../link/link-backoff.ts';
import { askForHello } from '../link/link-hello.ts';
import { LinkKeys } from '../link/link-keys.ts';
import type { Logger } from './logger.ts';
import { StartFailure } from './start-failure.ts';

export type PreparedEntry = {
  nodeId: string;
  gatewayKeys: GatewayKeySet;
  /** Where they may change; null: they were given for good. */
  keySource: GatewayKeySource | null;
} & (
  { kind: 'address'; host: string; port: number } | (Extract<NodeEntry, { kind: 'link' }> & { keySource: LinkKeys })
);

/** Throws a `StartFailure` when the gateway takes no link of this node. */
export async function prepareEntry(entry: NodeEntry, log: Logger): Promise<PreparedEntry> {
  if (entry.kind === 'address') return { ...entry, ...(await prepareKeys(entry.gatewayKeys, log)) };
  const { target } = entry;
  const backoff = new LinkBackoff();
  for (;;) {
    const result = await askForHello(target);
    if (result.ok) {
      const { nodeId, keySet } = result.hello;
      return { ...entry, nodeId, gatewayKeys: keySet, keySource: new LinkKeys(target) };
    }
    if (result.final) throw new StartFailure(`${result.problem}.`);
    log('warn', 'link_refused', { problem: result.problem });
    await backoff.wait();
  }
}

async function prepareKeys(
  place: GatewayKeysPlace,
  log: Logger,
): Promise<Pick<PreparedEntry, 'gatewayKeys' | 'keySource'>> {
  switch (place.kind) {
    case 'given':
      return { gatewayKeys: place.keySet, keySource: null };
    case 'file':
      return { gatewayKeys: place.keySet, keySource: new GatewayKeysFile(place.path) };
    case 'url':
      return fetchFirstKeys(new GatewayKeysUrl(place.url), log);
  }
}

/** Without any key there is nobody to answer. */
async function fetchFirstKeys(keySource: GatewayKeysUrl, log: Logger) {
  const backoff = new LinkBackoff();
  for (;;) {
    const result = await keySource.ask();
    if (result.ok) return { gatewayKeys: result.keySet, keySource };
    log('warn', 'gateway_keys_unusable', { problem: result.problem });
    await backoff.wait();
  }
}
