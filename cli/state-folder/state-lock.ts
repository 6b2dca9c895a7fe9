// One `up` per state folder. The lock is SQLite's on an empty database: the kernel holds it and lets go when the process
// dies in whatever way, so there is no stale lock and no pid to misjudge.
import { DatabaseSync } from 'node:sqlite';
import { CliFailure } from '../cli-failure.ts';
import { readRunFile } from './run-file.ts';
import type { StateFolder } from './state-folder.ts';

/** SQLite's result code for a lock that somebody else holds (https://sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;

export type StateLock = { release(): void };

/** Takes the lock for this process, or throws a `CliFailure` that names who has it. */
export async function lockStateFolder(state: StateFolder): Promise<StateLock> {
  const database = new DatabaseSync(state.lock, { timeout: 0 });
  try {
    // A journal in memory: nothing is ever written, and no file beside the lock appears.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!(error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)) throw error;
    const run = await readRunFile(state);
    const who = run === null ? 'Another hearthkey' : `Another hearthkey (process ${run.pid}, ${run.gateway})`;
    throw new CliFailure(`${who} runs on ${state.folder}; stop it first, or give this one its own --state DIR.`);
  }
  return {
    release: () => {
      database.close();
    },
  };
}
