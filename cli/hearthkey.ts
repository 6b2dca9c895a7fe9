// The command line's entry point, and what a command's end means to the shell. `cli/hearthkey` starts it.
import { Command, CommanderError } from 'commander';
import { CliFailure, EXIT_FAILURE, EXIT_USAGE } from './cli-failure.ts';
import { addCommands } from './commands/add-commands.ts';
import { readProductVersion } from './config/product-version.ts';

process.exit(await main(process.argv.slice(2)));

/** Runs one command line; resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const finish = (code: number): void => {
    exitCode = code;
  };
  const program = new Command('hearthkey')
    .description('API keys for the model on your own machine')
    .version(await readProductVersion());
  await addCommands(program, args, finish);
  prepare(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error);
  }
}

/** Lets each command throw instead of ending the process, and say what was wrong in one line. */
function prepare(command: Command): void {
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) => {
      write(`hearthkey: ${describeUsageError(text, command)}\n`);
    },
  });
  command.commands.forEach(prepare);
}

/** commander says `error: unknown option '--prot'` and on the next line `(Did you mean --port?)`. */
function describeUsageError(text: string, command: Command): string {
  const sentence = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll('\n', ' ')
    .replace(/\.$/, '');
  return `${sentence}; see \`${fullName(command)} --help\`.`;
}

/** For example `hearthkey admin tokens create`. */
function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function explain(error: unknown): number {
  // commander has already said what was wrong, and what was probably meant.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof CliFailure) {
    process.stderr.write(`hearthkey: ${error.message}\n`);
    return error.exitCode;
  }
  const report = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`hearthkey: this is a bug.\n${report}\n`);
  return EXIT_FAILURE;
}
