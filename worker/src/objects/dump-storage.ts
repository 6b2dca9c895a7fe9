// An object's storage, page by page, while the object goes on working. Each page is read without interruption; between two of them
// the object may change. Where that matters (see storage-plan.ts), an object that was changed is begun again.
import type { StoragePage } from '../../../protocol/admin/backup.ts';
import type { DumpCursor, DumpedPage, PageSize } from '../../../protocol/objects/storage-dump.ts';
import { storedSchemaVersion } from './migrate-schema.ts';
import { tablesOf, type PlannedTable, type StoragePlan } from './storage-plan.ts';

/** An object that is changed as often as this while it is read is changed by a program that does not pause. */
const MAX_ATTEMPTS = 50;

type Cell = string | number | null;
type TablePart = StoragePage['tables'][number];
type Place = Omit<DumpCursor, 'mark'>;
/** What is left of a page. A row that is too large for any page still goes into an unused one. */
type Room = PageSize & { isUnused: boolean };
/** `after`: the last row that was read. `isWhole`: there are no more. */
type ReadRows = { part: TablePart; after: DumpCursor['after']; isWhole: boolean };

/** The page at `cursor` (null: the first) of the object that is called `object`. Null: it changed too often meanwhile. */
export function dumpStorage(
  sql: SqlStorage,
  plan: StoragePlan,
  object: string,
  cursor: DumpCursor | null,
  size: PageSize,
): DumpedPage | null {
  const version = storedSchemaVersion(sql);
  if (version === 0) return { page: { object, version, ...FIRST_PAGE, last: true, tables: [] }, next: null };
  const mark = plan.readMark(sql);
  const place = findPlace(plan, cursor, mark);
  if (place.attempt >= MAX_ATTEMPTS) return null;
  const { attempt, number } = place;
  const { parts, end } = readTables(sql, tablesOf(plan), place, size);
  const page = { object, version, attempt, number, last: end === null, tables: parts };
  return { page, next: end && { attempt, number: number + 1, ...end, mark } };
}

const FIRST_PAGE = { attempt: 0, number: 0 } as const;

function findPlace(plan: StoragePlan, cursor: DumpCursor | null, mark: string): Place {
  const begin = { table: 0, after: null };
  if (cursor === null) return { ...FIRST_PAGE, ...begin };
  const isOfOneMoment = cursor.table >= plan.together.length || cursor.mark === mark;
  return isOfOneMoment ? cursor : { attempt: cursor.attempt + 1, number: 0, ...begin };
}

/** Reads on from a place until the page is full. `end` null: that was all. */
function readTables(
  sql: SqlStorage,
  tables: readonly PlannedTable[],
  place: Place,
  size: PageSize,
): { parts: TablePart[]; end: Pick<Place, 'table' | 'after'> | null } {
  const parts: TablePart[] = [];
  const room: Room = { ...size, isUnused: true };
  let { after } = place;
  for (const [number, table] of tables.entries()) {
    if (number < place.table) continue;
    const read = readRows(sql, table, after, room);
    if (read.part.rows.length > 0) parts.push(read.part);
    if (!read.isWhole) return { parts, end: { table: number, after: read.after } };
    after = null;
  }
  return { parts, end: null };
}

/** Reads the rows after `after` that there is room for, and takes that room. */
function readRows(
  sql: SqlStorage,
  { name, order = ['rowid'] }: PlannedTable,
  after: DumpCursor['after'],
  room: Room,
): ReadRows {
  const key = order.join(', ');
  const found = sql.exec(
    `SELECT ${key}, * FROM ${name} ${after === null ? '' : `WHERE (${key}) > (${order.map(() => '?').join(', ')})`}
     ORDER BY ${key} LIMIT ?`,
    ...(after ?? []),
    room.rows + 1,
  );
  const part: TablePart = { name, columns: found.columnNames.slice(order.length), rows: [] };
  for (const values of found.raw<Cell[]>()) {
    const cells = values.slice(order.length);
    const characters = JSON.stringify(cells).length + 1;
    if (!room.isUnused && (room.rows === 0 || room.characters < characters)) return { part, after, isWhole: false };
    room.rows -= 1;
    room.characters -= characters;
    room.isUnused = false;
    part.rows.push(cells);
    after = values.slice(0, order.length) as NonNullable<DumpCursor['after']>;
  }
  return { part, after, isWhole: true };
}
