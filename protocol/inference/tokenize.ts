// `POST /v1/tokenize` and `POST /v1/detokenize`, in llama-server's words
// (https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md), with the model named as everywhere else.
import * as z from 'zod';
import { absentWhenNull } from './absent.ts';
import { chatMessagesSchema } from './chat-completion.ts';
import { modelIdSchema } from './model-id.ts';
import { textSchema } from './text.ts';
import { tokenIdSchema } from './text-or-tokens.ts';
import { toolParameters } from './tools.ts';

/** In UTF-16 units. A longer text can be sent in parts. */
const MAX_TEXT_LENGTH = 1_048_576;
const MAX_TOKENS = 1_000_000;

const modelSchema = modelIdSchema.meta({ description: 'A model id from GET /v1/models.' });

export const tokenizeRequestSchema = z
  .strictObject({
    model: modelSchema,
    content: absentWhenNull(textSchema(MAX_TEXT_LENGTH)).meta({ description: 'A text.' }),
    messages: absentWhenNull(chatMessagesSchema).meta({
      description: "Instead of `content`: a chat, in the model's own template, as a chat completion would read it.",
    }),
    tools: toolParameters.tools.meta({ description: 'With `messages`: the tools that are offered.' }),
    add_special: absentWhenNull(z.boolean()).meta({
      description: 'With `content`: whether the token that begins a text is put in front. Default false.',
    }),
    parse_special: absentWhenNull(z.boolean()).meta({
      description: 'With `content`: whether the text of a control token is that token. Default true.',
    }),
    with_pieces: absentWhenNull(z.boolean()).meta({ description: 'Tells the text of each token, too.' }),
  })
  .refine(({ content, messages }) => (content === undefined) !== (messages === undefined), {
    path: ['content'],
    message: 'give either "content" or "messages"',
  })
  .refine(({ content, tools }) => content === undefined || tools === undefined, {
    path: ['tools'],
    message: 'it goes with "messages"',
  })
  .meta({ id: 'TokenizeRequest' });

export type TokenizeRequest = z.infer<typeof tokenizeRequestSchema>;

export const tokenizedSchema = z
  .object({
    model: z.string(),
    count: z.int().min(0),
    tokens: z.union([
      z.array(tokenIdSchema),
      z.array(
        z.object({
          id: tokenIdSchema,
          piece: z.string().meta({ description: 'U+FFFD stands for bytes that are no whole character.' }),
        }),
      ),
    ]),
  })
  .meta({ id: 'Tokenized' });

export const detokenizeRequestSchema = z
  .strictObject({ model: modelSchema, tokens: z.array(tokenIdSchema).max(MAX_TOKENS) })
  .meta({ id: 'DetokenizeRequest' });

export type DetokenizeRequest = z.infer<typeof detokenizeRequestSchema>;

export const detokenizedSchema = z
  .object({
    model: z.string(),
    content: z.string().meta({ description: 'With the texts of control tokens.' }),
  })
  .meta({ id: 'Detokenized' });
