// Our gateway as it is shipped, with its node behind a link that the node has dialled.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { ChildProgram } from '../harness/child-program.ts';
import { AdminRequests } from './admin-requests.ts';
import { GatewayProgram } from './gateway-program.ts';
import { CHAT_PATH, type LinkTraffic, type Peer } from './peer.ts';

/** As the mock upstream calls itself. */
export const LINKED_NODE = 'home';
/** The program tells its traffic more often than that. */
const TOLD_WITHIN_MS = 300;
const linkTrafficSchema = z.object({ frames: z.int(), bytes: z.int() });
const PROGRAM = join(import.meta.dirname, 'linked-upstream.ts');

export const linkedPeer: Peer = {
  name: 'hearthkey-link',
  description: 'this gateway over a link: a program with the node’s end of it stands in front of the upstream',
  async start({ upstream, folder }) {
    const own = join(folder, 'hearthkey-link');
    await mkdir(own);
    const gateway = await GatewayProgram.start({ folder: own, state: join(own, 'state'), node: { link: LINKED_NODE } });
    const admin = new AdminRequests(gateway.admin);
    const key = await admin.createKey(await admin.createUser('measured'), 'measured');
    const name = 'linked-upstream';
    const env = { HEARTHKEY_NODE_TOKEN: await admin.createNode(LINKED_NODE) };
    const node = new ChildProgram({
      name,
      command: process.execPath,
      args: [PROGRAM, gateway.origin, upstream],
      folder: own,
      env,
    });
    let traffic: LinkTraffic = { frames: 0, bytes: 0 };
    node.onMessage((message) => {
      traffic = linkTrafficSchema.parse(message);
    });
    await node.until(async () => ((await readFile(node.outputFile, 'utf8')).includes('link_open') ? true : null));
    return {
      started: true,
      peer: {
        url: gateway.origin + CHAT_PATH,
        headers: { authorization: `Bearer ${key}` },
        pid: gateway.pid,
        async linkTraffic() {
          await delay(TOLD_WITHIN_MS);
          return traffic;
        },
        async [Symbol.asyncDispose]() {
          await node[Symbol.asyncDispose]();
          await gateway[Symbol.asyncDispose]();
        },
      },
    };
  },
};
