// What goes into a backup file, as it comes from the gateway.
import type { BackupPart } from '../../protocol/admin/backup.ts';
import type { GatewaySecrets } from '../state-folder/gateway-secrets.ts';
import type { BackupRecord, BackupTotals } from './backup-record.ts';
import { PageCount } from './page-count.ts';

export type CollectOptions = {
  parts: AsyncIterable<BackupPart>;
  /** Null: they are left out. Asked for with the first part, which tells whose they must be. */
  findSecrets: (keyCheck: string) => Promise<GatewaySecrets | null>;
  /** Told at the end. */
  onTotals: (totals: BackupTotals) => void;
};

/** Yields the records of the file, each when it is asked for. */
export async function* collectBackup({ parts, findSecrets, onTotals }: CollectOptions): AsyncGenerator<BackupRecord> {
  const count = new PageCount();
  let isFirst = true;
  for await (const { key_check: keyCheck, pages } of parts) {
    if (isFirst) yield { kind: 'gateway', keyCheck, secrets: await findSecrets(keyCheck) };
    isFirst = false;
    for (const page of pages) count.add(page);
    yield { kind: 'pages', pages };
  }
  onTotals(count.totals);
  yield { kind: 'end', ...count.totals };
}
