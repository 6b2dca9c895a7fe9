// One nginx with a configuration of its own, on loopback, in a folder of its own: never the machine's.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildProgram } from './child-program.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';

/** More than any benchmark sends through one connection, so that none is closed in the middle. */
const REQUESTS_PER_CONNECTION = 1_000_000_000;

export type NginxProgram = { program: ChildProgram; origin: string };

/**
 * Starts nginx. `http` and `server`: lines for those blocks; `check`: a path that answers. Null when it is not installed.
 */
export async function startNginx(
  name: string,
  parent: string,
  { http = '', server, check }: { http?: string; server: string; check: string },
): Promise<NginxProgram | null> {
  const nginx = findProgram('nginx');
  if (nginx === null) return null;
  const folder = join(parent, name);
  await mkdir(folder);
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  await writeFile(config, configuration({ folder, port, http, server }));
  const args = ['-p', folder, '-e', join(folder, 'error.log'), '-c', config];
  const program = new ChildProgram({ name, command: nginx, args, folder });
  const origin = `http://127.0.0.1:${port}`;
  await program.untilAnswers(origin + check);
  return { program, origin };
}

function configuration(options: { folder: string; port: number; http: string; server: string }): string {
  const { folder, port, http, server } = options;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(folder, kind)};`,
  );
  return `daemon off;
# One process: nothing is left behind when it is killed.
master_process off;
pid ${join(folder, 'pid')};
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests ${REQUESTS_PER_CONNECTION};
  ${temporary.join('\n  ')}
  ${http}
  server {
    listen 127.0.0.1:${port};
    ${server}
  }
}
`;
}
