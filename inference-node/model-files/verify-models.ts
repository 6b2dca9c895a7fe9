// Are model files what they should be? Compared with the catalogue's SHA-256 where they are of the catalogue; of all, the
// structure is checked as before a start.
import { listModelParts } from '../gguf/model-parts.ts';
import type { ModelFile } from './find-model-file.ts';
import { verifyFile } from '../pull/verify-file.ts';

export type ModelVerdict = {
  file: string;
  name: string | null;
  ok: boolean;
  /** `catalogue`: size and SHA-256 as published; `structure`: a sound GGUF file, with nothing to compare it with. */
  checked: 'catalogue' | 'structure';
  /** Of the (first) file; null when it is not read to its end. */
  sha256: string | null;
  /** A sentence; null when it is sound. */
  problem: string | null;
};

export async function verifyModel({ path, name, expected }: ModelFile): Promise<ModelVerdict> {
  const checked = expected.sha256 === null ? 'structure' : 'catalogue';
  const verdict = { file: path, name, checked, ok: false, sha256: null } as const;
  const missing = (await listModelParts(path)).find(({ sizeBytes }) => sizeBytes === null);
  if (missing !== undefined) return { ...verdict, problem: `${missing.path} is missing; pull the model again.` };
  const verification = await verifyFile(path, expected);
  if (verification.ok) return { ...verdict, ok: true, sha256: verification.sha256, problem: null };
  const way =
    checked === 'catalogue' && verification.foreign ? ` Pull it again: hearthkey models pull ${name ?? path}` : '';
  return { ...verdict, problem: `${verification.problem}${way}` };
}
