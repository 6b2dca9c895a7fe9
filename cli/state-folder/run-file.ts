// What runs now on a state folder, so that other commands find it. Left behind after a crash: readers must expect that
// nobody answers there.
import { rm } from 'node:fs/promises';
import * as z from 'zod';
import { parseJson } from '../../protocol/parse-json.ts';
import { readOptionalFile } from './read-optional-file.ts';
import type { StateFolder } from './state-folder.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

const runSchema = z.object({
  pid: z.int().min(1),
  gateway: z.url(),
  /** Null with `--no-node`. */
  node: z.url().nullable(),
  /** The id of the key that this gateway signs calls to its node with. */
  signingKeyId: z.string().optional(),
});

export type Run = z.infer<typeof runSchema>;

/** The last run, or null when it ended in order. An unreadable file counts as none: it is only a hint. */
export async function readRunFile(state: StateFolder): Promise<Run | null> {
  const text = await readOptionalFile(state.run);
  return runSchema.safeParse(parseJson(text)).data ?? null;
}

export async function writeRunFile(state: StateFolder, run: Run): Promise<void> {
  await writeFileAtomically(state.run, `${JSON.stringify(run)}\n`);
}

export async function removeRunFile(state: StateFolder): Promise<void> {
  await rm(state.run, { force: true });
}
