// Is an audit chain whole? Pure: rows in, problems out. A row that was changed, removed, put elsewhere or cut off shows up by
// itself; a chain that somebody computed anew from some entry on shows up at the head that the other side keeps.
import type { AuditVerification } from '../../../protocol/admin/audit.ts';
import type { AuditHead } from '../../../protocol/objects/account-administration.ts';
import { parseJson } from '../../../protocol/parse-json.ts';
import type { KeyCheckSecrets } from '../keys/check-keys.ts';
import { FIRST_PREVIOUS_HASH, hashAuditEntry } from './audit-hash.ts';
import { isGenuineAuditHead } from './audit-head.ts';

/** As many as an answer holds: whoever sees them knows enough. */
const MAX_PROBLEMS = 100;

export type AuditRow = { sequence: number; entry: string; hash: string };

type Problem = AuditVerification['problems'][number];

/** Follows the rows in the order of their sequence numbers, and compares them with the head (null: there is none yet). */
export function verifyAuditRows(
  chain: string,
  rows: Iterable<AuditRow>,
  head: AuditHead | null,
  secrets: KeyCheckSecrets,
): Pick<AuditVerification, 'entries' | 'head_sequence' | 'problems'> {
  const problems: Problem[] = [];
  let entries = 0;
  let last = { sequence: 0, hash: FIRST_PREVIOUS_HASH };
  let hashAtHead: string | null = null;
  for (const row of rows) {
    entries += 1;
    const problem = checkRow(chain, row, last);
    if (problem !== null) problems.push(problem);
    if (row.sequence === head?.sequence) hashAtHead = row.hash;
    last = row;
  }
  if (head !== null) problems.push(...checkHead(chain, head, hashAtHead, last.sequence, secrets));
  return { entries, head_sequence: head?.sequence ?? null, problems: problems.slice(0, MAX_PROBLEMS) };
}

/** After a gap the row's own hash cannot be checked, since the one before it is gone. */
function checkRow(chain: string, row: AuditRow, last: { sequence: number; hash: string }): Problem | null {
  if (!namesItsPlace(row.entry, chain, row.sequence)) return { sequence: row.sequence, problem: 'changed' };
  if (row.sequence !== last.sequence + 1) return { sequence: last.sequence + 1, problem: 'gap' };
  const whole = hashAuditEntry(last.hash, row.entry) === row.hash;
  return whole ? null : { sequence: row.sequence, problem: 'changed' };
}

/** An entry carries its chain and its number, so that it holds at one place alone. */
function namesItsPlace(entry: string, chain: string, sequence: number): boolean {
  const told = parseJson(entry) as { chain?: unknown; sequence?: unknown } | null | undefined;
  return told?.chain === chain && told.sequence === sequence;
}

function checkHead(
  chain: string,
  head: AuditHead,
  hashAtHead: string | null,
  lastSequence: number,
  secrets: KeyCheckSecrets,
): Problem[] {
  const { sequence } = head;
  if (!isGenuineAuditHead(chain, head, secrets)) return [{ sequence, problem: 'head_forged' }];
  if (sequence > lastSequence) return [{ sequence: lastSequence + 1, problem: 'cut_off' }];
  return hashAtHead === null || hashAtHead === head.hash ? [] : [{ sequence, problem: 'head_differs' }];
}
