// Our gateway as it is shipped: `hearthkey up`, with the mock upstream in the node's place. With limits, with many keys, or plain.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Limits } from '../../protocol/admin/limits.ts';
import { ChildProgram } from '../harness/child-program.ts';
import { AdminRequests } from './admin-requests.ts';
import { fillWithKeys } from './fill-with-keys.ts';
import { CHAT_PATH, type Peer } from './peer.ts';

const COMMAND = join(import.meta.dirname, '../../cli/hearthkey.ts');
const announcementSchema = z.object({ gateway: z.url(), adminToken: z.string(), apiKey: z.string() });

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
};

export function hearthkeyPeer({ limited, keys }: HearthkeyPeerOptions): Peer {
  const base = limited ? 'hearthkey-limits' : 'hearthkey';
  const name = keys === 0 ? base : `${base} (${keys} keys)`;
  const what = limited ? 'with five limits on key and user each' : 'self-hosted layout';
  return {
    name,
    description: `this gateway, ${what}: key check, route, sign, forward, meter, one log line per request`,
    async start({ upstream, folder }) {
      const own = join(folder, name.replaceAll(/[^a-z0-9]+/g, '-'));
      await mkdir(own);
      const program = startProgram(own, new URL(upstream).port);
      const { gateway, apiKey, adminToken } = await program.until(() => readAnnouncement(program));
      const admin = { origin: gateway, token: adminToken, keys };
      const key = limited ? await makeLimitedKey(new AdminRequests(admin)) : apiKey;
      if (keys > 0) await fillWithKeys(name, new AdminRequests(admin), keys);
      return {
        started: true,
        peer: {
          url: gateway + CHAT_PATH,
          headers: { authorization: `Bearer ${key}` },
          pid: program.pid,
          admin,
          [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
        },
      };
    },
  };
}

function startProgram(folder: string, nodePort: string): ChildProgram {
  const args = ['up', '--json', '--port', '0', '--no-node', '--node-port', nodePort, '--state', join(folder, 'state')];
  return new ChildProgram({ name: 'hearthkey', command: process.execPath, args: [COMMAND, ...args], folder });
}

async function readAnnouncement(program: ChildProgram): Promise<z.output<typeof announcementSchema> | null> {
  const line = /^\{"gateway".*\}$/m.exec(await readFile(program.outputFile, 'utf8'))?.[0];
  return line === undefined ? null : announcementSchema.parse(JSON.parse(line));
}

async function makeLimitedKey(admin: AdminRequests): Promise<string> {
  const user = await admin.createUser('limited', HIGH_LIMITS);
  return admin.createKey(user, 'limited', HIGH_LIMITS);
}
