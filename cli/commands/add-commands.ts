// The commands of the command line. One that is not asked for is not loaded: all together they would make every start, that of
// `up` too, half as long again.
import { Command } from 'commander';

type CommandEntry = {
  description: string;
  /** Loads the command with what it needs. `finish` is given an exit code, `program` is the whole command line. */
  load: (finish: (exitCode: number) => void, program: Command) => Promise<Command>;
};

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  up: {
    description: 'run gateway and inference node on this machine until Ctrl-C',
    load: async (finish) => (await import('./up-command.ts')).upCommand(finish),
  },
  users: {
    description: 'create, list, show, change and delete users',
    load: async () => (await import('./users-command.ts')).usersCommand(),
  },
  keys: {
    description: 'create, list, show, change, rotate and revoke API keys',
    load: async () => (await import('./keys-command.ts')).keysCommand(),
  },
  usage: {
    description: 'show who used what: calls and tokens of the last 30 days, by user',
    load: async () => (await import('./usage-command.ts')).usageCommand(),
  },
  audit: {
    description: 'read and verify the log of administrative acts',
    load: async (finish) => (await import('./audit-command.ts')).auditCommand(finish),
  },
  models: {
    description: 'list and download models',
    load: async (finish) => (await import('./models-command.ts')).modelsCommand(finish),
  },
  node: {
    description:
      'run an inference node: one that dials out (`--gateway https://…`), or one at an address (`--gateway-keys https://…`)',
    load: async (finish) => (await import('./node-command.ts')).nodeCommand(finish),
  },
  nodes: {
    description: 'give nodes tokens for their links to the gateway, list them, rotate and remove them',
    load: async () => (await import('./nodes-command.ts')).nodesCommand(),
  },
  deploy: {
    description: 'put the gateway at the edge (Cloudflare), with its secrets',
    load: async () => (await import('./deploy-command.ts')).deployCommand(),
  },
  tunnel: {
    description: 'set up a tunnel from the gateway to a node',
    load: async () => (await import('./tunnel-command.ts')).tunnelCommand(),
  },
  doctor: {
    description: 'try everything that serving needs, and say how to mend what fails',
    load: async (finish) => (await import('./doctor-command.ts')).doctorCommand(finish),
  },
  admin: {
    description: "admin tokens and the gateway's own secrets",
    load: async () => (await import('./admin-command.ts')).adminCommand(),
  },
  backup: {
    description: 'write everything that the gateway knows to an encrypted file',
    load: async () => (await import('./backup-command.ts')).backupCommand(),
  },
  restore: {
    description: 'make a gateway of a backup: every key works as it did',
    load: async () => (await import('./restore-command.ts')).restoreCommand(),
  },
  completion: {
    description: 'print a completion script, e.g. for: source <(hearthkey completion bash)',
    load: async (_, program) => (await import('./completion-command.ts')).completionCommand(program),
  },
};

/** With these the other commands are looked at, too. */
const NEEDING_ALL: readonly string[] = ['completion', 'help'];

/** Adds the commands that `args` may mean; of the others no more than the name, for the help and for what was meant. */
export async function addCommands(
  program: Command,
  args: readonly string[],
  finish: (exitCode: number) => void,
): Promise<void> {
  const all = args.some((word) => NEEDING_ALL.includes(word));
  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    const command = all || args.includes(name) ? await load(finish, program) : new Command(name);
    program.addCommand(command.description(description));
  }
}
