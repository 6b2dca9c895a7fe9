// Our gateway as it is shipped: `hearthkey up`, with the mock upstream in the node's place.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ChildProgram } from '../harness/child-program.ts';
import { CHAT_PATH, type Peer } from './peer.ts';

const COMMAND = join(import.meta.dirname, '../../cli/hearthkey.ts');
const announcementSchema = z.object({ gateway: z.url(), apiKey: z.string() });

export const hearthkeyPeer: Peer = {
  name: 'hearthkey',
  description: 'this gateway, self-hosted layout: key check, route, sign, forward, meter, one log line per request',
  async start({ upstream, folder }) {
    const args = ['up', '--json', '--port', '0', '--no-node', '--node-port', new URL(upstream).port];
    const program = new ChildProgram({
      name: 'hearthkey',
      command: process.execPath,
      args: [COMMAND, ...args, '--state', join(folder, 'state')],
      folder,
    });
    const { gateway, apiKey } = await program.until(async () => {
      const line = /^\{"gateway".*\}$/m.exec(await readFile(program.outputFile, 'utf8'))?.[0];
      return line === undefined ? null : announcementSchema.parse(JSON.parse(line));
    });
    return {
      started: true,
      peer: {
        url: gateway + CHAT_PATH,
        headers: { authorization: `Bearer ${apiKey}` },
        pid: program.pid,
        [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
      },
    };
  },
};
