// A file that may not be there yet.
import { readFile } from 'node:fs/promises';

/** The file's text, or null when there is no such file. Other errors are thrown. */
export async function readOptionalFile(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
