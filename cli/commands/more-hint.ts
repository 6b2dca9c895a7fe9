// The line under a table that is not the whole list.
import type { Page } from '../../protocol/admin/admin-list.ts';

/** How to see the rest, or nothing when there is none. */
export function moreHint(page: Page<unknown>): string {
  return page.has_more && page.last_id !== null ? `… more: --after ${page.last_id}\n` : '';
}
