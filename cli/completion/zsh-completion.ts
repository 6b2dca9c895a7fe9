// The completion script for zsh.
import { optionsWhere, type CommandWords } from './command-words.ts';
import { quoteForSh } from './shell-quote.ts';

export function zshCompletion(commands: readonly CommandWords[]): string {
  const places = commands.map(({ place }) => place).filter((place) => place !== '');
  return `#compdef hearthkey
# zsh completion for hearthkey. Load it with: source <(hearthkey completion zsh)
_hearthkey() {
  local place='' index
  local -a items
  for ((index = 2; index < CURRENT; index++)); do
    case "$place \${words[index]}" in
      (${places.map(quoteForSh).join('|')}) place="$place \${words[index]}" ;;
      (${patterns(commands, ({ kind }) => kind !== 'none')}) ((index++)) ;;
    esac
  done
  case "$place \${words[CURRENT - 1]}" in
${choices(commands).join('\n')}
    (${patterns(commands, ({ kind }) => kind === 'files')}) _files; return ;;
    (${patterns(commands, ({ kind }) => kind === 'text')}) return ;;
  esac
  case "$place" in
${commands.map((command) => `    (${quoteForSh(command.place)}) items=(${itemsOf(command).map(quoteForSh).join(' ')}) ;;`).join('\n')}
  esac
  _describe 'hearthkey' items
}
if [[ "\${funcstack[1]}" == _hearthkey ]]; then
  _hearthkey "$@"
else
  compdef _hearthkey hearthkey
fi
`;
}

function patterns(commands: readonly CommandWords[], wanted: Parameters<typeof optionsWhere>[1]): string {
  return optionsWhere(commands, wanted).map(quoteForSh).join('|');
}

function choices(commands: readonly CommandWords[]): string[] {
  return commands.flatMap(({ place, options }) =>
    options.flatMap(({ flag, value }) =>
      value.kind === 'words'
        ? [`    (${quoteForSh(`${place} ${flag}`)}) compadd -- ${value.words.map(quoteForSh).join(' ')}; return ;;`]
        : [],
    ),
  );
}

/** `word:what it does`, as `_describe` takes them. */
function itemsOf(command: CommandWords): string[] {
  return [
    ...command.commands.map(({ name, description }) => `${name}:${description}`),
    ...command.arguments,
    ...command.options.map(({ flag, description }) => `${flag}:${description}`),
  ];
}
