// What a models file may hold (docs/configuration.md has it in words). Bounds are the flags' bounds.
import * as z from 'zod';
import { MAX_MODEL_ALIASES } from '../../protocol/node/node-api.ts';
import { MAX_DIMENSIONS } from '../../protocol/inference/embeddings.ts';
import { modelIdSchema } from '../../protocol/inference/model-id.ts';
import {
  FLASH_ATTENTION_MODES,
  GPU_MODES,
  KV_CACHE_TYPES,
  LOAD_MODES,
  MAX_CONTEXT_SIZE,
  MAX_SEQUENCES,
  MAX_THREADS,
} from './bounds.ts';
import {
  DURATION_FORM,
  MEMORY_LIMIT_FORM,
  parseDuration,
  parseMemoryLimit,
  parseSize,
  SIZE_FORM,
} from './quantities.ts';

const MAX_MODELS = 256;
const MAX_PATH_LENGTH = 4096;
/** More than any model has: "all of them" may be written as a large number. */
const MAX_GPU_LAYERS = 10_000;

/** Every call is compared with all of them. */
const MAX_SHARED_PROMPTS = 64;
/** Models that were trained for it name four or five. */
const MAX_CHOICES_OF_DIMENSIONS = 32;

const wholeNumber = (min: number, max: number) =>
  z.int(`must be a whole number from ${min} to ${max}`).min(min).max(max);
const oneOf = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, `must be one of ${names.join(', ')}`);
const pathSchema = z.string('must be a path').min(1).max(MAX_PATH_LENGTH);

/** A text that `parse` reads. */
const written = <Value>(form: string, parse: (text: string) => Value | null) =>
  z.string(form).transform((text, context) => {
    const value = parse(text);
    if (value !== null) return value;
    context.addIssue({ code: 'custom', message: form });
    return z.NEVER;
  });
const durationSchema = written(DURATION_FORM, parseDuration);

const NEEDS_FLASH_ATTENTION = "a KV cache other than f16 needs flash attention: take out flash_attention = 'off'";

const NEEDS_PREFIX_STORE = 'there is no store without its size: prefix_store = "2GiB"';

export const modelEntrySchema = z
  .strictObject({
    id: modelIdSchema,
    path: pathSchema,
    aliases: z.array(modelIdSchema).max(MAX_MODEL_ALIASES).optional(),
    context_size: wholeNumber(64, MAX_CONTEXT_SIZE).optional(),
    sequences: wholeNumber(1, MAX_SEQUENCES).optional(),
    gpu_layers: wholeNumber(0, MAX_GPU_LAYERS).optional(),
    kv_cache_type: oneOf(KV_CACHE_TYPES).optional(),
    flash_attention: oneOf(FLASH_ATTENTION_MODES).optional(),
    chat_template: pathSchema.optional(),
    default_max_tokens: wholeNumber(1, MAX_CONTEXT_SIZE).optional(),
    load: oneOf(LOAD_MODES).optional(),
    shared_prompts: z.array(pathSchema, 'must be a list of files').max(MAX_SHARED_PROMPTS).optional(),
    embedding_dimensions: z
      .array(wholeNumber(1, MAX_DIMENSIONS), 'must be a list of numbers of dimensions, such as [256, 512]')
      .min(1)
      .max(MAX_CHOICES_OF_DIMENSIONS)
      .optional(),
  })
  .refine((model) => model.flash_attention !== 'off' || (model.kv_cache_type ?? 'f16') === 'f16', {
    path: ['kv_cache_type'],
    error: NEEDS_FLASH_ATTENTION,
  });

export const modelsFileSchema = z
  .strictObject({
    gpu: oneOf(GPU_MODES).optional(),
    threads: wholeNumber(1, MAX_THREADS).optional(),
    memory_limit: written(MEMORY_LIMIT_FORM, parseMemoryLimit).optional(),
    idle_unload: durationSchema.optional(),
    load_wait: durationSchema.optional(),
    prefix_store: written(SIZE_FORM, parseSize).optional(),
    prefix_store_folder: pathSchema.optional(),
    prefix_store_keep: z.boolean('must be true or false').optional(),
    models: z.array(modelEntrySchema, 'must be [[models]] tables').min(1).max(MAX_MODELS),
  })
  .refine((file) => file.prefix_store !== undefined || file.prefix_store_folder === undefined, {
    path: ['prefix_store_folder'],
    error: NEEDS_PREFIX_STORE,
  })
  .refine((file) => file.prefix_store !== undefined || file.prefix_store_keep === undefined, {
    path: ['prefix_store_keep'],
    error: NEEDS_PREFIX_STORE,
  });

export type ModelEntry = z.infer<typeof modelEntrySchema>;
export type ModelsFileContent = z.infer<typeof modelsFileSchema>;
