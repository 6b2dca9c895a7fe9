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
      return conflict('Another user has this name already.', 'name');
    case 'external_id_taken':
      return conflict('Another user has this external id already.', 'external_id');
    case 'user_disabled':
      return conflict('The user is disabled. Enable it first.', 'user_id');
    case 'user_has_keys':
      return conflict('The user has keys that are not revoked. Revoke them first.');
    case 'key_revoked':
      return conflict('The key is revoked, which is final. Create a new one.');
    case 'key_expired':
      return conflict('The key has expired. Give it a later expires_at first.');
    case 'too_many_secrets':
      return conflict(
        'Too many former secrets of the key still work. Finish the rotation first, or wait until one ends.',
      );
    case 'admin_token_name_taken':
      return conflict('Another admin token has this name already.', 'name');
    case 'too_many_admin_tokens':
      return conflict('There are as many admin tokens as there may be. Revoke one first.');
    case 'node_id_taken':
      return conflict('Another node has this id already.', 'id');
    case 'too_many_nodes':
      return conflict('There are as many nodes as there may be. Delete one first.');
    case 'root_token_stays':
      return conflict('The root token cannot be revoked. Rotate it.');
    case 'user_not_found':
      return new ApiError('not_found', { message: 'There is no such user.' });
    case 'key_not_found':
      return new ApiError('not_found', { message: 'There is no such key.' });
    case 'admin_token_not_found':
      return new ApiError('not_found', { message: 'There is no such admin token.' });
    case 'node_without_token':
      return conflict('The node answers at an address and has no token.');
    case 'node_without_bearer':
      return conflict('The node is no server of another maker and is shown no bearer.');
    case 'node_not_found':
      return new ApiError('not_found', { message: 'There is no such node.' });
    case 'expiry_in_past':
      return invalid('expires_at', 'lies in the past. Give a later Unix time in seconds, or revoke the key.');
    case 'limit_for_other_model':
      return invalid('limits', 'has a limit for a model that the key may not use.');
    case 'unknown_cursor':
      return invalid('after', 'names nothing in this list.');
    case 'id_taken':
    case 'account_unavailable':
      return new ApiError('state_unavailable', { reason });
  }
}

function conflict(message: string, param?: string): ApiError {
  return new ApiError('conflict', param === undefined ? { message } : { message, param });
}

function invalid(param: string, what: string): ApiError {
  return new ApiError('invalid_value', { message: `'${param}' ${what}`, param });
}
