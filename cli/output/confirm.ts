// A question before something that cannot be taken back. Where nobody sits at a terminal there is no answer, and so no yes.
import { createInterface } from 'node:readline/promises';
import { CliFailure } from '../cli-failure.ts';

/** Throws a `CliFailure` unless the answer is yes. */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) throw new CliFailure(`${question} Add --yes to do it without being asked.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (!/^\s*y(?:es)?\s*$/i.test(answer)) throw new CliFailure('Nothing was done.');
  } finally {
    terminal.close();
  }
}
