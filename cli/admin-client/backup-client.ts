// `/admin/backup` and `/admin/restore`: everything that is stored, in parts.
import {
  backupPartSchema,
  restoredPartSchema,
  restoredSchema,
  type BackupPart,
  type FinishRestore,
  type Restored,
  type RestoreRequest,
} from '../../protocol/admin/backup.ts';
import { adminRequest, type AdminTarget } from './admin-request.ts';

export class BackupClient {
  readonly #target: AdminTarget;

  constructor(target: AdminTarget) {
    this.#target = target;
  }

  /** Each part when it is asked for, to the last one. */
  async *read(): AsyncGenerator<BackupPart, void, undefined> {
    let cursor: string | null | undefined;
    do {
      const body = cursor === undefined ? {} : { cursor };
      const call = { method: 'POST', path: '/admin/backup', body, answer: backupPartSchema } as const;
      const part: BackupPart = await adminRequest(this.#target, call);
      yield part;
      ({ cursor } = part);
    } while (cursor !== null);
  }

  async restore(body: RestoreRequest): Promise<void> {
    await adminRequest(this.#target, { method: 'POST', path: '/admin/restore', body, answer: restoredPartSchema });
  }

  finishRestore(body: FinishRestore): Promise<Restored> {
    return adminRequest(this.#target, { method: 'POST', path: '/admin/restore/finish', body, answer: restoredSchema });
  }
}
