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

  /** From the first part to the last one. While a part is used, the next one is under way. */
  async *read(): AsyncGenerator<BackupPart, void, undefined> {
    for (let next: Promise<BackupPart> | null = this.#readPart({}); next !== null;) {
      const part: BackupPart = await next;
      next = part.cursor === null ? null : this.#readPart({ cursor: part.cursor });
      // Whoever takes the next part hears of its failure; one who takes no more need not.
      next?.catch(() => undefined);
      yield part;
    }
  }

  async restore(body: RestoreRequest): Promise<void> {
    await adminRequest(this.#target, { method: 'POST', path: '/admin/restore', body, answer: restoredPartSchema });
  }

  finishRestore(body: FinishRestore): Promise<Restored> {
    return adminRequest(this.#target, { method: 'POST', path: '/admin/restore/finish', body, answer: restoredSchema });
  }

  #readPart(body: { cursor?: string }): Promise<BackupPart> {
    return adminRequest(this.#target, { method: 'POST', path: '/admin/backup', body, answer: backupPartSchema });
  }
}
