// A list of the admin API from its first page to its last.
import { MAX_PAGE_SIZE, type Page } from '../../protocol/admin/admin-list.ts';

type ReadPage<Item> = (place: { limit: number; after: string | undefined }) => Promise<Page<Item>>;

/** Yields every item; the next page is asked for when the one before it is used up. */
export async function* everyItem<Item>(readPage: ReadPage<Item>): AsyncGenerator<Item, void, undefined> {
  let after: string | undefined;
  do {
    const page = await readPage({ limit: MAX_PAGE_SIZE, after });
    yield* page.data;
    after = page.has_more ? (page.last_id ?? undefined) : undefined;
  } while (after !== undefined);
}
