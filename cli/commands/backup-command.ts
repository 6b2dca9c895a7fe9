// `hearthkey backup FILE`: everything that is needed to have every key work on another machine, in one encrypted file.
import { Command, Option } from 'commander';
import { AdminClient } from '../admin-client/admin-client.ts';
import type { AdminTarget } from '../admin-client/admin-request.ts';
import { locateGateway } from '../admin-client/gateway-location.ts';
import type { BackupTotals } from '../backup/backup-record.ts';
import { collectBackup } from '../backup/collect-backup.ts';
import { findSecrets } from '../backup/find-secrets.ts';
import { refuseExisting } from '../output/refuse-existing.ts';
import { untilStopped } from '../backup/until-stopped.ts';
import { writeBackupFile } from '../backup/write-backup-file.ts';
import { readEnvironment } from '../config/environment.ts';
import { readProductVersion } from '../config/product-version.ts';
import { formatBytes } from '../output/format-bytes.ts';
import { print } from '../output/print.ts';
import { stateFolderPaths } from '../state-folder/state-folder.ts';
import { addGatewayOptions, type GatewayOptions } from './global-options.ts';
import { choosePassphrase, passphraseFileOption } from './passphrase-option.ts';

type BackupFlags = GatewayOptions & {
  passphraseFile?: string;
  secretsFile?: string;
  withoutSecrets?: true;
  force?: true;
};

export function backupCommand(): Command {
  const command = new Command('backup')
    .argument('<file>', 'the file to write')
    .addOption(passphraseFileOption())
    .addOption(new Option('--secrets-file <file>', "the gateway's gateway-secrets.json (default: the state folder's)"))
    .addOption(
      new Option('--without-secrets', 'leave the secrets out: to restore, they must be given again').conflicts(
        'secretsFile',
      ),
    )
    .option('--force', 'replace a file of that name')
    .action(async (path: string, flags: BackupFlags) => {
      if (flags.force !== true) await refuseExisting(path);
      const target = await locateGateway(flags, readEnvironment());
      const passphrase = await choosePassphrase(flags.passphraseFile, 'new');
      const written = await untilStopped('Stopped; no file was written.', (signal) =>
        write(path, flags, { target, passphrase, signal }),
      );
      print(flags.json, { file: path, ...written }, describe(path, written));
    });
  return addGatewayOptions(command);
}

type Written = BackupTotals & { bytes: number; secrets: boolean };
type WriteInput = { target: AdminTarget; passphrase: string; signal: AbortSignal };

async function write(path: string, flags: BackupFlags, { target, passphrase, signal }: WriteInput): Promise<Written> {
  const wanted = flags.withoutSecrets !== true;
  const choice = { file: flags.secretsFile, wanted };
  let totals: BackupTotals = { accounts: 0, keys: 0, rows: 0 };
  const records = collectBackup({
    parts: new AdminClient(target).backup.read(),
    findSecrets: (keyCheck) => findSecrets(stateFolderPaths(flags.state), choice, keyCheck),
    onTotals: (counted) => {
      totals = counted;
    },
  });
  const product = await readProductVersion();
  const bytes = await writeBackupFile({ path, passphrase, replace: flags.force === true, product, signal }, records);
  return { ...totals, bytes, secrets: wanted };
}

function describe(path: string, { accounts, keys, bytes, secrets }: Written): string {
  const what = `${keys} ${keys === 1 ? 'key' : 'keys'} of ${accounts} ${accounts === 1 ? 'user' : 'users'}`;
  const hint = secrets
    ? 'With it and its passphrase every key works on another machine: keep the two apart.'
    : "Without the gateway's secrets none of the keys works elsewhere: keep its gateway-secrets.json, too.";
  return `Backed up ${what}, revoked and deleted ones included, to ${path} (${formatBytes(bytes)}).\n${hint}\n`;
}
