// The gateway's state in pages: what `POST /admin/backup` gives out, and `POST /admin/restore` takes. A page holds rows of one
// object's tables as they are stored: digests and settings, never a secret. Pages are put back in the order in which they came.
import * as z from 'zod';
import { userIdSchema } from './admin-user.ts';

/** Far more than a page of any object's storage has, and than a part has pages. */
const MAX_TABLES = 32;
const MAX_PAGES = 64;
/** Room for the place in each of the accounts that one part begins with. */
const MAX_CURSOR_LENGTH = 16_384;

type Cell = string | number | null;

/** Checked by a function: a schema that looks at each cell takes half of the time of a whole restore. */
const rowsSchema = z
  .array(z.unknown())
  .refine((rows) => rows.every(isRow), 'rows are lists of texts, numbers and nulls')
  .meta({ description: 'Each a list of texts, numbers and nulls, one for each column.' }) as unknown as z.ZodType<
  Cell[][],
  Cell[][]
>;

export const storagePageSchema = z
  .strictObject({
    object: z.union([z.literal('registry'), userIdSchema]).meta({ description: '`registry`, or the id of a user.' }),
    version: z.int().min(0).meta({ description: "Of the object's schema; 0: it stores nothing yet." }),
    attempt: z
      .int()
      .min(0)
      .meta({ description: 'An object that was changed meanwhile is begun again with the next one.' }),
    number: z.int().min(0).meta({ description: 'Of the page, within object and attempt.' }),
    last: z.boolean(),
    tables: z
      .array(
        z.strictObject({
          name: z.string().max(64),
          columns: z.array(z.string().max(64)),
          rows: rowsSchema,
        }),
      )
      .max(MAX_TABLES),
  })
  .meta({ id: 'StoragePage' });

export type StoragePage = z.infer<typeof storagePageSchema>;

/** Stands for a key-check secret without telling it: keys work only where it is the same. */
const keyCheckSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'is 22 characters of base64url');

/** Of one backup, drawn by whoever makes it. */
const backupIdSchema = z.string().regex(/^[0-9A-Za-z]{16}$/, 'a backup id has 16 letters and digits');

export const backupRequestSchema = z
  .strictObject({
    cursor: z
      .string()
      .max(MAX_CURSOR_LENGTH)
      .optional()
      .meta({ description: 'Of the part before. Absent: from the beginning.' }),
  })
  .meta({ id: 'BackupRequest' });

export const backupPartSchema = z
  .object({
    object: z.literal('backup_part'),
    key_check: keyCheckSchema.meta({ description: "Stands for the gateway's key-check secret." }),
    pages: z.array(storagePageSchema),
    cursor: z.string().nullable().meta({ description: 'For the next part; null: this is the last one.' }),
  })
  .meta({ id: 'BackupPart' });

export type BackupPart = z.infer<typeof backupPartSchema>;

export const restoreRequestSchema = z
  .strictObject({
    backup: backupIdSchema,
    key_check: keyCheckSchema,
    pages: z.array(storagePageSchema).max(MAX_PAGES),
  })
  .meta({ id: 'RestoreRequest' });

export type RestoreRequest = z.infer<typeof restoreRequestSchema>;

export const restoredPartSchema = z
  .object({ object: z.literal('restored_part'), backup: backupIdSchema })
  .meta({ id: 'RestoredPart' });

export const finishRestoreSchema = z
  .strictObject({
    backup: backupIdSchema,
    accounts: z.int().min(0).meta({ description: 'How many there are in the backup.' }),
    rows: z.int().min(0).meta({ description: 'How many rows of all tables together.' }),
  })
  .meta({ id: 'FinishRestore' });

export type FinishRestore = z.infer<typeof finishRestoreSchema>;

export const restoredSchema = z
  .object({ object: z.literal('restored'), backup: backupIdSchema, users: z.int(), keys: z.int() })
  .meta({ id: 'Restored' });

export type Restored = z.infer<typeof restoredSchema>;

function isRow(row: unknown): row is Cell[] {
  return (
    Array.isArray(row) && row.every((cell) => cell === null || typeof cell === 'string' || typeof cell === 'number')
  );
}
