// What the node has to know before it can be reached: its id, whose signatures it believes, and where calls come in. A node that dials
// out is told by its gateway, so it waits here until that answers.
import type { GatewayKeySource } from '../call-auth/gateway-keys.ts';
import type { GatewayKeySet } from '../config/gateway-key-set.ts';
import { GatewayKeysFile } from '../config/gateway-keys-file.ts';
import type { LinkTarget } from '../config/link-target.ts';
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
  | { kind: 'address'; host: string; port: number }
  | {
      kind: 'link';
      target: LinkTarget;
      keySource: LinkKeys;
    }
);

/** Throws a `StartFailure` when the gateway takes no link of this node. */
export async function prepareEntry(entry: NodeEntry, log: Logger): Promise<PreparedEntry> {
  if (entry.kind === 'address') {
    const { gatewayKeysFile, ...rest } = entry;
    return { ...rest, keySource: gatewayKeysFile === null ? null : new GatewayKeysFile(gatewayKeysFile) };
  }
  const { target } = entry;
  const backoff = new LinkBackoff();
  for (;;) {
    const result = await askForHello(target);
    if (result.ok) {
      const { nodeId, keySet } = result.hello;
      return { kind: 'link', nodeId, gatewayKeys: keySet, keySource: new LinkKeys(target), target };
    }
    if (result.final) throw new StartFailure(`${result.problem}.`);
    log('warn', 'link_refused', { problem: result.problem });
    await backoff.wait();
  }
}
