// What an Account refused, in the Registry's words.
import type { AccountRefusal } from '../../../protocol/objects/account-administration.ts';
import type { RegistryRefusal } from '../../../protocol/objects/registry-administration.ts';

export function describeAccountRefusal(reason: AccountRefusal): RegistryRefusal {
  switch (reason) {
    case 'user_disabled':
    case 'expiry_in_past':
    case 'key_revoked':
    case 'key_expired':
    case 'limit_for_other_model':
    case 'too_many_secrets':
      return reason;
    case 'unknown_key':
      return 'key_not_found';
    case 'keys_left':
      return 'user_has_keys';
    case 'key_exists':
    case 'key_cancelled':
      return 'id_taken';
    // The Registry knows the user, so its account is being opened or closed at this moment.
    case 'unknown_account':
      return 'account_unavailable';
  }
}
