// How an error looks on the wire: OpenAI's object, also inside a stream.
import * as z from 'zod';
import type { ApiError } from './api-error.ts';
import { ERROR_CODES, errorRule } from './error-codes.ts';

export const errorBodySchema = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.enum(ERROR_CODES),
    }),
  })
  .meta({ id: 'Error', description: "OpenAI's error object. `code` is stable; see docs/errors.md." });

export type ErrorBody = z.infer<typeof errorBodySchema>;

/** Renders an error as OpenAI's `{"error":{"message","type","param","code"}}`. */
export function renderErrorBody(error: ApiError): ErrorBody {
  return {
    error: { message: error.message, type: errorRule(error.code).type, param: error.param, code: error.code },
  };
}
