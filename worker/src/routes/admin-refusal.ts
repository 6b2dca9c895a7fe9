// What the Registry refused, as the caller of the admin API sees it.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { RegistryAnswer, RegistryRefusal } from '../../../protocol/objects/registry-administration.ts';

/** The value of an answer; throws the `ApiError` of a refusal. */
export function acceptedOrThrow<Value>(answer: RegistryAnswer<Value>): Value {
  if (answer.ok) return answer.value;
  throw describeRefusal(answer.reason);
}

function describeRefusal(reason: RegistryRefusal): ApiError {
  switch (reason) {
    case 'name_taken':
      return new ApiError('conflict', { message: 'Another user has this name already.', param: 'name' });
    case 'external_id_taken':
      return new ApiError('conflict', { message: 'Another user has this external id already.', param: 'external_id' });
    case 'user_not_found':
      return new ApiError('not_found', { message: 'There is no such user.' });
    case 'user_disabled':
      return new ApiError('conflict', { message: 'The user is disabled. Enable it first.', param: 'user_id' });
    case 'key_not_found':
      return new ApiError('not_found', { message: 'There is no such key.' });
    case 'key_revoked':
      return new ApiError('conflict', { message: 'The key is revoked, which is final. Create a new one.' });
    case 'expiry_in_past':
      return new ApiError('invalid_value', {
        message: "'expires_at' lies in the past. Give a later Unix time in seconds, or revoke the key.",
        param: 'expires_at',
      });
    case 'unknown_cursor':
      return new ApiError('invalid_value', { message: "'after' names nothing in this list.", param: 'after' });
    case 'id_taken':
    case 'account_unavailable':
      return new ApiError('state_unavailable', { reason });
  }
}
