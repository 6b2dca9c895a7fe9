// The product's version, as its package says it.
import { readFile } from 'node:fs/promises';
import { PROJECT_FILES } from './project-files.ts';

export async function readProductVersion(): Promise<string> {
  const text = await readFile(PROJECT_FILES.packageManifest, 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
