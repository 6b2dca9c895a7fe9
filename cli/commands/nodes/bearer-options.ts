// The bearer that a server of another maker wants: the options of `nodes add` and `nodes update`. A file keeps it from everybody who can list this machine's processes.
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { CliFailure } from '../../cli-failure.ts';

export type BearerOptions = { bearerFile?: string; bearer?: string };

export function addBearerOptions(command: Command): Command {
  return command
    .option('--bearer-file <file>', 'with --openai: the file with the key that it wants')
    .option('--bearer <key>', 'the key itself, which every user of this machine can read while the command runs');
}

/** Undefined: none was given. Throws a `CliFailure` for a file that cannot be read. */
export async function readBearerOption({ bearerFile, bearer }: BearerOptions): Promise<string | undefined> {
  if (bearerFile === undefined) return bearer;
  try {
    return (await readFile(bearerFile, 'utf8')).trim();
  } catch (error) {
    throw new CliFailure(
      `The file ${bearerFile} cannot be read: ${error instanceof Error ? error.message : 'unknown'}`,
    );
  }
}
