// Scripts that complete the command line in a shell, generated from the program's commands and options. Where a value is a file,
// the shell completes it.
import type { Command, Option } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;

/** A command with the words that lead to it; the program itself has none. */
interface Node {
  words: string[];
  commands: readonly Command[];
  options: readonly Option[];
  takesFiles: boolean;
  /** What its argument may be. */
  choices: readonly string[];
}

export function completionScript(program: Command, shell: (typeof shells)[number]): string {
  return { bash, zsh, fish }[shell](program);
}

function nodesOf(command: Command, words: string[] = []): Node[] {
  const help = command.createHelp();
  const node = {
    words,
    // As help shows them: with `help` and `--help`, which are not in the lists of the program.
    commands: help.visibleCommands(command),
    options: help.visibleOptions(command),
    takesFiles: command.registeredArguments.some((argument) => argument.name() === 'file'),
    choices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
  const below = command.commands.flatMap((one) => nodesOf(one, [...words, one.name()]));
  if (words.length > 0) return [node, ...below];
  const asking = { words: ['help'], commands: command.commands, options: [], takesFiles: false, choices: [] };
  return [node, ...below, asking];
}

const flags = (options: readonly Option[]) =>
  options.flatMap(({ short, long }) => [short, long]).filter((flag) => flag !== undefined);

/** Flags of options whose value is a file, and of those whose value is something else. */
function valued(nodes: readonly Node[]): { files: string[]; others: string[] } {
  const options = nodes.flatMap((node) => node.options).filter(({ required }) => required);
  const isFile = ({ flags: text }: Option) => text.endsWith('<file>');
  const unique = (list: Option[]) => [...new Set(flags(list))];
  return { files: unique(options.filter(isFile)), others: unique(options.filter((one) => !isFile(one))) };
}

/** Code for bash and zsh that finds the command among the words before the cursor. */
function findCommand(nodes: readonly Node[], words: string, first: number, current: string): string {
  const { files, others } = valued(nodes);
  const known = nodes.filter(({ words: own }) => own.length > 0).map(({ words: own }) => `'${own.join(' ')}'`);
  return `  local command='' word i
  for ((i = ${first}; i < ${current}; i++)); do
    word=\${${words}[i]}
    case "$word" in ${[...files, ...others].join('|')}) ((i++)); continue ;; esac
    case "\${command:+$command }$word" in ${known.join('|')}) command="\${command:+$command }$word" ;; esac
  done`;
}

const words = ({ commands, options, choices }: Node) =>
  [...commands.map((one) => one.name()), ...choices, ...flags(options)].join(' ');

function bash(program: Command): string {
  const nodes = nodesOf(program);
  const { files, others } = valued(nodes);
  return `# bash completion of post-deployment. In ~/.bashrc: source <(post-deployment completion bash)
_post_deployment() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} words=''
${findCommand(nodes, 'COMP_WORDS', 1, 'COMP_CWORD')}
  COMPREPLY=()
  case "$before" in
    ${files.join('|')}) return ;;
    ${others.join('|')}) compopt +o default 2>/dev/null; return ;;
  esac
  case "$command" in
${nodes.map((node) => `    '${node.words.join(' ')}') words='${words(node)}'${node.takesFiles ? '; [[ $current == -* ]] || return' : '; compopt +o default 2>/dev/null'} ;;`).join('\n')}
  esac
  # shellcheck disable=SC2207
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _post_deployment post-deployment`;
}

function zsh(program: Command): string {
  const nodes = nodesOf(program);
  const { files, others } = valued(nodes);
  const entry = (name: string, description: string) => quoted(`${name.replaceAll(':', '\\:')}:${description}`);
  const branch = (node: Node) =>
    [
      `    '${node.words.join(' ')}')`,
      `      commands=(${[...node.commands.map((one) => entry(one.name(), one.summary() || one.description())), ...node.choices].join(' ')})`,
      `      options=(${node.options.flatMap((one) => flags([one]).map((flag) => entry(flag, one.description))).join(' ')})`,
      ...(node.takesFiles ? ['      _files'] : []),
      '      ;;',
    ].join('\n');
  return `#compdef post-deployment
# zsh completion of post-deployment. In ~/.zshrc, after compinit: source <(post-deployment completion zsh)
_post_deployment() {
  local -a commands options
${findCommand(nodes, 'words', 2, 'CURRENT')}
  case "\${words[CURRENT - 1]}" in
    ${files.join('|')}) _files; return ;;
    ${others.join('|')}) return ;;
  esac
  case "$command" in
${nodes.map(branch).join('\n')}
  esac
  (( \${#commands} )) && _describe command commands
  _describe -o option options
}
if [[ "\${funcstack[1]}" == _post_deployment ]]; then _post_deployment "$@"; else compdef _post_deployment post-deployment; fi`;
}

function fish(program: Command): string {
  const nodes = nodesOf(program);
  const lines = nodes.flatMap((node) => {
    const below = program.commands.flatMap((one) => one.commands.map((two) => two.name()));
    const condition = node.words.map((word) => `__fish_seen_subcommand_from ${word}`);
    if (node.words.length === 1 && node.commands.length > 0)
      condition.push(`not __fish_seen_subcommand_from ${below.join(' ')}`);
    const complete = `complete -c post-deployment -n ${quoted(condition.join('; and ') || '__fish_use_subcommand')}`;
    return [
      ...node.commands.map((one) => `${complete} -a ${one.name()} -d ${quoted(one.summary() || one.description())}`),
      ...node.options.map(({ short, long, required, flags: text, description }) =>
        [
          complete,
          ...(short ? [`-s ${short.slice(1)}`] : []),
          ...(long ? [`-l ${long.slice(2)}`] : []),
          ...(required ? [text.endsWith('<file>') ? '-r -F' : '-x'] : []),
          `-d ${quoted(description)}`,
        ].join(' '),
      ),
      ...node.choices.map((choice) => `${complete} -a ${choice}`),
      ...(node.takesFiles ? [`${complete} -F`] : []),
    ];
  });
  return `# fish completion of post-deployment. Once: post-deployment completion fish > ~/.config/fish/completions/post-deployment.fish
complete -c post-deployment -f
${lines.join('\n')}`;
}

/** Quoted without expansion, for all three shells; a quote inside ends the text and begins it again. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
