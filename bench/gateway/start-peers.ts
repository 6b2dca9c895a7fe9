// Starts every peer in front of one upstream. Who cannot be started for want of its program is named and left out.
import { bareForwardPeer } from './bare-forward-peer.ts';
import { directPeer } from './direct-peer.ts';
import { hearthkeyPeer } from './hearthkey-peer.ts';
import { linkedPeer } from './linked-peer.ts';
import { nginxPeer } from './nginx-peer.ts';
import type { Peer, PeerContext, RunningPeer } from './peer.ts';
import { portkeyPeer } from './portkey-peer.ts';

const plain = hearthkeyPeer({ limited: false, keys: 0, workers: 1 });
const limited = hearthkeyPeer({ limited: true, keys: 0, workers: 1 });
const two = hearthkeyPeer({ limited: true, keys: 0, workers: 2 });

/** In the order of the table. */
const PEERS = [directPeer, nginxPeer, bareForwardPeer, plain, limited, two, linkedPeer, portkeyPeer];
export const PEER_NAMES = PEERS.map(({ name }) => name);

export type RunningPeers = { peers: Map<string, RunningPeer>; skipped: Map<string, string> };

/** Starts those of `wanted`, and each gateway with keys of ours once more for every number of `keys`; `stack` ends them. */
export async function startPeers(
  { wanted, keys }: { wanted: readonly string[]; keys: readonly number[] },
  context: PeerContext,
  stack: AsyncDisposableStack,
): Promise<RunningPeers> {
  const peers = new Map<string, RunningPeer>();
  const skipped = new Map<string, string>();
  for (const { name, start } of PEERS.filter((peer) => wanted.includes(peer.name)).flatMap((peer) =>
    withKeys(peer, keys),
  )) {
    const result = await start(context);
    if (result.started) peers.set(name, stack.use(result.peer));
    else skipped.set(name, result.reason);
  }
  return { peers, skipped };
}

function withKeys(peer: Peer, keys: readonly number[]): Peer[] {
  if (peer !== plain && peer !== limited) return [peer];
  return [peer, ...keys.map((count) => hearthkeyPeer({ limited: peer === limited, keys: count, workers: 1 }))];
}
