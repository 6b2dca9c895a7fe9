// A file that is either the old one or the new one, whole, also after a power cut; readable by its owner only.
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './sync-folder.ts';

/** Owner reads and writes; nobody else. */
const OWNER_ONLY_FILE = 0o600;

/** Replaces `path` by `text`: temporary file beside it, fsync, rename, fsync of the folder. */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', OWNER_ONLY_FILE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}
