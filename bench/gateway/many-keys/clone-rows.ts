// Rows of a table like one that is there: the same but for some texts. So the state that is made has every column that this release's
// schema has, with what the gateway itself wrote there.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

export type Row = Record<string, SQLInputValue>;
/** What stands for what, wherever it occurs; earlier ones first. */
export type Replacements = readonly (readonly [string, string])[];

/** The one row of a table that `where` names. */
export function readRow(database: DatabaseSync, table: string, where: string): Row {
  const row = database.prepare(`SELECT * FROM ${table} WHERE ${where}`).get();
  if (row === undefined) throw new Error(`no row of ${table} where ${where}`);
  return row;
}

/** Gives a function that inserts a row like `model`. Columns of `leftOut` get what SQLite gives them. */
export function rowInserter(
  database: DatabaseSync,
  table: string,
  model: Row,
  leftOut: readonly string[] = [],
): (replacements: Replacements) => void {
  const columns = Object.keys(model).filter((column) => !leftOut.includes(column));
  const marks = columns.map(() => '?').join(', ');
  const insert = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`);
  return (replacements) => {
    insert.run(...columns.map((column) => replaceIn(model[column] ?? null, replacements)));
  };
}

export function replaceIn<Value>(value: Value, replacements: Replacements): Value | string {
  if (typeof value !== 'string') return value;
  return replacements.reduce<string>((text, [old, fresh]) => text.replaceAll(old, fresh), value);
}
