// Calls and permits of this isolate that have ended and that their account has not heard of yet: the node is still being asked
// what they cost, or the message waits for others, or is on its way. A refusal is sure only when the account knows of them.
import type { GatewayConfig } from '../config/gateway-config-schema.ts';

/** Of what is older nobody will hear any more from here: a request that the platform ended took it along. Milliseconds. */
const WORTH_WAITING_MS = 10_000;

/** By id: since when, in Unix milliseconds. */
type Ends = Map<string, number>;
type Owner = { config: GatewayConfig };

/** By account, by the settings that they belong to. Values only. */
const endsBySettings = new WeakMap<GatewayConfig, Map<string, Ends>>();

/** Takes the end of a call, or of a permit. Taken again, it counts as it did. */
export function noteEnd(owner: Owner, accountId: string, id: string): void {
  const accounts = accountsOf(owner);
  let ends = accounts.get(accountId);
  if (ends === undefined) {
    ends = new Map();
    accounts.set(accountId, ends);
  }
  if (!ends.has(id)) ends.set(id, Date.now());
}

/** The account knows of these now. */
export function forgetEnds(owner: Owner, accountId: string, ids: readonly string[]): void {
  const accounts = accountsOf(owner);
  const ends = accounts.get(accountId);
  if (ends === undefined) return;
  for (const id of ids) ends.delete(id);
  if (ends.size === 0) accounts.delete(accountId);
}

/** The ends that the account may still hear of. */
export function untoldEnds(owner: Owner, accountId: string): string[] {
  const stale = Date.now() - WORTH_WAITING_MS;
  const ends = [...(accountsOf(owner).get(accountId) ?? [])];
  const [old, young] = [ends.filter(([, sinceMs]) => sinceMs < stale), ends.filter(([, sinceMs]) => sinceMs >= stale)];
  forgetEnds(owner, accountId, idsOf(old));
  return idsOf(young);
}

function idsOf(ends: readonly (readonly [id: string, sinceMs: number])[]): string[] {
  return ends.map(([id]) => id);
}

function accountsOf({ config }: Owner): Map<string, Ends> {
  let accounts = endsBySettings.get(config);
  if (accounts === undefined) {
    accounts = new Map();
    endsBySettings.set(config, accounts);
  }
  return accounts;
}
