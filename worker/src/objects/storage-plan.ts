// What of an object's storage goes into a backup. Each table is named, so that a new one is neither forgotten nor taken along by
// accident: a test compares the plan with the schema.
import type { Migration } from './migrate-schema.ts';

export type PlannedTable = {
  name: string;
  /** The primary key of a table without rowid. Absent: rows are taken in the order of their rowid. */
  order?: readonly string[];
};

export type StoragePlan = {
  /** Named in errors. */
  owner: string;
  migrations: readonly Migration[];
  /** Read as of one moment: when the mark changes before the last of them is read, all are read again. */
  together: readonly PlannedTable[];
  /** Read afterwards, in this order, while calls go on changing them. */
  afterwards: readonly PlannedTable[];
  /** Not taken along: built anew after a restore. */
  leftOut: readonly string[];
  /** Another text after every change of the tables of `together` that matters. */
  readMark: (sql: SqlStorage) => string;
};

/** Reads all that is to be taken, in this order. */
export function tablesOf({ together, afterwards }: StoragePlan): readonly PlannedTable[] {
  return [...together, ...afterwards];
}
