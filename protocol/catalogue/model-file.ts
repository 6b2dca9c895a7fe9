// What is known of a GGUF file before it is opened: enough to name it, fetch it and check that it is the right one.
import * as z from 'zod';

/** A short name to type, e.g. `llama-3.2-1b-instruct`. */
export const shortModelNameSchema = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9.-]*$/, 'a short model name has lower-case letters, digits, dots and hyphens');

/** A plain file name with the ending `.gguf`: never a path. */
export const ggufFileNameSchema = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.gguf$/, 'a GGUF file name has no folder and ends in .gguf');

/** SHA-256 of a whole file, in lower-case hexadecimal. */
export const sha256HexSchema = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 has 64 hexadecimal digits');

/** The longest context that the model was trained for, in tokens. */
export const trainedContextSchema = z.int().min(1);

/** Size in bytes. */
export const fileSizeSchema = z.int().min(1);
