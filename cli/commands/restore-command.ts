// `hearthkey restore FILE`: a state folder made of a backup, or an empty gateway elsewhere filled with it.
import { Command, Option } from 'commander';
import { AdminClient } from '../admin-client/admin-client.ts';
import { locateGateway } from '../admin-client/gateway-location.ts';
import { BackupFile, type BackupContents } from '../backup/backup-file.ts';
import { areSecretsOf } from '../backup/check-secrets.ts';
import { readSecretsFile } from '../backup/read-secrets-file.ts';
import { restoreIntoFolder } from '../backup/restore-into-folder.ts';
import { sendBackup } from '../backup/send-backup.ts';
import { untilStopped } from '../backup/until-stopped.ts';
import { CliFailure } from '../cli-failure.ts';
import { readEnvironment } from '../config/environment.ts';
import { formatTime } from '../output/format-time.ts';
import { print } from '../output/print.ts';
import type { GatewaySecrets } from '../state-folder/gateway-secrets.ts';
import { refuseUsedFolder } from '../state-folder/refuse-used-folder.ts';
import { stateFolderPaths, type StateFolder } from '../state-folder/state-folder.ts';
import { jsonOption, stateOption } from './global-options.ts';
import { choosePassphrase, passphraseFileOption } from './passphrase-option.ts';

type RestoreFlags = {
  state: string;
  passphraseFile?: string;
  secretsFile?: string;
  secretsOnly?: true;
  gateway?: string;
  adminTokenFile?: string;
  json?: true;
};

export function restoreCommand(): Command {
  return new Command('restore')
    .argument('<file>', 'the backup')
    .addOption(stateOption())
    .addOption(passphraseFileOption())
    .option('--secrets-file <file>', 'gateway-secrets.json for a backup that was made without secrets')
    .addOption(
      new Option(
        '--secrets-only',
        'make a state folder with the secrets alone, to deploy a gateway with them',
      ).conflicts('gateway'),
    )
    .option('--gateway <url>', 'fill an empty gateway that runs there, instead of a state folder')
    .option('--admin-token-file <file>', 'file with its admin token (default: HEARTHKEY_ADMIN_TOKEN)')
    .addOption(jsonOption())
    .action(async (path: string, flags: RestoreFlags) => {
      if (flags.gateway === undefined) await refuseUsedFolder(stateFolderPaths(flags.state));
      const file = await BackupFile.open(path, () => choosePassphrase(flags.passphraseFile, 'known'));
      const contents = await file.verify();
      if (flags.gateway === undefined) {
        const sentence = `Stopped; ${flags.state} is as it was.`;
        await untilStopped(sentence, (signal) => restoreFolder(file, contents, flags, signal));
      } else {
        const sentence =
          'Stopped half-way; repeat it with the same backup, or the gateway’s admin API answers nothing else.';
        const { gateway } = flags;
        await untilStopped(sentence, (signal) => restoreGateway(file, contents, { ...flags, gateway }, signal));
      }
    });
}

async function restoreFolder(
  file: BackupFile,
  contents: BackupContents,
  flags: RestoreFlags,
  signal: AbortSignal,
): Promise<void> {
  const secrets = await chooseSecrets(contents, flags.secretsFile);
  const storage = flags.secretsOnly !== true;
  const { state, restored } = await restoreIntoFolder({
    folder: flags.state,
    file,
    contents,
    secrets,
    storage,
    signal,
  });
  const { users = null, keys = null } = restored ?? {};
  const result = { backup: file.header.id, state: state.folder, adminTokenFile: state.adminToken, users, keys };
  const begun = restored === null ? 'Made' : `Restored ${counted(restored)}, as of ${timeOf(file)}, into`;
  print(flags.json, result, `${begun} ${state.folder}.\n${nextSteps(state, restored === null)}`);
}

async function restoreGateway(
  file: BackupFile,
  contents: BackupContents,
  flags: RestoreFlags & { gateway: string },
  signal: AbortSignal,
): Promise<void> {
  const target = await locateGateway(flags, readEnvironment());
  const restored = await sendBackup(new AdminClient(target), file, contents, signal);
  const result = { backup: file.header.id, gateway: target.gateway, users: restored.users, keys: restored.keys };
  print(
    flags.json,
    result,
    `Restored ${counted(restored)}, as of ${timeOf(file)}, into ${target.gateway}.\n` +
      'The admin tokens are those of the backup; the root token, too, unless the deployment names a new one.\n',
  );
}

/** Those of the backup, or of a file. Throws a `CliFailure` when there are none, or when no key would work under them. */
async function chooseSecrets({ gateway }: BackupContents, file: string | undefined): Promise<GatewaySecrets> {
  if (file === undefined) {
    if (gateway.secrets !== null) return gateway.secrets;
    throw new CliFailure(
      'The backup was made without secrets; give the gateway-secrets.json with --secrets-file FILE.',
    );
  }
  const secrets = await readSecretsFile(file);
  if (await areSecretsOf(secrets, gateway.keyCheck)) return secrets;
  throw new CliFailure(`${file} holds the secrets of another gateway: under them none of the keys would work.`);
}

function nextSteps({ folder, adminToken, gatewaySecrets, gatewayKeys }: StateFolder, secretsOnly: boolean): string {
  const token = `A new root admin token lies in ${adminToken}`;
  if (!secretsOnly) {
    return `${token}; the one before has stopped working.
Other admin tokens work as before. Start it with: npx hearthkey up --state ${folder}\n`;
  }
  return `1. Deploy a gateway with the secrets in ${gatewaySecrets}
   and the digest of the root admin token in ${adminToken} (docs/configuration.md says how).
   Nodes check its calls with ${gatewayKeys}.
2. Fill it: npx hearthkey restore FILE --gateway URL --admin-token-file ${adminToken}\n`;
}

function counted({ users, keys }: { users: number; keys: number }): string {
  return `${keys} ${keys === 1 ? 'key' : 'keys'} of ${users} ${users === 1 ? 'user' : 'users'}`;
}

function timeOf(file: BackupFile): string {
  return `${formatTime(file.header.created, '')} UTC`;
}
