// Looks at a model file before native code does: llama.cpp aborts its whole process on some damaged files. Reads the header
// only, and parses it synchronously: it happens at the start, where nothing else waits.
import { readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { findHeaderProblem } from './check-gguf-header.ts';
import type { ByteSource } from './gguf-cursor.ts';
import { readGgufFacts, type GgufFacts } from './gguf-facts.ts';
import { GgufProblem } from './gguf-problem.ts';
import { readGgufHeader } from './read-gguf-header.ts';

/** `reason`: one sentence with the way out, for the operator. */
export type GgufCheck = { ok: true; facts: GgufFacts } | { ok: false; reason: string };

/** Checks a model file. Never throws for what is in the file, nor for a file that cannot be read. */
export async function checkGgufFile(path: string): Promise<GgufCheck> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    return {
      ok: false,
      reason: `The model ${path} cannot be opened (${describe(error)}). Check the path and its permissions.`,
    };
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return { ok: false, reason: `The model ${path} is not a file. Give the path of a .gguf file.` };
    return checkGguf({ size: stat.size, read: (offset, length) => readExactly(file.fd, offset, length) }, path);
  } catch (error) {
    return {
      ok: false,
      reason: `The model ${path} cannot be read (${describe(error)}). Check the disk, or copy it again.`,
    };
  } finally {
    await file.close();
  }
}

/** The same for bytes from anywhere; `name` stands for them in the sentence. */
export function checkGguf(source: ByteSource, name: string): GgufCheck {
  try {
    const header = readGgufHeader(source);
    const problem = findHeaderProblem(header);
    if (problem !== null)
      return { ok: false, reason: `The model ${name} ${problem}. Download it again, or take another file.` };
    return { ok: true, facts: readGgufFacts(header) };
  } catch (error) {
    if (!(error instanceof GgufProblem)) throw error;
    return {
      ok: false,
      reason: `The model ${name} is not a usable GGUF file: ${error.message}. Download it again, or take another file.`,
    };
  }
}

function readExactly(file: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const read = readSync(file, bytes, done, length - done, offset + done);
    if (read === 0) throw new GgufProblem('it became shorter while it was read');
    done += read;
  }
  return bytes;
}

function describe(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
