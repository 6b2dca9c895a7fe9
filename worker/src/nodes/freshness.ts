// How old what is known of the nodes may be, in milliseconds: of their list and of each.

/** Up to this age it is used as it is. */
export const FRESH_MS = 2_000;
/** Up to this age it is used, and renewed behind the call; older, the call waits. */
export const USABLE_MS = 30_000;
/** "Now": what would make the gateway refuse is looked up again first; calls that all want to be sure share one look. */
export const NOW_MS = 250;

/** `usual`: as fresh as a call needs; `now`: of this moment; `new`: asked for after this moment, for administrators. */
export type Freshness = 'usual' | 'now' | 'new';

/** How old what is known may be without waiting for news. */
export const WAIT_FROM_MS: Record<Freshness, number> = { usual: USABLE_MS, now: NOW_MS, new: -1 };
/** How old the news may be. */
export const NEWS_MS: Record<Freshness, number> = { usual: FRESH_MS, now: NOW_MS, new: 0 };
