// How long the admin list of keys takes a page, by where the page lies and what is asked for.
import type { AdminRequests, KeyPage } from './admin-requests.ts';

const PAGE_SIZE = '100';
/** Pages of each kind, one after the other. */
const PAGES = 10;
/** Every page is asked for so often; the first time may find cold caches, and counts too. */
const ROUNDS = 5;

export type ListSamples = {
  /** The kind of page, in the order of the table. */
  what: string;
  milliseconds: number[];
};

export async function measureLists(admin: AdminRequests): Promise<ListSamples[]> {
  const places = await findPlaces(admin);
  const samples: ListSamples[] = [];
  for (const { what, query } of [
    ...places,
    { what: 'keys of one user', query: { user_id: places[1]?.userId ?? '' } },
    { what: 'name holds "99"', query: { q: '99' } },
    { what: 'name holds what none has', query: { q: 'no key has this' } },
    { what: 'status revoked (none is)', query: { status: 'revoked' } },
  ]) {
    const milliseconds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) milliseconds.push(...(await timePages(admin, query)));
    samples.push({ what, milliseconds });
  }
  return samples;
}

async function timePages(admin: AdminRequests, query: Record<string, string>): Promise<number[]> {
  const milliseconds: number[] = [];
  let after: Record<string, string> = {};
  for (let pages = 0; pages < PAGES; pages++) {
    const { page, ms } = await admin.timeKeyPage({ limit: PAGE_SIZE, ...query, ...after });
    milliseconds.push(ms);
    if (!page.has_more || page.last_id === null) break;
    after = { after: page.last_id };
  }
  return milliseconds;
}

type Place = { what: string; query: Record<string, string>; userId: string };

/** Walks through the whole list once: where the middle and the last pages begin. */
async function findPlaces(admin: AdminRequests): Promise<Place[]> {
  const pages: KeyPage[] = [];
  for (let after: Record<string, string> | null = {}; after !== null;) {
    const { page }: { page: KeyPage } = await admin.timeKeyPage({ limit: PAGE_SIZE, ...after });
    pages.push(page);
    after = page.has_more && page.last_id !== null ? { after: page.last_id } : null;
  }
  const place = (what: string, index: number): Place => {
    const last = pages[index - 1]?.last_id ?? null;
    return { what, query: last === null ? {} : { after: last }, userId: pages[index]?.data[0]?.user_id ?? '' };
  };
  const oldest = Math.max(0, pages.length - PAGES);
  return [place('the newest', 0), place('in the middle', Math.floor(oldest / 2)), place('the oldest', oldest)];
}
