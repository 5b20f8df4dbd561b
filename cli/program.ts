// The command line as it is typed: commands, options, help. What a command does is in commands/, loaded when it is called,
// so that help and mistakes are told at once.
import { Command, Option } from 'commander';
import { exitCodes } from './exit-codes.ts';
import type { Result } from './result.ts';
import type { Shell, ShellOptions } from './shell.ts';

/** Options that every command has. */
export interface CommonOptions extends ShellOptions {
  json?: boolean;
  color?: boolean;
}

/** Opens the shell for a command and prints what it gives back. */
export type Perform = (options: CommonOptions, command: (shell: Shell) => Promise<Result>) => Promise<void>;

const summary = 'What runs where by Git, and what the model registry shows: compare, repair, replay, set up.';

export function createProgram(version: string, perform: Perform): Command {
  const program = new Command('post-deployment')
    .description(summary)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help; also: post-deployment <command> --help')
    .helpCommand(false)
    .showHelpAfterError('(add --help for examples)')
    .addHelpText(
      'after',
      () =>
        `\n${codesText()}\n\nSettings are those of the functions (README, .env.example), from the environment and the file .env here.`,
    );

  const add = (name: string, description: string, examples: readonly [string, string][], to = program): Command => {
    const command = to
      .command(name)
      .description(description)
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', `\nExamples:\n${examples.map(([line, what]) => `  $ ${line}\n      ${what}`).join('\n')}`);
    return command;
  };
  /** Last, so that a command's own options come first in its help. */
  const common = (command: Command): Command =>
    command
      .option('--json', 'print one JSON document')
      .option('--env-file <file>', 'read settings from this file instead of .env')
      .option('--no-color', 'no colours; they are used on terminals only, and NO_COLOR is honoured')
      .option('-q, --quiet', 'print the result alone: no progress, no hints on stderr');
  const environments = () =>
    new Option('-e, --environment <name...>', 'only these environments').default([], 'all that ENVIRONMENTS names');

  common(
    add(
      'status',
      'Show per environment and model the version in Git, who holds the label in the registry, since when, by which pull request and whom. Exit code 3 when the registry is not as Git says.',
      [
        ['post-deployment status', 'everything'],
        ['post-deployment status jukebox -e prod', 'one model in one environment'],
        ['post-deployment status --drift --json', 'what differs, for a script'],
      ],
    )
      .argument('[model...]', 'only these models')
      .addOption(environments())
      .option('--drift', 'only what is not as Git says'),
  ).action((models, options) =>
    perform(options, async (shell) => (await import('./commands/status.ts')).status(shell, models, options)),
  );

  return program;
}

export function codesText(): string {
  const lines = Object.entries(exitCodes).map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`);
  return `Exit codes:\n${lines.join('\n')}`;
}
