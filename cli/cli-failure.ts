// What the operator is told when a command cannot be done: one sentence that says what happened and the way out. Everything
// else that is thrown is a bug and is shown with its stack.

/** The command was called wrongly (flags, arguments). */
export const EXIT_USAGE = 2;
/** The command was right and could not be done. */
export const EXIT_FAILURE = 1;

export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT_FAILURE) {
    super(message);
    this.exitCode = exitCode;
  }
}
