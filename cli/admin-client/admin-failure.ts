// Why a call to the admin API came to nothing: for the operator as a sentence, for the commands as a kind.
import { CliFailure } from '../cli-failure.ts';

export type AdminFailureKind = 'unreachable' | 'wrong_token' | 'not_found' | 'refused';

export class AdminFailure extends CliFailure {
  readonly kind: AdminFailureKind;

  constructor(kind: AdminFailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
