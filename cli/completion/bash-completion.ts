// The completion script for bash, 3.2 (macOS) and newer.
import { optionsWhere, type CommandWords } from './command-words.ts';
import { quoteForSh } from './shell-quote.ts';

export function bashCompletion(commands: readonly CommandWords[]): string {
  const places = commands.map(({ place }) => place).filter((place) => place !== '');
  return `# bash completion for hearthkey. Load it with: source <(hearthkey completion bash)
_hearthkey() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" place='' index
  local IFS=$'\\n'
  # bash takes the = of --flag=value for a word of its own.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $before == '=' ]]; then
    before="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$place \${COMP_WORDS[index]}" in
      ${places.map(quoteForSh).join(' | ')}) place="$place \${COMP_WORDS[index]}" ;;
      ${patterns(commands, ({ kind }) => kind !== 'none')}) ((index++)) ;;
    esac
  done
  COMPREPLY=()
  case "$place $before" in
${choices(commands).join('\n')}
    ${patterns(commands, ({ kind }) => kind === 'files')})
      compopt -o filenames 2>/dev/null
      COMPREPLY=($(compgen -f -- "$current"))
      return
      ;;
    ${patterns(commands, ({ kind }) => kind === 'text')}) return ;;
  esac
  local words=''
  case "$place" in
${commands.map((command) => `    ${quoteForSh(command.place)}) words=$'${wordsOf(command).join(String.raw`\n`)}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _hearthkey hearthkey
`;
}

function patterns(commands: readonly CommandWords[], wanted: Parameters<typeof optionsWhere>[1]): string {
  return optionsWhere(commands, wanted).map(quoteForSh).join(' | ');
}

function choices(commands: readonly CommandWords[]): string[] {
  return commands.flatMap(({ place, options }) =>
    options.flatMap(({ flag, value }) =>
      value.kind === 'words'
        ? [
            `    ${quoteForSh(`${place} ${flag}`)}) COMPREPLY=($(compgen -W $'${value.words.join(String.raw`\n`)}' -- "$current")); return ;;`,
          ]
        : [],
    ),
  );
}

function wordsOf(command: CommandWords): string[] {
  const names = command.commands.map(({ name }) => name);
  return [...names, ...command.arguments, ...command.options.map(({ flag }) => flag)];
}
