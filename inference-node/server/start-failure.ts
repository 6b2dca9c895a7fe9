// A reason not to start that the operator can mend: one sentence with the way out. Everything else that is thrown is a bug.

export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}
