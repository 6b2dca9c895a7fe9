// The passphrase of a backup: from a file, from the environment, or typed, without showing it.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CliFailure, EXIT_USAGE } from '../cli-failure.ts';

/** Shorter ones are guessed, and the file may lie about for years. */
const MIN_LENGTH = 12;
const QUESTION = 'Passphrase of the backup: ';

export type PassphraseSources = {
  /** `--passphrase-file`. */
  file: string | undefined;
  /** `HEARTHKEY_BACKUP_PASSPHRASE`. */
  variable: string | undefined;
  terminal: { input: NodeJS.ReadableStream & { isTTY?: boolean }; output: NodeJS.WritableStream };
};

/**
 * `new`: for a backup that is made, so it must be long enough, and is typed twice. Throws a `CliFailure` when there is none, or one
 * that will not do.
 */
export async function readPassphrase(sources: PassphraseSources, use: 'new' | 'known'): Promise<string> {
  const passphrase = await findPassphrase(sources, use);
  if (use === 'new' && passphrase.length < MIN_LENGTH) {
    throw new CliFailure(`The passphrase must have at least ${MIN_LENGTH} characters.`, EXIT_USAGE);
  }
  return passphrase;
}

async function findPassphrase({ file, variable, terminal }: PassphraseSources, use: 'new' | 'known'): Promise<string> {
  if (file !== undefined) return readPassphraseFile(file);
  if (variable !== undefined) return variable;
  if (terminal.input.isTTY !== true) {
    throw new CliFailure(
      'There is no passphrase; give it with --passphrase-file FILE or HEARTHKEY_BACKUP_PASSPHRASE.',
      EXIT_USAGE,
    );
  }
  const [first = '', second] = await ask(terminal, use === 'new' ? [QUESTION, 'Once more: '] : [QUESTION]);
  if (use === 'new' && second !== first)
    throw new CliFailure('The two passphrases differ; nothing was done.', EXIT_USAGE);
  return first;
}

async function readPassphraseFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new CliFailure(`The passphrase file ${path} cannot be read (${code}).`, EXIT_USAGE);
  }
}

/** Nothing of what is typed is shown. */
async function ask({ input, output }: PassphraseSources['terminal'], questions: readonly string[]): Promise<string[]> {
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const reader = createInterface({ input, output: silent, terminal: true });
  reader.once('SIGINT', () => {
    reader.close();
  });
  const lines = reader[Symbol.asyncIterator]();
  const answers: string[] = [];
  try {
    for (const question of questions) {
      output.write(question);
      const line = await lines.next();
      output.write('\n');
      if (line.done === true) throw new CliFailure('Stopped; nothing was done.');
      answers.push(line.value);
    }
    return answers;
  } finally {
    reader.close();
  }
}
