// Sums of what calls have used, by hour, key and model: written with each settlement. Refused calls are counted in memory and
// written with the next settlement or by the alarm: a flood of them must cost no writes.
import * as z from 'zod';
import type { UsageSum } from '../../../protocol/objects/usage-sum.ts';
import { noUsage } from '../usage/add-usage.ts';

/** From the first unwritten refusal until the alarm writes them. */
const REFUSALS_DUE_MS = 10_000;
/** Kinds of refusals that wait to be written: keys times models times codes. More are dropped, and only from the statistics. */
const MAX_KINDS = 10_000;

const errorsSchema = z.record(z.string(), z.int());

/** What one call adds; the numbers may be negative where an estimate is corrected. */
export type UsageOfCall = {
  calls: number;
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  estimatedCalls: number;
  /** Null: no first token. */
  firstTokenMs: number | null;
  error: string | null;
};

export const NO_USAGE: UsageOfCall = {
  calls: 0,
  promptTokens: 0,
  cachedTokens: 0,
  completionTokens: 0,
  estimatedCalls: 0,
  firstTokenMs: null,
  error: null,
};

export type UsagePlace = { hour: number; keyId: string; model: string };

export class UsageLedger {
  readonly #sql: SqlStorage;
  readonly #oweHour: (hour: number) => void;
  readonly #unwritten = new Map<string, { place: UsagePlace; sum: UsageSum }>();
  readonly #refusals = new Map<string, { place: UsagePlace; error: string; count: number }>();
  #refusalsDueMs: number | null = null;

  /** `oweHour` notes that an hour's sums have changed, for the roll-up. */
  constructor(sql: SqlStorage, oweHour: (hour: number) => void) {
    this.#sql = sql;
    this.#oweHour = oweHour;
  }

  /** Adds a call to an hour's sums; `write` stores them. */
  add(place: UsagePlace, usage: UsageOfCall): void {
    const sum = this.#sumOf(place);
    sum.calls += usage.calls;
    sum.promptTokens += usage.promptTokens;
    sum.cachedTokens += usage.cachedTokens;
    sum.completionTokens += usage.completionTokens;
    sum.estimatedCalls += usage.estimatedCalls;
    sum.firstTokens += usage.firstTokenMs === null ? 0 : 1;
    sum.firstTokenMs += usage.firstTokenMs ?? 0;
    if (usage.error !== null) sum.errors[usage.error] = (sum.errors[usage.error] ?? 0) + 1;
  }

  /** Stores what was added: one row for all calls of an hour, key and model. Inside the transaction of what added it. */
  write(): void {
    const unwritten = [...this.#unwritten.values()];
    this.#unwritten.clear();
    for (const { place, sum } of unwritten) {
      this.#addSum(place, sum);
      if (Object.keys(sum.errors).length > 0) this.#addErrors(place, sum.errors);
      this.#oweHour(place.hour);
    }
  }

  /** Counts a refused call. True: something has become due that was not before. */
  noteRefusal(place: UsagePlace, error: string, nowMs: number): boolean {
    const kind = JSON.stringify([place, error]);
    const noted = this.#refusals.get(kind);
    if (noted !== undefined) noted.count += 1;
    else if (this.#refusals.size < MAX_KINDS) this.#refusals.set(kind, { place, error, count: 1 });
    if (this.#refusalsDueMs !== null) return false;
    this.#refusalsDueMs = nowMs + REFUSALS_DUE_MS;
    return true;
  }

  /** When the refusals should be written, in Unix milliseconds; null: there are none. */
  get refusalsDueMs(): number | null {
    return this.#refusalsDueMs;
  }

  writeRefusals(): void {
    for (const { place, error, count } of this.#refusals.values()) {
      const { errors } = this.#sumOf(place);
      errors[error] = (errors[error] ?? 0) + count;
    }
    this.#refusals.clear();
    this.#refusalsDueMs = null;
    this.write();
  }

  /** Prompt and completion tokens, or calls, of a key (null: of all) for a model (null: for all) since a second. */
  readUsed(keyId: string | null, model: string | null, unit: 'requests' | 'tokens', since: number): number {
    const sum = unit === 'requests' ? 'calls' : 'prompt_tokens + completion_tokens';
    const query = `SELECT coalesce(sum(${sum}), 0) AS used FROM usage
                   WHERE hour >= ?1 AND (?2 IS NULL OR key_id = ?2) AND (?3 IS NULL OR model = ?3)`;
    return this.#sql.exec<{ used: number }>(query, since, keyId, model).one().used;
  }

  #sumOf(place: UsagePlace): UsageSum {
    const id = `${place.hour} ${place.keyId} ${place.model}`;
    let unwritten = this.#unwritten.get(id);
    if (unwritten === undefined) {
      unwritten = { place, sum: noUsage() };
      this.#unwritten.set(id, unwritten);
    }
    return unwritten.sum;
  }

  #addSum({ hour, keyId, model }: UsagePlace, sum: UsageSum): void {
    this.#sql.exec(
      `INSERT INTO usage (hour, key_id, model, calls, prompt_tokens, cached_tokens, completion_tokens, estimated_calls,
                          first_tokens, first_token_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (hour, key_id, model) DO UPDATE SET
         calls = calls + excluded.calls,
         prompt_tokens = prompt_tokens + excluded.prompt_tokens,
         cached_tokens = cached_tokens + excluded.cached_tokens,
         completion_tokens = completion_tokens + excluded.completion_tokens,
         estimated_calls = estimated_calls + excluded.estimated_calls,
         first_tokens = first_tokens + excluded.first_tokens,
         first_token_ms = first_token_ms + excluded.first_token_ms`,
      hour,
      keyId,
      model,
      sum.calls,
      sum.promptTokens,
      sum.cachedTokens,
      sum.completionTokens,
      sum.estimatedCalls,
      sum.firstTokens,
      sum.firstTokenMs,
    );
  }

  #addErrors({ hour, keyId, model }: UsagePlace, added: Record<string, number>): void {
    const where = 'WHERE hour = ? AND key_id = ? AND model = ?';
    const { errors: json } = this.#sql
      .exec<{ errors: string }>(`SELECT errors FROM usage ${where}`, hour, keyId, model)
      .one();
    const errors = errorsSchema.parse(JSON.parse(json));
    for (const [code, count] of Object.entries(added)) errors[code] = (errors[code] ?? 0) + count;
    this.#sql.exec(`UPDATE usage SET errors = ? ${where}`, JSON.stringify(errors), hour, keyId, model);
  }
}
