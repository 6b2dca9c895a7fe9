// The two forms of what the Registry answers.
import type { RegistryRefusal } from '../../../protocol/objects/registry-administration.ts';

export type Refusal = { ok: false; reason: RegistryRefusal };

export function accept<Value>(value: Value): { ok: true; value: Value } {
  return { ok: true, value };
}

export function refuse(reason: RegistryRefusal): Refusal {
  return { ok: false, reason };
}
