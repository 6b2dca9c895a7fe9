// From body bytes to a validated request.
import type * as z from 'zod';
import { ApiError } from '../../protocol/errors/api-error.ts';
import { parseOrThrow } from '../../protocol/errors/parse-or-throw.ts';

const JSON_CONTENT_TYPE = /^application\/json(?:\s*;\s*charset=(?:utf-8|"utf-8"))?\s*$/i;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Parses a JSON body by a schema. Throws `unsupported_media_type`, `invalid_json`, or what validation found. */
export function parseJsonBody<T extends z.ZodType>(body: Uint8Array, contentType: string, schema: T): z.infer<T> {
  if (!JSON_CONTENT_TYPE.test(contentType)) throw new ApiError('unsupported_media_type');
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(body));
  } catch {
    // V8's message quotes the body, so it goes nowhere.
    throw new ApiError('invalid_json');
  }
  return parseOrThrow(schema, value);
}
