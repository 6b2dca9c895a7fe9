// Starts every peer in front of one upstream. Who cannot be started for want of its program is named and left out.
import { portkeyPeer } from './portkey-peer.ts';
import { bareForwardPeer } from './bare-forward-peer.ts';
import { directPeer } from './direct-peer.ts';
import { hearthkeyPeer } from './hearthkey-peer.ts';
import { nginxPeer } from './nginx-peer.ts';
import type { PeerContext, RunningPeer } from './peer.ts';

/** In the order of the table. */
export const PEERS = [directPeer, nginxPeer, bareForwardPeer, hearthkeyPeer, portkeyPeer];

export type RunningPeers = { peers: Map<string, RunningPeer>; skipped: Map<string, string> };

/** Starts those of `wanted` and hands them to `stack`, which ends them. */
export async function startPeers(
  wanted: readonly string[],
  context: PeerContext,
  stack: AsyncDisposableStack,
): Promise<RunningPeers> {
  const peers = new Map<string, RunningPeer>();
  const skipped = new Map<string, string>();
  for (const { name, start } of PEERS) {
    if (!wanted.includes(name)) continue;
    const result = await start(context);
    if (result.started) peers.set(name, stack.use(result.peer));
    else skipped.set(name, result.reason);
  }
  return { peers, skipped };
}
