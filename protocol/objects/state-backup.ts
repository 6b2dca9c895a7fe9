// What the admin routes of backup and restore ask of the Registry. It reads and writes its own storage, and that of the accounts
// through them.
import type { BackupPart, FinishRestore, Restored, RestoreRequest } from '../admin/backup.ts';
import type { AuditActor } from './audit-actor.ts';
import type { LoadRefusal } from './storage-dump.ts';

export type StateRefusal =
  | LoadRefusal
  | 'unknown_cursor'
  /** Somebody changes an object faster than it can be read. */
  | 'always_changing'
  | 'account_unavailable'
  /** The gateway has another key-check secret than the one that was backed up: no key would work. */
  | 'other_key_check'
  | 'no_restore_under_way'
  /** Pages are missing. */
  | 'incomplete';

export type StateAnswer<Value> = { ok: true; value: Value } | { ok: false; reason: StateRefusal };

export interface StateBackup {
  /** The next part of a backup: first the Registry's own storage, then that of all accounts there were then. */
  readBackup(cursor: string | null, actor: AuditActor): Promise<StateAnswer<Omit<BackupPart, 'object'>>>;

  /**
   * Takes a part of a backup. From the first one on, which only a Registry without users and keys takes, until `finishRestore`
   * nothing else is answered.
   */
  restorePages(part: RestoreRequest): Promise<StateAnswer<null>>;

  /** Checks that all is there, and puts it in force. */
  finishRestore(whole: FinishRestore, actor: AuditActor): Promise<StateAnswer<Omit<Restored, 'object' | 'backup'>>>;
}
