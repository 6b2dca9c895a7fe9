// What a backup file holds, when it is decrypted and unpacked: lines of JSON, of which the first tells whose backup it is and the last
// one what must have come before it.
import * as z from 'zod';
import { backupPartSchema, storagePageSchema } from '../../protocol/admin/backup.ts';
import { gatewaySecretsSchema } from '../state-folder/gateway-secrets.ts';

const gatewayRecordSchema = z.object({
  kind: z.literal('gateway'),
  /** Stands for the key-check secret that the gateway had. */
  keyCheck: backupPartSchema.shape.key_check,
  /** Null: they were left out. */
  secrets: gatewaySecretsSchema.nullable(),
});

const pagesRecordSchema = z.object({ kind: z.literal('pages'), pages: z.array(storagePageSchema) });

const endRecordSchema = z.object({
  kind: z.literal('end'),
  accounts: z.int().min(0),
  keys: z.int().min(0),
  rows: z.int().min(0),
});

export const backupRecordSchema = z.discriminatedUnion('kind', [
  gatewayRecordSchema,
  pagesRecordSchema,
  endRecordSchema,
]);

export type BackupRecord = z.infer<typeof backupRecordSchema>;
export type GatewayRecord = z.infer<typeof gatewayRecordSchema>;
/** How much there is, by which a restore sees that all has come. */
export type BackupTotals = Omit<z.infer<typeof endRecordSchema>, 'kind'>;
