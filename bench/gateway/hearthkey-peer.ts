// Our gateway as it is shipped: with limits, with many keys, or plain.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Limits } from '../../protocol/admin/limits.ts';
import { AdminRequests } from './admin-requests.ts';
import { GatewayProgram } from './gateway-program.ts';
import { CHAT_PATH, type Peer } from './peer.ts';

/** Far above what a benchmark uses, so that everything is counted and nothing refused. */
const HIGH_LIMITS: Limits = {
  requests_per_minute: 100_000_000,
  tokens_per_minute: 100_000_000_000,
  requests_per_day: 1_000_000_000,
  tokens_per_day: 1_000_000_000_000,
  tokens_per_month: 1_000_000_000_000,
};

export type HearthkeyPeerOptions = {
  /** Of the key that is used, and again of its user. */
  limited: boolean;
  /** How many more keys the gateway has. */
  keys: number;
  /** How many of its processes answer calls. */
  workers: number;
};

export function hearthkeyPeer({ limited, keys, workers }: HearthkeyPeerOptions): Peer {
  const base = `hearthkey${limited ? '-limits' : ''}${workers === 1 ? '' : `-x${workers}`}`;
  const name = keys === 0 ? base : `${base} (${keys} keys)`;
  const what = limited ? 'five limits on the key and its user each' : 'self-hosted layout';
  return {
    name,
    description: `this gateway, ${what}, ${workers} of its processes for calls: key check, route, sign, forward, meter, one log line per request`,
    async start({ upstream, folder, states }) {
      const own = join(folder, name.replaceAll(/[^a-z0-9]+/g, '-'));
      await mkdir(own);
      const state = join(own, 'state');
      if (keys > 0) await states.copyTo(state, keys);
      const gateway = await GatewayProgram.start({
        folder: own,
        state,
        node: { port: new URL(upstream).port },
        workers,
      });
      const admin = new AdminRequests(gateway.admin);
      const limits = limited ? HIGH_LIMITS : null;
      const key = await admin.createKey(await admin.createUser('measured', limits), 'measured', limits);
      return {
        started: true,
        peer: {
          url: gateway.origin + CHAT_PATH,
          headers: { authorization: `Bearer ${key}` },
          pid: gateway.pid,
          admin: gateway.admin,
          keys,
          [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
        },
      };
    },
  };
}
