// Starts the mock upstream. For requests per second it is nginx with fixed answers where that is installed (some 10 µs a
// request, so it is never what is measured); for streams, and where there is no nginx, the one in Node.
import { join } from 'node:path';
import { NODE_PATH } from '../../protocol/node/node-api.ts';
import { ChildProgram } from '../harness/child-program.ts';
import { freePort } from '../harness/free-port.ts';
import { startNginx } from '../harness/nginx-program.ts';
import { MOCK_ACKNOWLEDGED, MOCK_ANSWER, MOCK_JOURNAL, MOCK_STATUS, MOCK_USAGE_HEADERS } from './mock-contract.ts';

export type Upstream = AsyncDisposable & { name: string; origin: string };

/** `fixed`: it only has to answer, not to stream. */
export async function startUpstream(folder: string, kind: 'fixed' | 'streaming'): Promise<Upstream> {
  return (kind === 'fixed' ? await startFixedUpstream(folder) : null) ?? startNodeUpstream(folder);
}

async function startFixedUpstream(folder: string): Promise<Upstream | null> {
  const usage = Object.entries(MOCK_USAGE_HEADERS).map(([name, value]) => `add_header ${name} ${value};`);
  const nginx = await startNginx('mock-nginx', folder, {
    http: 'default_type application/json;',
    server: `location = ${NODE_PATH.status} { return 200 '${JSON.stringify(MOCK_STATUS)}'; }
    location = ${NODE_PATH.journal} { return 200 '${JSON.stringify(MOCK_JOURNAL)}'; }
    location = ${NODE_PATH.journalAck} { return 200 '${JSON.stringify(MOCK_ACKNOWLEDGED)}'; }
    location = ${NODE_PATH.chatCompletions} { ${usage.join(' ')} return 200 '${JSON.stringify(MOCK_ANSWER)}'; }
    location / { return 200 '{}'; }`,
    check: '/',
  });
  if (nginx === null) return null;
  const { program, origin } = nginx;
  return { name: 'mock (nginx)', origin, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

async function startNodeUpstream(folder: string): Promise<Upstream> {
  const port = await freePort();
  const program = new ChildProgram({
    name: 'mock-node',
    command: process.execPath,
    args: [join(import.meta.dirname, 'mock-upstream.ts'), String(port)],
    folder,
  });
  const origin = `http://127.0.0.1:${port}`;
  await program.untilAnswers(origin);
  return { name: 'mock (Node)', origin, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}
