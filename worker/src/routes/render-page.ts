// A page of a list as the admin API answers it.
import type { Page } from '../../../protocol/admin/admin-list.ts';
import type { PageOf } from '../../../protocol/objects/registry-administration.ts';

/** Renders each record with `render`. */
export function renderPage<Record, Item extends { id: string }>(
  { items, hasMore }: PageOf<Record>,
  render: (record: Record) => Item,
): Page<Item> {
  const data = items.map(render);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: hasMore,
  };
}
