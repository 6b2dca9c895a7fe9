// The command line's entry point: the commands, and what their end means to the shell. `cli/hearthkey` starts it.
import { readFile } from 'node:fs/promises';
import { Command, CommanderError } from 'commander';
import { CliFailure, EXIT_FAILURE, EXIT_USAGE } from './cli-failure.ts';
import { PROJECT_FILES } from './config/project-files.ts';

type CommandEntry = {
  description: string;
  /** Loads the command with what it needs. `finish` is given an exit code, `program` is the whole command line. */
  load: (finish: (exitCode: number) => void, program: Command) => Promise<Command>;
};

/** Loaded only when they are asked for: all together they would make every start, `up`'s too, half as long again. */
const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  up: {
    description: 'run gateway and inference node on this machine until Ctrl-C',
    load: async (finish) => (await import('./commands/up-command.ts')).upCommand(finish),
  },
  users: {
    description: 'create, list, show, change and delete users',
    load: async () => (await import('./commands/users-command.ts')).usersCommand(),
  },
  keys: {
    description: 'create, list, show, change, rotate and revoke API keys',
    load: async () => (await import('./commands/keys-command.ts')).keysCommand(),
  },
  usage: {
    description: 'show who used what: calls and tokens of the last 30 days, by user',
    load: async () => (await import('./commands/usage-command.ts')).usageCommand(),
  },
  audit: {
    description: 'read and verify the log of administrative acts',
    load: async (finish) => (await import('./commands/audit-command.ts')).auditCommand(finish),
  },
  models: {
    description: 'list and download models',
    load: async (finish) => (await import('./commands/models-command.ts')).modelsCommand(finish),
  },
  admin: {
    description: 'admin tokens and the gateway’s own secrets',
    load: async () => (await import('./commands/admin-command.ts')).adminCommand(),
  },
  completion: {
    description: 'print a completion script, e.g. for: source <(hearthkey completion bash)',
    load: async (_, program) => (await import('./commands/completion-command.ts')).completionCommand(program),
  },
};

/** With these the other commands are looked at, too. */
const NEEDING_ALL: readonly string[] = ['completion', 'help'];

process.exit(await main(process.argv.slice(2)));

/** Runs one command line; resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const finish = (code: number): void => {
    exitCode = code;
  };
  const program = new Command('hearthkey')
    .description('API keys for the model on your own machine')
    .version(await readVersion());
  const all = args.some((word) => NEEDING_ALL.includes(word));
  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    // One that is not asked for needs no more than its name, for the help and for what was probably meant.
    const command = all || args.includes(name) ? await load(finish, program) : new Command(name);
    program.addCommand(command.description(description));
  }
  prepare(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error);
  }
}

async function readVersion(): Promise<string> {
  const text = await readFile(PROJECT_FILES.packageManifest, 'utf8');
  return (JSON.parse(text) as { version: string }).version;
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
