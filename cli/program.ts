// The program that parses the command line, built from the table in commands.ts.
import { Command, Option } from 'commander';
import { type CommandRow, commands } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import type { Result } from './result.ts';
import { type Shell, type ShellOptions, settingsVariable } from './shell.ts';

/** Options that every command has. */
export interface CommonOptions extends ShellOptions {
  json?: boolean;
}

/** Opens the shell for a command and prints the result. */
export type Perform = (options: CommonOptions, command: (shell: Shell) => Promise<Result>) => Promise<void>;

const common: readonly Option[] = [
  new Option('--json', 'print one JSON document'),
  new Option('--settings <file>', `read settings from this file instead of .env (default: ${settingsVariable})`),
  new Option('--no-color', 'print no colours; without it they are used on terminals, unless NO_COLOR is set'),
  new Option('-q, --quiet', 'print the result only, and neither progress nor hints on stderr'),
];

export function createProgram(version: string, perform: Perform): Command {
  const program = new Command('post-deployment')
    .description('What Git deploys where, and what the model registry shows: compare, repair, replay, set up.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    // For the list of commands only: arguments.ts turns `help` into `--help`, because the parser's own knows no command below a command.
    .helpCommand('help [command...]', 'print the help of a command')
    .showHelpAfterError('(add --help for examples)')
    .addHelpText(
      'after',
      () =>
        `\n${codesText()}\n\nThe settings are those of the functions (docs/settings.md, .env.example). They come from the environment and from the file .env in the current folder, or from the file that --settings or ${settingsVariable} names. Options may stand before or after the command.`,
    );
  for (const row of commands) add(program, row, perform);
  return program;
}

function add(program: Command, row: CommandRow, perform: Perform): void {
  const [name, below] = row.name.split(' ') as [string, string?];
  const above = below === undefined ? program : program.commands.find((one) => one.name() === name)!;
  const examples = row.examples.map(([line, what]) => `  $ ${line}\n      ${what}`);
  const command = above
    .command(below ?? name)
    .summary(row.summary)
    .description(row.description)
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
  if (row.argument) command.addArgument(row.argument);
  for (const option of row.options ? [...row.options, ...common] : []) command.addOption(option);
  const { run } = row;
  if (run)
    command.action((...given: unknown[]) => {
      const [argument, options] = row.argument ? given : [undefined, given[0]];
      return perform(options as CommonOptions, (shell) => run(shell, options as never, argument as never, program));
    });
}

function codesText(): string {
  const lines = Object.entries(exitCodes).map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`);
  return `Exit codes:\n${lines.join('\n')}`;
}
