// Which secrets have an entry in the index: those that have not ended. A key that is disabled, or that has expired, keeps its
// entries, since it may come back.
import type { SecretRow } from './secret-store.ts';

/** A former secret is ended by the alarm at its end, which then owes the removal of its entry. */
export function isIndexed({ state }: Pick<SecretRow, 'state'>): boolean {
  return state !== 'revoked';
}
