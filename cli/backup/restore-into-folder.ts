// A state folder made of a backup. While it is being made a mark lies in the folder, and the secrets, without which `hearthkey up` does
// not take it for a gateway's, come last: what broke off is neither started nor mistaken for something to be kept.
import { rm } from 'node:fs/promises';
import type { Restored } from '../../protocol/admin/backup.ts';
import { AdminClient } from '../admin-client/admin-client.ts';
import { createAdminToken } from '../state-folder/admin-token.ts';
import { storeGatewaySecrets, type GatewaySecrets } from '../state-folder/gateway-secrets.ts';
import { refuseUsedFolder } from '../state-folder/refuse-used-folder.ts';
import { openStateFolder, type StateFolder } from '../state-folder/state-folder.ts';
import { lockStateFolder } from '../state-folder/state-lock.ts';
import { writeFileAtomically } from '../state-folder/write-file-atomically.ts';
import type { BackupContents, BackupFile } from './backup-file.ts';
import { sendBackup } from './send-backup.ts';

/** Nobody but their owner reads the files that this process and its children make. */
const OWNER_ONLY_UMASK = 0o077;

export type FolderRestore = {
  folder: string;
  file: BackupFile;
  contents: BackupContents;
  secrets: GatewaySecrets;
  /** False: the secrets alone, for a gateway at the edge. */
  storage: boolean;
  signal: AbortSignal;
};

/** Null: the secrets alone were restored. Leaves nothing behind when it fails. */
export async function restoreIntoFolder(
  restore: FolderRestore,
): Promise<{ state: StateFolder; restored: Restored | null }> {
  process.umask(OWNER_ONLY_UMASK);
  const state = await openStateFolder(restore.folder);
  const lock = await lockStateFolder(state);
  try {
    await refuseUsedFolder(state);
    await writeFileAtomically(state.restoring, `${restore.file.header.id}\n`);
    await removeAll(state);
    try {
      const restored = await fill(state, restore);
      await rm(state.restoring);
      return { state, restored };
    } catch (error) {
      await removeAll(state);
      await rm(state.restoring);
      throw error;
    }
  } finally {
    lock.release();
  }
}

async function fill(state: StateFolder, restore: FolderRestore): Promise<Restored | null> {
  const { file, contents, secrets, signal } = restore;
  const adminToken = await createAdminToken(state, secrets);
  let restored: Restored | null = null;
  if (restore.storage) {
    // Half a second of one core, which only this needs.
    const { withPrivateGateway } = await import('./private-gateway.ts');
    restored = await withPrivateGateway({ state, secrets, adminToken }, (target) =>
      sendBackup(new AdminClient(target), file, contents, signal),
    );
  }
  await storeGatewaySecrets(state, secrets);
  return restored;
}

/** What a restore writes, but for its mark. */
async function removeAll(state: StateFolder): Promise<void> {
  for (const path of [state.gatewaySecrets, state.gatewayKeys, state.adminToken, state.storage]) {
    await rm(path, { recursive: true, force: true });
  }
}
