// After a crash: does usage add up? What the gateway reports must be what the node's journal holds, call by call what clients were
// told, and beside that no more than what nobody can know of calls that were cut.
import { expect } from 'vitest';
import type { UsageRow } from '../../../protocol/admin/usage.ts';
import type { JournalRecord } from '../../../protocol/node/node-api.ts';
import type { CallLedger, LoadKey } from './call-ledger.ts';

/** More than the gateway ever estimates for the prompts of this test, in tokens. */
const LARGEST_ESTIMATE = 200;

const NOTHING = { calls: 0, prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, estimated_calls: 0 };

type Sum = typeof NOTHING;

/** Every call that came whole to its client is in the node's journal, once, with the tokens that the client was told. */
export function expectWholeCallsJournalled(
  keyId: string,
  ledger: CallLedger,
  records: ReadonlyMap<string, JournalRecord>,
): void {
  for (const { callId, usage } of ledger.whole(keyId)) {
    expect(records.get(callId), callId).toMatchObject({
      keyId,
      promptTokens: usage.prompt_tokens,
      cachedTokens: usage.prompt_tokens_details.cached_tokens,
      completionTokens: usage.completion_tokens,
    });
  }
}

/** What is wrong with the report of a key; empty: nothing. */
export function usageProblems(
  { id }: LoadKey,
  rows: readonly UsageRow[],
  ledger: CallLedger,
  records: Iterable<JournalRecord>,
): string[] {
  const row: Sum = rows.find(({ key_id }) => key_id === id) ?? NOTHING;
  const journal = sumUp([...records].filter(({ keyId }) => keyId === id));
  const problems: string[] = [];
  const expectBetween = (name: keyof Sum, least: number, most: number): void => {
    const value = row[name];
    if (value < least || value > most) problems.push(`${id} ${name}: ${value}, not ${least} to ${most}`);
  };
  const unknown = ledger.uncertain(id);
  expectBetween('calls', journal.calls, ledger.whole(id).length + unknown);
  expectBetween('estimated_calls', 0, unknown);
  expectBetween('completion_tokens', journal.completion_tokens, journal.completion_tokens);
  expectBetween('cached_tokens', journal.cached_tokens, journal.cached_tokens);
  const estimated = row.estimated_calls * LARGEST_ESTIMATE;
  expectBetween('prompt_tokens', journal.prompt_tokens, journal.prompt_tokens + estimated);
  return problems;
}

function sumUp(records: readonly JournalRecord[]): Sum {
  const sum = { ...NOTHING };
  for (const { promptTokens, cachedTokens, completionTokens } of records) {
    sum.calls += 1;
    sum.prompt_tokens += promptTokens;
    sum.cached_tokens += cachedTokens;
    sum.completion_tokens += completionTokens;
  }
  return sum;
}
