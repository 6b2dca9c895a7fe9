// What can be written where on the command line, read from the commands themselves, so that a completion script can never
// name what is not there.
import type { Command, Option } from 'commander';

/** What follows an option. `files`: a path; `text`: anything; `words`: one of some. */
export type OptionValue = { kind: 'none' } | { kind: 'text' } | { kind: 'files' } | { kind: 'words'; words: string[] };

export type OptionWords = { flag: string; description: string; value: OptionValue };

export type CommandWords = {
  /** The commands so far, each after a space: empty for `hearthkey` itself, ` keys create` for that command. */
  place: string;
  commands: { name: string; description: string }[];
  /** What the command's arguments may be, as far as that is fixed. */
  arguments: string[];
  options: OptionWords[];
};

/** Lists `hearthkey` itself and every command below it. */
export function commandWords(program: Command, place = ''): CommandWords[] {
  const help = program.createHelp();
  const own: CommandWords = {
    place,
    commands: program.commands.map((command) => ({ name: command.name(), description: command.description() })),
    arguments: program.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    options: help.visibleOptions(program).flatMap((option) => describeOption(option)),
  };
  return [own, ...program.commands.flatMap((command) => commandWords(command, `${place} ${command.name()}`))];
}

/** `place flag` of every option for which `wanted` holds: how the scripts recognise an option that was written. */
export function optionsWhere(commands: readonly CommandWords[], wanted: (value: OptionValue) => boolean): string[] {
  return commands.flatMap(({ place, options }) =>
    options.filter(({ value }) => wanted(value)).map(({ flag }) => `${place} ${flag}`),
  );
}

function describeOption(option: Option): OptionWords[] {
  if (option.long === undefined) return [];
  return [{ flag: option.long, description: option.description, value: valueOf(option) }];
}

function valueOf(option: Option): OptionValue {
  if (!option.required && !option.optional) return { kind: 'none' };
  if (option.argChoices !== undefined) return { kind: 'words', words: option.argChoices };
  return { kind: /<(?:file|dir)>/.test(option.flags) ? 'files' : 'text' };
}
