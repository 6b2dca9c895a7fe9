// From the reason of a refusal to the one error that each kind has outside. All that is wrong with a key is one error; a model that
// it may not use looks like one that is not there.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { LimitRefusal } from '../../../protocol/objects/account-admission.ts';
import type { Decision } from '../accounts/admit-call.ts';
import { limitErrorCode } from '../limits/limit-error-code.ts';
import { modelNotFound } from '../nodes/choose-nodes.ts';

const MS_PER_SECOND = 1_000;

export function describeRefusal(refused: Exclude<Decision, { admitted: true }>): ApiError {
  switch (refused.reason) {
    case 'model_not_allowed':
      return modelNotFound(refused.reason);
    case 'scope_not_allowed':
      return new ApiError('insufficient_permissions', {
        message: `This key may not use this URL: it lacks the scope '${refused.scope}'.`,
        reason: refused.reason,
      });
    case 'max_tokens_over_limit':
      return new ApiError('invalid_value', {
        message: `'max_tokens' is too large: this key may ask for ${refused.limit} at most.`,
        param: 'max_tokens',
        reason: refused.reason,
      });
    case 'limit_reached':
      return describeLimit(refused.refusal);
    case 'unknown_key':
    case 'unknown_secret':
    case 'secret_ended':
    case 'key_revoked':
    case 'key_disabled':
    case 'key_expired':
    case 'user_disabled':
    case 'address_not_allowed':
      return new ApiError('invalid_api_key', { reason: refused.reason });
  }
}

function describeLimit(refusal: LimitRefusal): ApiError {
  const { name, scope, model, limit, retryAfterMs } = refusal;
  const what = `${limit} ${name.replaceAll('_', ' ').replace('per minute', 'a minute').replace('per day', 'a day').replace('per month', 'a month')}`;
  const whose = scope === 'key' ? 'this key' : 'all keys of this user';
  const forModel = model === null ? '' : ` with the model '${model}'`;
  const retryAfterSeconds = retryAfterMs === null ? null : Math.max(1, Math.ceil(retryAfterMs / MS_PER_SECOND));
  const advice =
    retryAfterSeconds === null
      ? 'This request alone is larger than the limit: ask for less.'
      : `Try again in ${retryAfterSeconds} s.`;
  return new ApiError(limitErrorCode(refusal), {
    message: `The limit of ${whose}${forModel} is reached: ${what}. ${advice}`,
    retryAfterSeconds,
    reason: `${scope}: ${name}`,
  });
}
