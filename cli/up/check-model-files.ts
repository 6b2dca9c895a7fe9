// Whether the model files given can be read and look like GGUF, found out before anything is started. The node looks deeper.
import { open } from 'node:fs/promises';
import { CliFailure } from '../cli-failure.ts';

/** The first four bytes of every GGUF file. */
const GGUF_MAGIC = 'GGUF';

/** Throws a `CliFailure` for the first of `models` (`FILE` or `id=FILE`) that is not a readable GGUF file. */
export async function checkModelFiles(models: readonly string[]): Promise<void> {
  for (const model of models) {
    const file = model.slice(model.indexOf('=') + 1);
    const problem = await findProblem(file);
    if (problem !== null)
      throw new CliFailure(`The model ${file} ${problem}; name a readable GGUF file with --model FILE.`);
  }
}

async function findProblem(path: string): Promise<string | null> {
  try {
    await using file = await open(path, 'r');
    if (!(await file.stat()).isFile()) return 'is not a file';
    const { buffer, bytesRead } = await file.read(Buffer.alloc(GGUF_MAGIC.length), 0, GGUF_MAGIC.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === GGUF_MAGIC ? null : 'is not in GGUF format';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return 'does not exist';
    return `cannot be read (${String(code)})`;
  }
}
