// Puts a backup into a gateway, part by part, and in force when all is there.
import type { Restored } from '../../protocol/admin/backup.ts';
import type { AdminClient } from '../admin-client/admin-client.ts';
import type { BackupContents, BackupFile } from './backup-file.ts';

/** `contents`: of the verified file. Throws when `signal` is aborted. */
export async function sendBackup(
  client: AdminClient,
  file: BackupFile,
  contents: BackupContents,
  signal: AbortSignal,
): Promise<Restored> {
  const { id: backup } = file.header;
  const { keyCheck } = contents.gateway;
  let sending = Promise.resolve();
  for await (const record of file.records()) {
    signal.throwIfAborted();
    if (record.kind !== 'pages') continue;
    await sending;
    sending = client.backup.restore({ backup, key_check: keyCheck, pages: record.pages });
    // While it is under way the next one is read; its failure is met then.
    sending.catch(() => undefined);
  }
  await sending;
  const { accounts, rows } = contents.totals;
  return client.backup.finishRestore({ backup, accounts, rows });
}
