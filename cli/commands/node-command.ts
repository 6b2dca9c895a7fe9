// `hearthkey node`: an inference node. Its flags are the node's own, and go there as they are.
import { Command } from 'commander';
import { runNode } from '../node/run-node.ts';

/** `finish` is given the exit code. */
export function nodeCommand(finish: (exitCode: number) => void): Command {
  return new Command('node')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .argument('[flags...]', "the node's flags; --help lists them")
    .action(async (flags: string[]) => {
      finish(await runNode(flags));
    });
}
