// A bare forwarding worker in our gateway's own layout: what is above it is what our checks cost.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildProgram } from '../harness/child-program.ts';
import { CHAT_PATH, type Peer } from './peer.ts';

export const bareForwardPeer: Peer = {
  name: 'bare worker',
  description: 'a bare forwarding Hono worker in the same workerd layout (no key, no parsing)',
  async start({ upstream, folder: parent }) {
    const folder = join(parent, 'bare-forward');
    await mkdir(folder);
    const program = new ChildProgram({
      name: 'bare-forward',
      command: process.execPath,
      args: [join(import.meta.dirname, 'bare-forward-host.ts'), new URL(upstream).host, folder],
      folder,
    });
    const url = await program.until(
      async () => /^URL (\S+)$/m.exec(await readFile(program.outputFile, 'utf8'))?.[1] ?? null,
    );
    return {
      started: true,
      peer: {
        url: url + CHAT_PATH,
        headers: {},
        pid: program.pid,
        [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
      },
    };
  },
};
