// Portkey's gateway on Node, forwarding to a custom host: no keys, no limits. PORTKEY names the folder of the installed
// package `@portkey-ai/gateway` (MIT; the project does not depend on it).
import { join } from 'node:path';
import { ChildProgram } from '../harness/child-program.ts';
import { freePort } from '../harness/free-port.ts';
import { CHAT_PATH, type Peer } from './peer.ts';

const PRELOAD = join(import.meta.dirname, 'portkey-preload.ts');

export const portkeyPeer: Peer = {
  name: 'portkey',
  description: "Portkey's gateway on Node, bare forward (it knows no keys)",
  async start({ upstream, folder }) {
    const path = process.env['PORTKEY'];
    if (path === undefined) return { started: false, reason: 'PORTKEY does not name an installed @portkey-ai/gateway' };
    const port = await freePort();
    const program = new ChildProgram({
      name: 'portkey',
      command: process.execPath,
      args: ['--import', PRELOAD, join(path, 'build/start-server.js'), `--port=${port}`, '--headless'],
      env: { NODE_ENV: 'production' },
      folder,
    });
    const origin = `http://127.0.0.1:${port}`;
    await program.untilAnswers(origin);
    const headers = { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${upstream}/v1` };
    return {
      started: true,
      peer: {
        url: origin + CHAT_PATH,
        headers,
        pid: program.pid,
        [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
      },
    };
  },
};
