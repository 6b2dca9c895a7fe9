// Is a downloaded file the one that was meant, and a model at all?
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { checkGgufFile } from '../gguf/check-gguf-file.ts';

export type Expectation = { sizeBytes: number | null; sha256: string | null };
export type Verification =
  | { ok: true; sizeBytes: number; sha256: string }
  /** `foreign`: it is not the expected file, so it should not stay under that name. */
  | { ok: false; foreign: boolean; problem: string };

/** Larger than the default, since whole gigabytes are read. */
const READ_CHUNK_BYTES = 1_048_576;

/** Checks size, SHA-256 and GGUF header. Problems are sentences. */
export async function verifyFile(file: string, expected: Expectation): Promise<Verification> {
  const { size } = await stat(file);
  if (expected.sizeBytes !== null && size !== expected.sizeBytes) {
    return foreign(`${file} has ${size} bytes instead of ${expected.sizeBytes}`);
  }
  const sha256 = await hashFile(file);
  if (expected.sha256 !== null && sha256 !== expected.sha256) {
    return foreign(`${file} has the SHA-256 ${sha256} instead of ${expected.sha256}`);
  }
  const header = await checkGgufFile(file);
  if (header.ok) return { ok: true, sizeBytes: size, sha256 };
  // A file with the right digest is what its makers published, even if we cannot serve it.
  return { ok: false, foreign: expected.sha256 === null, problem: header.reason };
}

async function hashFile(file: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: READ_CHUNK_BYTES }), digest);
  return digest.digest('hex');
}

function foreign(fact: string): Verification {
  return { ok: false, foreign: true, problem: `${fact}: it is damaged or another file.` };
}
