// In which order nodes are tried that serve the same model. Calls that begin alike go to the same node, which has their beginning computed
// already (rendezvous hashing: when a node comes or goes, only its own calls move), as long as it has room; nodes that failed a moment
// ago, or would have to load the model first, come last.
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import { isCooling, sentSince } from './node-sights.ts';
import type { NodeCandidate } from './node-view.ts';

/** A node whose sequences are full is passed over when its load is so many times the others'. */
const UNEVEN = 1.25;
/** Places in the order: what matters more is the larger number. */
const FULL = 1;
const NOT_LOADED = 2;
const COOLING = 4;

/** The best first. `opening` is asked for only when there is a choice. */
export function rankNodes(
  config: GatewayConfig,
  candidates: readonly NodeCandidate[],
  opening: () => string,
): readonly NodeCandidate[] {
  if (candidates.length <= 1) return candidates;
  const text = opening();
  const loads = candidates.map((candidate) => loadOf(config, candidate));
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  return candidates
    .map((candidate, index) => {
      const { target, model } = candidate;
      const load = loads[index] ?? 0;
      const place =
        (load >= 1 && load > mean * UNEVEN ? FULL : 0) +
        (model.state === undefined || model.state === 'loaded' ? 0 : NOT_LOADED) +
        (isCooling(config, target) ? COOLING : 0);
      return { candidate, place, score: score(`${text}\n${target.nodeId}`, target.weight) };
    })
    .sort((a, b) => a.place - b.place || b.score - a.score)
    .map(({ candidate }) => candidate);
}

/** Calls for each sequence. */
function loadOf(config: GatewayConfig, { target, model }: NodeCandidate): number {
  return (model.running + model.waiting + sentSince(config, target)) / model.sequences;
}

/** Weighted rendezvous hashing: of many texts, each node has the highest score for a share by its weight. */
function score(text: string, weight: number): number {
  return -weight / Math.log((hash(text) + 0.5) / 2 ** 32);
}

/** FNV-1a with the last step of MurmurHash3, which spreads what differs only at the end. Not for secrets. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
