// One node per state folder: two would take each other's running calls for dead ones. The lock is SQLite's on an empty
// database: the kernel holds it and lets go when the process dies in whatever way, so it is never stale.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** SQLite's result code for a lock that somebody else holds (https://sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;

export type StateLock = { release: () => void };

/** Takes the folder (made when absent, 0700) for this process; null when another one has it. */
export function acquireStateLock(directory: string): StateLock | null {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(directory, 'node.lock'), { timeout: 0 });
  try {
    // A journal in memory: nothing is ever written, and no file beside the lock appears.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return null;
    throw error;
  }
  return {
    release: () => {
      database.close();
    },
  };
}
