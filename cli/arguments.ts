// Puts what was typed into the parser's order: the command first, wherever its options stand; `help` becomes an option.
import type { Command } from 'commander';

/** `help webhook rotate` and `--json -e prod status` become `webhook rotate --help` and `status --json -e prod`. */
export function inOrder(program: Command, typed: readonly string[]): string[] {
  const [word, ...rest] = commandFirst(program, typed);
  if (word !== 'help') return word === undefined ? [] : [word, ...rest];
  const asked = commandFirst(program, rest);
  let command: Command | undefined = program;
  for (const name of asked) command = command?.commands.find((one) => one.name() === name);
  // The parser reports an unknown command, and which one is similar.
  return command ? [...asked, '--help'] : asked;
}

function commandFirst(program: Command, typed: readonly string[]): string[] {
  if (typed.some((word) => word === '-V' || word === '--version')) return [...typed];
  const valued = new Set(optionsBelow(program).flatMap(({ required, short, long }) => (required ? [short, long] : [])));
  const commands: string[] = [];
  const rest = [...typed];
  let command: Command | undefined = program;
  for (let i = 0; command && command.commands.length > 0 && i < rest.length && rest[i] !== '--'; ) {
    const word = rest[i]!;
    if (word.startsWith('-')) i += valued.has(word) ? 2 : 1;
    else {
      commands.push(...rest.splice(i, 1));
      command = command.commands.find((one) => one.name() === word);
    }
  }
  return [...commands, ...rest];
}

function optionsBelow(command: Command): Command['options'] {
  return [...command.options, ...command.commands.flatMap(optionsBelow)];
}
