// The completion script for fish, 3.0 and newer.
import { optionsWhere, type CommandWords, type OptionValue } from './command-words.ts';
import { quoteForFish } from './shell-quote.ts';

export function fishCompletion(commands: readonly CommandWords[]): string {
  const places = commands.map(({ place }) => place).filter((place) => place !== '');
  return `# fish completion for hearthkey. Load it with: hearthkey completion fish | source
function __hearthkey_at
    set -l place ''
    set -l skip 0
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch "$place $word"
            case ${places.map(quoteForFish).join(' ')}
                set place "$place $word"
            case ${optionsWhere(commands, ({ kind }) => kind !== 'none')
              .map(quoteForFish)
              .join(' ')}
                set skip 1
        end
    end
    test "$place" = "$argv[1]"
end
complete -c hearthkey -e
complete -c hearthkey -f
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ place, commands, arguments: words, options }: CommandWords): string[] {
  const begin = `complete -c hearthkey -n ${quoteForFish(`__hearthkey_at ${quoteForFish(place)}`)}`;
  return [
    ...commands.map(({ name, description }) => `${begin} -a ${quoteForFish(name)} -d ${quoteForFish(description)}`),
    ...words.map((word) => `${begin} -a ${quoteForFish(word)}`),
    ...options.map(
      ({ flag, description, value }) =>
        `${begin} -l ${quoteForFish(flag.replace(/^--/, ''))}${valueFlags(value)} -d ${quoteForFish(description)}`,
    ),
  ];
}

/** `-x`: a value that is no file; `-r -F`: a file. */
function valueFlags(value: OptionValue): string {
  switch (value.kind) {
    case 'none':
      return '';
    case 'text':
      return ' -x';
    case 'files':
      return ' -r -F';
    case 'words':
      return ` -x -a ${quoteForFish(value.words.join(' '))}`;
  }
}
