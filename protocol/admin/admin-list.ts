// Paging of every admin list, in OpenAI's form (https://platform.openai.com/docs/api-reference/admin-api-keys/list):
// newest first, `after` is the id of the last item seen.
import * as z from 'zod';

const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

/** Query of every list. Query values are texts, hence the coercion. */
export const listQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
  after: z.string().max(64).optional(),
} as const;

/** A part of a name, an id or the like; case does not matter. */
export const searchSchema = z.string().min(1).max(128);

/** The page schema for one kind of item. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({
    object: z.literal('list'),
    data: z.array(item),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  });
}

export type Page<T> = {
  object: 'list';
  data: T[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
};
