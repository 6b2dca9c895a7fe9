// What names a model: its id on the node, or what a client asked for.
import * as z from 'zod';

const MAX_MODEL_ID_LENGTH = 128;

/** A model id, e.g. `tiny-llama` or `bartowski/Llama-3.2-1B-Instruct`. */
export const modelIdSchema = z
  .string()
  .min(1)
  .max(MAX_MODEL_ID_LENGTH)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/,
    'a model id has letters, digits and . _ : / @ - and starts with a letter or digit',
  );
