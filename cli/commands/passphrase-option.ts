// Where a backup's passphrase comes from, the same for `backup` and `restore`.
import { Option } from 'commander';
import { readPassphrase } from '../backup/read-passphrase.ts';
import { readBackupPassphrase } from '../config/environment.ts';

export function passphraseFileOption(): Option {
  return new Option(
    '--passphrase-file <file>',
    'file with the passphrase (default: HEARTHKEY_BACKUP_PASSPHRASE, or it is asked for)',
  );
}

/** From the option's file, the environment or the terminal. Throws a `CliFailure` when there is none. */
export function choosePassphrase(file: string | undefined, use: 'new' | 'known'): Promise<string> {
  const terminal = { input: process.stdin, output: process.stderr };
  return readPassphrase({ file, variable: readBackupPassphrase(), terminal }, use);
}
