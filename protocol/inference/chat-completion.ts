// `POST /v1/chat/completions`: request, response and stream chunk
// (https://platform.openai.com/docs/api-reference/chat). Text only.
import * as z from 'zod';
import { absentWhenNull } from './absent.ts';
import { generationParameters, labelParameters, MAX_COMPLETION_TOKENS } from './generation-parameters.ts';
import { chatLogProbabilitiesSchema } from './log-probabilities.ts';
import { responseFormatSchema } from './response-format.ts';
import { textSchema } from './text.ts';
import { toolCallDeltaSchema, toolCallIdSchema, toolCallSchema, toolCallsSchema, toolParameters } from './tools.ts';
import { systemFields } from './timings.ts';
import { usageSchema } from './usage.ts';

/** Bounds the work of validation; the body cap bounds the text itself. */
const MAX_MESSAGES = 4096;
const MAX_CONTENT_PARTS = 256;
const MAX_NAME_LENGTH = 64;
/** OpenAI's own bound. */
const MAX_TOP_LOGPROBS = 20;
/** The body cap is the real bound; this one is the largest that a raised cap can reach, in UTF-16 units. */
const MAX_TEXT_LENGTH = 64 * 1024 * 1024;

const textPartSchema = z.strictObject({ type: z.literal('text'), text: textSchema(MAX_TEXT_LENGTH) });

const contentSchema = z.union([
  textSchema(MAX_TEXT_LENGTH),
  z
    .array(textPartSchema)
    .min(1)
    .max(MAX_CONTENT_PARTS)
    .transform((parts) => parts.map((part) => part.text).join('')),
]);

export const chatMessageSchema = z
  .strictObject({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
    content: absentWhenNull(contentSchema).meta({
      description: 'A text. Only an assistant that calls tools may have none.',
    }),
    name: absentWhenNull(z.string().max(MAX_NAME_LENGTH)),
    refusal: absentWhenNull(z.never()),
    tool_calls: absentWhenNull(toolCallsSchema).meta({ description: "The calls of an assistant's message." }),
    tool_call_id: absentWhenNull(toolCallIdSchema).meta({ description: "The call that a tool's message answers." }),
  })
  .superRefine(({ role, content, tool_calls, tool_call_id }, context) => {
    if (content === undefined && tool_calls === undefined)
      context.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: ['content'] });
    if (tool_calls !== undefined && role !== 'assistant')
      context.addIssue({ code: 'custom', path: ['tool_calls'], message: 'only an assistant calls tools' });
    if (role === 'tool' && tool_call_id === undefined)
      context.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: ['tool_call_id'] });
    if (role !== 'tool' && tool_call_id !== undefined)
      context.addIssue({ code: 'custom', path: ['tool_call_id'], message: 'only a message of a tool answers a call' });
  })
  .transform((message) => ({ ...message, content: message.content ?? '' }))
  .meta({ id: 'ChatMessage' });

export const chatMessagesSchema = z.array(chatMessageSchema).min(1).max(MAX_MESSAGES);

export const chatCompletionRequestSchema = z
  .strictObject({
    ...generationParameters,
    messages: chatMessagesSchema,
    max_completion_tokens: absentWhenNull(z.int().min(1).max(MAX_COMPLETION_TOKENS)).meta({
      description: 'The newer name of max_tokens. When both are there they must be equal.',
    }),
    ...labelParameters,
    logprobs: absentWhenNull(z.boolean()),
    top_logprobs: absentWhenNull(z.int().min(0).max(MAX_TOP_LOGPROBS)).meta({
      description: 'With logprobs: how many of the likeliest tokens are told at each place.',
    }),
    response_format: absentWhenNull(responseFormatSchema),
    ...toolParameters,
    modalities: absentWhenNull(z.array(z.literal('text')).max(1)),
  })
  .refine((request) => bothLimitsAgree(request.max_tokens, request.max_completion_tokens), {
    path: ['max_completion_tokens'],
    message: 'max_tokens and max_completion_tokens differ; send one of them',
  })
  .refine(({ logprobs, top_logprobs }) => top_logprobs === undefined || logprobs === true, {
    path: ['top_logprobs'],
    message: 'it needs "logprobs": true',
  })
  .refine(
    ({ tool_choice, tools = [] }) =>
      typeof tool_choice !== 'object' || tools.some((tool) => tool.function.name === tool_choice.function.name),
    {
      path: ['tool_choice', 'function', 'name'],
      message: 'none of the tools has this name',
    },
  )
  .refine(({ tool_choice, tools = [] }) => tool_choice !== 'required' || tools.length > 0, {
    path: ['tool_choice'],
    message: 'it needs "tools"',
  })
  .refine(({ tools = [] }) => new Set(tools.map((tool) => tool.function.name)).size === tools.length, {
    path: ['tools'],
    message: 'two tools have the same name',
  })
  .meta({ id: 'ChatCompletionRequest' });

/** A validated chat request: contents joined to plain text, `stop` always an array, nulls gone. */
export type ChatCompletionRequest = z.infer<typeof chatCompletionRequestSchema>;
export type ChatMessage = z.infer<typeof chatMessageSchema>;

export const finishReasonSchema = z.enum(['stop', 'length']);
export type FinishReason = z.infer<typeof finishReasonSchema>;

/** As a chat tells it: an answer that ended with calls of tools is not the end of the matter. */
export const chatFinishReasonSchema = z.enum([...finishReasonSchema.options, 'tool_calls']);
export type ChatFinishReason = z.infer<typeof chatFinishReasonSchema>;

export const chatCompletionSchema = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int().meta({ description: 'Unix time in seconds.' }),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        message: z.object({
          role: z.literal('assistant'),
          content: z.string().nullable().meta({ description: 'Null where there are only calls of tools.' }),
          refusal: z.null(),
          tool_calls: z.array(toolCallSchema).optional(),
        }),
        logprobs: chatLogProbabilitiesSchema.nullable(),
        finish_reason: chatFinishReasonSchema,
      }),
    ),
    usage: usageSchema,
    ...systemFields,
  })
  .meta({ id: 'ChatCompletion' });

export type ChatCompletion = z.infer<typeof chatCompletionSchema>;

export const chatCompletionChunkSchema = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion.chunk'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        delta: z.object({
          role: z.literal('assistant').optional(),
          content: z.string().optional(),
          tool_calls: z.array(toolCallDeltaSchema).optional(),
        }),
        logprobs: chatLogProbabilitiesSchema.nullable(),
        finish_reason: chatFinishReasonSchema.nullable(),
      }),
    ),
    usage: usageSchema
      .nullable()
      .optional()
      .meta({ description: 'With stream_options.include_usage: null but in the last chunk.' }),
    ...systemFields,
  })
  .meta({ id: 'ChatCompletionChunk' });

export type ChatCompletionChunk = z.infer<typeof chatCompletionChunkSchema>;

function bothLimitsAgree(maxTokens: number | undefined, maxCompletionTokens: number | undefined): boolean {
  return maxTokens === undefined || maxCompletionTokens === undefined || maxTokens === maxCompletionTokens;
}
