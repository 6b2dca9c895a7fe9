// Users in the admin API: one user is one account and owns keys.
import * as z from 'zod';
import { listQuery, pageSchema, searchSchema } from './admin-list.ts';
import { limitsSchema } from './limits.ts';
import { textSchema } from '../inference/text.ts';

const MAX_NAME_LENGTH = 128;
const MAX_EXTERNAL_ID_LENGTH = 256;
const MAX_METADATA_ENTRIES = 16;

const externalIdSchema = textSchema(MAX_EXTERNAL_ID_LENGTH).min(1);
export const nameSchema = textSchema(MAX_NAME_LENGTH).min(1);

/** Up to 16 short texts that the operator keeps beside a record. */
export const metadataSchema = z
  .record(z.string().min(1).max(64), textSchema(512))
  .refine((metadata) => Object.keys(metadata).length <= MAX_METADATA_ENTRIES, 'metadata has at most 16 entries');

export type Metadata = z.infer<typeof metadataSchema>;

/** A user's id is its account id: 8 base62 characters, the first half of each of its key ids. */
export const userIdSchema = z.string().regex(/^[0-9A-Za-z]{8}$/, 'a user id has 8 letters and digits');

export const userSchema = z
  .object({
    object: z.literal('user'),
    id: userIdSchema,
    name: z.string(),
    external_id: z.string().nullable().meta({ description: "The user's id in a system of yours." }),
    disabled: z.boolean().meta({ description: 'While true, none of its keys works.' }),
    limits: limitsSchema.nullable().meta({ description: 'For all keys of the user together; null: none.' }),
    metadata: metadataSchema,
    created_at: z.int().meta({ description: 'Unix time in seconds.' }),
  })
  .meta({ id: 'User' });

export type User = z.infer<typeof userSchema>;

export const createUserSchema = z
  .strictObject({
    name: nameSchema.meta({ description: 'Unique among users.' }),
    external_id: externalIdSchema.optional(),
    limits: limitsSchema.nullable().optional(),
    metadata: metadataSchema.optional(),
  })
  .meta({ id: 'CreateUser' });

export type CreateUser = z.infer<typeof createUserSchema>;

export const updateUserSchema = z
  .strictObject({
    name: nameSchema.optional(),
    external_id: externalIdSchema.nullable().optional(),
    disabled: z.boolean().optional(),
    limits: limitsSchema.nullable().optional(),
    metadata: metadataSchema.optional(),
  })
  .meta({
    id: 'UpdateUser',
    description: 'Absent fields stay as they are; `limits` and `metadata` are replaced whole.',
  });

export type UpdateUser = z.infer<typeof updateUserSchema>;

/** `PUT /admin/users`: for a user system that pushes its users here and repeats itself. */
export const upsertUserSchema = z
  .strictObject({
    external_id: externalIdSchema.meta({ description: 'Whose user it is; made when nobody has it yet.' }),
    name: nameSchema.meta({ description: 'Unique among users.' }),
    disabled: z.boolean().optional(),
    limits: limitsSchema.nullable().optional(),
    metadata: metadataSchema.optional(),
  })
  .meta({ id: 'UpsertUser', description: 'Absent fields stay as they are.' });

export type UpsertUser = z.infer<typeof upsertUserSchema>;

export const deletedUserSchema = z
  .object({ object: z.literal('user'), id: userIdSchema, deleted: z.literal(true) })
  .meta({ id: 'DeletedUser' });

export const listUsersQuerySchema = z.strictObject({
  ...listQuery,
  q: searchSchema.optional().meta({ description: 'A part of the name, of the external id or of the id.' }),
  external_id: externalIdSchema.optional(),
});
export const userPageSchema = pageSchema(userSchema).meta({ id: 'UserPage' });
