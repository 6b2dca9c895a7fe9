// The models that come with the project and need no download: models/embedded.json.
import * as z from 'zod';
import {
  fileSizeSchema,
  ggufFileNameSchema,
  sha256HexSchema,
  shortModelNameSchema,
  trainedContextSchema,
} from './model-file.ts';

export const embeddedModelSchema = z.strictObject({
  /** The id under which it is served. */
  id: shortModelNameSchema,
  /** Beside the manifest. */
  file: ggufFileNameSchema,
  /** `general.architecture` of the file. */
  architecture: z.enum(['llama', 'phi2']),
  parameters: z.int().min(1),
  contextLength: trainedContextSchema,
  sizeBytes: fileSizeSchema,
  sha256: sha256HexSchema,
});

export type EmbeddedModel = z.infer<typeof embeddedModelSchema>;

export const embeddedModelsSchema = z
  .strictObject({
    /** The id of the model that answers when a request names none. */
    default: shortModelNameSchema,
    models: z.array(embeddedModelSchema).min(1),
  })
  .refine(({ default: id, models }) => models.some((model) => model.id === id), 'the default is one of the models')
  .refine(({ models }) => new Set(models.map(({ id }) => id)).size === models.length, 'ids are unique');
