// A page from a read of one more item than it holds: the extra one tells whether more follow.
import type { PageOf } from '../../../protocol/objects/registry-administration.ts';

/** `read` holds up to `limit + 1` items. */
export function cutPage<Item>(read: readonly Item[], limit: number): PageOf<Item> {
  return { items: read.slice(0, limit), hasMore: read.length > limit };
}
