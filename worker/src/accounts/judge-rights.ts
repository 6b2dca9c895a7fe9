// What a key that works may do: judged by its Account, and by a gateway that holds a permit, in the same words.
import { keyScopeSchema } from '../../../protocol/admin/key-scope.ts';
import type { AdmitRequest, AdmitResult, KeyRights } from '../../../protocol/objects/account-admission.ts';

export type RightsRefusal =
  | Extract<AdmitResult, { reason: 'scope_not_allowed' } | { reason: 'max_tokens_over_limit' }>
  | { admitted: false; reason: 'model_not_allowed' };

/** The first right that the call lacks; null: none. */
export function judgeRights(
  { scopes, models, maxTokens }: Pick<KeyRights, 'scopes' | 'models' | 'maxTokens'>,
  call: Pick<AdmitRequest, 'scope' | 'model' | 'maxTokens' | 'maxTokensNamed'>,
): RightsRefusal | null {
  const scope = keyScopeSchema.safeParse(call.scope).data;
  if (scopes !== null && scope !== undefined && !scopes.includes(scope)) {
    return { admitted: false, reason: 'scope_not_allowed', scope };
  }
  if (call.model !== null && models !== null && !models.includes(call.model)) {
    return { admitted: false, reason: 'model_not_allowed' };
  }
  if (maxTokens !== null && call.maxTokensNamed && call.maxTokens > maxTokens) {
    return { admitted: false, reason: 'max_tokens_over_limit', limit: maxTokens };
  }
  return null;
}
