// An object's storage in pages, as backups take it out and restores put it in.
import * as z from 'zod';
import type { StoragePage } from '../admin/backup.ts';

/** Where a dump goes on. Made by the object, and given back to it unread. */
export const dumpCursorSchema = z.strictObject({
  attempt: z.int().min(0),
  number: z.int().min(1),
  /** Place in the list of tables, and the last row that was read of it (null: none). */
  table: z.int().min(0),
  after: z.array(z.union([z.string(), z.number()])).nullable(),
  /** Stands for the state that the pages so far are of. */
  mark: z.string(),
});

export type DumpCursor = z.infer<typeof dumpCursorSchema>;

/** How much a page may hold. A row that is larger than that comes alone. */
export type PageSize = { rows: number; characters: number };

export type DumpedPage = { page: StoragePage; next: DumpCursor | null };

export type LoadRefusal =
  /** The object holds something already. */
  | 'not_empty'
  /** Pages of another backup were begun with. */
  | 'other_backup'
  /** A newer release wrote it. */
  | 'newer_version'
  /** A page before this one is missing. */
  | 'out_of_order'
  /** No release wrote this. */
  | 'malformed';

/** What of a page the Registry has as it was earlier, or not at all. */
export type StaleCopies = {
  /** The account's own state. */
  account: boolean;
  keys: string[];
  /** Begins of hours (Unix seconds) whose usage is more than the Registry was told. */
  hours: number[];
};

/** `rows`: how many the object has, once its last page is in; null: more pages are to come. */
export type LoadAnswer = { ok: true; rows: number | null } | { ok: false; reason: LoadRefusal };

/** The part of the Account object that backups use. */
export interface StorageDump {
  /** The next page; null: the account was changed all the time, so that no pages of one moment could be had. */
  dumpStorage(accountId: string, cursor: DumpCursor | null, size: PageSize): Promise<DumpedPage | null>;

  /**
   * Puts a page into an account that was never opened, which is opened by the last one. A page that is in already is passed
   * over, so that all pages may be sent again. `stale`: what the Registry has to be told of it afterwards.
   */
  loadStorage(backup: string, page: StoragePage, stale: StaleCopies): Promise<LoadAnswer>;
}
