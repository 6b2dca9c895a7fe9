// `hearthkey completion`: prints a script that lets a shell complete commands, flags and fixed values.
import { Argument, Command } from 'commander';
import { bashCompletion } from '../completion/bash-completion.ts';
import { commandWords, type CommandWords } from '../completion/command-words.ts';
import { fishCompletion } from '../completion/fish-completion.ts';
import { zshCompletion } from '../completion/zsh-completion.ts';
import { print } from '../output/print.ts';

const SHELLS: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `program`: the whole command line, looked at only when the command runs. */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .action((shell: string) => {
      print(false, null, SHELLS[shell]?.(commandWords(program)) ?? '');
    });
}
