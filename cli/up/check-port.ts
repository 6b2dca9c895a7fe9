// Whether an address can be listened on, found out before anything is started.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { CliFailure } from '../cli-failure.ts';

/** Throws a `CliFailure` that names `flag` as the way out when nobody can listen on `host:port`. 0 always can. */
export async function checkPort(host: string, port: number, flag: string): Promise<void> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    throw new CliFailure(describe(error, host, port, flag));
  } finally {
    server.close();
  }
}

function describe(error: unknown, host: string, port: number, flag: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use; stop what uses it, or choose another with ${flag} N (0: any free one).`;
    case 'EACCES':
      return `Port ${port} may not be used without more rights; choose one above 1023 with ${flag} N.`;
    default:
      return `${host} is not an address of this machine (${code}); choose another with --host ADDRESS.`;
  }
}
