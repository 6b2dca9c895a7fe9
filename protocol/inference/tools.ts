// Tools that a model may call (https://platform.openai.com/docs/guides/function-calling): what a request says of them, and the calls in
// messages.
import * as z from 'zod';
import { absentWhenNull } from './absent.ts';
import { jsonSchemaSchema } from './json-schema.ts';
import { textSchema } from './text.ts';

/** OpenAI's own bound. */
const MAX_TOOLS = 128;
const MAX_DESCRIPTION_LENGTH = 16_384;
/** Of one message. */
const MAX_CALLS = 128;
const MAX_ARGUMENTS_LENGTH = 1024 * 1024;
const MAX_ID_LENGTH = 128;

const nameSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'a name has 1 to 64 letters, digits, "_" and "-"');

export const toolSchema = z
  .strictObject({
    type: z.literal('function'),
    function: z.strictObject({
      name: nameSchema,
      description: absentWhenNull(textSchema(MAX_DESCRIPTION_LENGTH)),
      parameters: absentWhenNull(jsonSchemaSchema).meta({
        description: 'A JSON schema of an object; what the model writes is valid by it. Absent: no parameters.',
      }),
      strict: absentWhenNull(z.boolean()).meta({ description: 'Changes nothing: the schema is always enforced.' }),
    }),
  })
  .meta({ id: 'Tool' });

export type Tool = z.infer<typeof toolSchema>;

export const toolCallIdSchema = z.string().min(1).max(MAX_ID_LENGTH);

/** A call as an assistant's message tells it. */
export const toolCallSchema = z
  .strictObject({
    id: toolCallIdSchema,
    type: z.literal('function'),
    function: z.strictObject({ name: nameSchema, arguments: textSchema(MAX_ARGUMENTS_LENGTH) }),
  })
  .meta({ id: 'ToolCall' });

export type ToolCall = z.infer<typeof toolCallSchema>;

export const toolCallsSchema = z.array(toolCallSchema).min(1).max(MAX_CALLS);

/** A part of a call in a stream: the first one names it, the others bring its arguments. */
export const toolCallDeltaSchema = z.object({
  index: z.int(),
  id: z.string().optional(),
  type: z.literal('function').optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string() }),
});

export type ToolCallDelta = z.infer<typeof toolCallDeltaSchema>;

/** The fields of a chat request, to be spread into a strict object. */
export const toolParameters = {
  tools: absentWhenNull(z.array(toolSchema).max(MAX_TOOLS)),
  tool_choice: absentWhenNull(
    z.union([
      z.enum(['none', 'auto', 'required']),
      z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: nameSchema }) }),
    ]),
  ).meta({
    description: 'Whether the model may, must or must not call a tool, or which one it must call. Absent: it may.',
  }),
  parallel_tool_calls: absentWhenNull(z.boolean()).meta({
    description: 'Whether one answer may have several calls, where the form of the model knows that. Absent: it may.',
  }),
} as const;
