// `response_format` (https://platform.openai.com/docs/guides/structured-outputs): what the text of an answer must be.
import * as z from 'zod';
import { absentWhenNull } from './absent.ts';
import { jsonSchemaSchema } from './json-schema.ts';

const MAX_NAME_LENGTH = 64;
const MAX_DESCRIPTION_LENGTH = 4_096;

const namedSchemaSchema = z.strictObject({
  name: z
    .string()
    .max(MAX_NAME_LENGTH)
    .regex(/^[A-Za-z0-9_-]+$/, 'a name has letters, digits, "_" and "-" only'),
  description: absentWhenNull(z.string().max(MAX_DESCRIPTION_LENGTH)),
  schema: absentWhenNull(jsonSchemaSchema).meta({ description: 'Absent: any JSON object.' }),
  strict: absentWhenNull(z.boolean()).meta({ description: 'Changes nothing: a schema is always enforced.' }),
});

export const responseFormatSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('text') }),
    z.strictObject({ type: z.literal('json_object') }),
    z.strictObject({ type: z.literal('json_schema'), json_schema: namedSchemaSchema }),
  ])
  .meta({
    id: 'ResponseFormat',
    description: 'What the text of the answer must be. JSON is enforced while it is written.',
  });

export type ResponseFormat = z.infer<typeof responseFormatSchema>;
