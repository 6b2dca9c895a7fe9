// The two kinds of answer that the Account gives to administrators.
import type { AccountRefusal } from '../../../protocol/objects/account-administration.ts';

export function accept<Value>(value: Value): { ok: true; value: Value } {
  return { ok: true, value };
}

export function refuse<Refusal extends AccountRefusal>(reason: Refusal): { ok: false; reason: Refusal } {
  return { ok: false, reason };
}
