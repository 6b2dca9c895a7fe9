// Nothing is written over a file of the operator's by accident.
import { lstat } from 'node:fs/promises';
import { CliFailure } from '../cli-failure.ts';

/** Throws a `CliFailure` when there is something of that name. */
export async function refuseExisting(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (found !== null) throw new CliFailure(`${path} is there already; name another file, or replace it with --force.`);
}
