// The models that `hearthkey models pull` knows by a short name: models/catalogue.json. Sources are pinned to a revision,
// so that size and SHA-256 stay true; what could not be confirmed is null, never guessed.
import * as z from 'zod';
import {
  fileSizeSchema,
  ggufFileNameSchema,
  sha256HexSchema,
  shortModelNameSchema,
  trainedContextSchema,
} from './model-file.ts';

/**
 * A file on Hugging Face as node-llama-cpp resolves it, `hf:<user>/<repository>/<file>.gguf`, with `#<revision>` to pin it
 * (https://node-llama-cpp.withcat.ai/guide/downloading-models#model-uris).
 */
export const huggingFaceUriSchema = z
  .string()
  .max(512)
  .regex(
    /^hf:[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9._/-]+\.gguf(#[A-Za-z0-9._-]+)?$/,
    'a source has the form hf:user/repository/file.gguf#revision',
  );

const licenceSchema = z.strictObject({
  name: z.string().min(1),
  /** Identifier of the SPDX list; null where it has none. */
  spdx: z.string().min(1).nullable(),
  url: z.url({ protocol: /^https$/ }),
});

export const catalogueModelSchema = z.strictObject({
  name: shortModelNameSchema,
  title: z.string().min(1),
  /** What it is good for, and what to know before using it. */
  description: z.string().min(1),
  source: huggingFaceUriSchema,
  /** The name that the file gets on disk. */
  file: ggufFileNameSchema,
  quantization: z.string().min(1),
  /** The licence of the weights, which is the user's to accept. */
  licence: licenceSchema,
  /** Null: not known. */
  sizeBytes: fileSizeSchema.nullable(),
  /** Null: not known. */
  sha256: sha256HexSchema.nullable(),
  contextLength: trainedContextSchema,
  /** In billions, as the model's maker states it. */
  parametersBillions: z.number().positive(),
});

export type CatalogueModel = z.infer<typeof catalogueModelSchema>;

export const modelCatalogueSchema = z.strictObject({
  models: z
    .array(catalogueModelSchema)
    .refine((models) => new Set(models.map(({ name }) => name)).size === models.length, 'names are unique'),
});

export type ModelCatalogue = z.infer<typeof modelCatalogueSchema>;
