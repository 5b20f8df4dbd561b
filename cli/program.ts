// The command line as it is typed: commands, options, help. What a command does is in commands/, loaded when it is called,
// so that help and mistakes are told at once.
import { Argument, Command, Option } from 'commander';
import { completionScript, shells } from './completion.ts';
import { exitCodes } from './exit-codes.ts';
import { count, interval, names, seconds, time } from './option-values.ts';
import type { Result } from './result.ts';
import { type Shell, type ShellOptions, settingsVariable } from './shell.ts';

/** Options that every command has. */
export interface CommonOptions extends ShellOptions {
  json?: boolean;
}

/** Opens the shell for a command and prints what it gives back. */
export type Perform = (options: CommonOptions, command: (shell: Shell) => Promise<Result>) => Promise<void>;

type Examples = readonly [line: string, what: string][];
type Add = (name: string, summary: string, description: string, examples: Examples, to?: Command) => Command;

const summary = 'What Git deploys where, and what the model registry shows: compare, repair, replay, set up.';

export function createProgram(version: string, perform: Perform): Command {
  const program = new Command('post-deployment')
    .description(summary)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    // Done before the parser sees it (arguments.ts), because the parser's own knows no command below a command.
    .helpCommand('help [command...]', 'print the help of a command')
    .showHelpAfterError('(add --help for examples)')
    .addHelpText(
      'after',
      () =>
        `\n${codesText()}\n\nSettings are those of the functions (docs/settings.md, .env.example), from the environment and the file .env here, or the one that --settings or ${settingsVariable} names. Options may stand before or after the command.`,
    );

  const add: Add = (name, summary, description, examples, to = program) => {
    const command = to
      .command(name)
      .summary(summary)
      .description(description)
      .helpOption('-h, --help', 'print this help')
      .helpCommand(false)
      .addHelpText('after', `\nExamples:\n${examples.map(([line, what]) => `  $ ${line}\n      ${what}`).join('\n')}`);
    return command;
  };
  /** Last, so that a command's own options come first in its help. */
  const common = (command: Command): Command =>
    command
      .option('--json', 'print one JSON document')
      .option('--settings <file>', `read settings from this file instead of .env (default: ${settingsVariable})`)
      .option('--no-color', 'no colours; they are used on terminals only, and NO_COLOR is honoured')
      .option('-q, --quiet', 'print the result alone: no progress, no hints on stderr');
  const environments = () =>
    new Option('-e, --environment <names>', 'only these environments, separated by commas')
      .argParser(names)
      .default([], 'all that ENVIRONMENTS names');

  common(
    add(
      'status',
      'what Git deploys where, and what the registry shows',
      'Show per environment and model the version in Git, who holds the label in the registry, since when, by which pull request and whom. Exit code 3 when the registry is not as Git says.',
      [
        ['post-deployment status', 'everything'],
        ['post-deployment status jukebox -e prod', 'one model in one environment'],
        ['post-deployment status --drift --json', 'what differs, for a script'],
        ['post-deployment status --watch', 'as it changes; with --json a document a line'],
      ],
    )
      .argument('[model...]', 'only these models')
      .addOption(environments())
      .option('--drift', 'only what is not as Git says')
      .option('-w, --watch', 'read again and again until Ctrl-C; the exit code is that of the last reading')
      .option('--interval <seconds>', 'between two readings of --watch', interval, 10),
  ).action((models, options) =>
    perform(options, async (shell) => (await import('./commands/status.ts')).status(shell, models, options)),
  );

  common(
    add(
      'history',
      'what was where and when',
      "Show what of a model was deployed when, from Git's own history, which is the authority, beside the registry's record, and where the two disagree. Exit code 3 when they disagree about what is there now.",
      [
        ['post-deployment history', 'of all models in all environments that are watched, newest first'],
        ['post-deployment history jukebox', 'in all environments'],
        ['post-deployment history jukebox -e prod --at 2026-11-02', 'what was there at the end of that day (UTC)'],
        ["post-deployment history jukebox --at '2026-11-02T09:30:00+01:00' --json", 'at a moment, for a script'],
      ],
    )
      .argument('[model]', 'name of the registered model; left out: all of them, by Git alone')
      .addOption(environments())
      .option('--at <time>', 'only what was there then: RFC 3339, or a day; without a zone it is UTC', time)
      .option(
        '--limit <n>',
        'changes to go back: of the model in each environment, or commits of all models',
        count,
        20,
      )
      .addOption(
        new Option('--path <paths>', 'deployment files it also was in, separated by commas')
          .argParser(names)
          .default([], 'found by name'),
      ),
  ).action((model, options) =>
    perform(options, async (shell) =>
      model === undefined
        ? (await import('./commands/history-of-all.ts')).historyOfAll(shell, options)
        : (await import('./commands/history.ts')).history(shell, model, options),
    ),
  );

  common(
    add(
      'doctor',
      'every setting against the servers, and what to do',
      'Look at every setting, at Git (address, TLS, token, branch, deployment files), the webhook (there, active, its address), the registry (address, token, generation, whether a write is let through) and the clocks, and say what to do about each finding. Changes nothing. Exit code 1 when there is a problem.',
      [
        ['post-deployment doctor', 'after setting it up, and when something is wrong'],
        ['post-deployment doctor --test-delivery --token-file admin-token', 'also let Gitea call the webhook'],
      ],
    )
      .option('--test-delivery', 'ask Gitea for a test delivery of the webhook, and wait for it')
      .option('--url <address>', 'the address of gitea-source, by which our webhook is known (default: WEBHOOK_URL)')
      .option('--token-file <file>', 'file with a token of an administrator, to look at the webhook'),
  ).action((options) =>
    perform(options, async (shell) => (await import('./commands/doctor.ts')).doctor(shell, options)),
  );

  common(
    add(
      'reconcile',
      'make the registry say what Git says',
      'Compare all watched environments, show what would be written as a difference of the registry, ask, and write it: what the periodic comparison does by itself. Exit code 3 when something is left that is not as Git says.',
      [
        ['post-deployment reconcile --dry-run', 'only show it'],
        ['post-deployment reconcile', 'show it, ask, write it'],
        ['ENVIRONMENTS=prod post-deployment reconcile --yes', 'one environment, without asking'],
        ['post-deployment reconcile --formerly https://old.example/mlops/gitops', 'after Gitea got another address'],
      ],
    )
      .option('-n, --dry-run', 'write nothing')
      .option('-y, --yes', 'do not ask')
      .addOption(
        new Option(
          '--formerly <addresses>',
          'addresses the repository had, or of one that is gone: their labels are taken over',
        )
          .argParser(names)
          .default([], 'what the server tells of a rename'),
      ),
  ).action((options) =>
    perform(options, async (shell) => (await import('./commands/reconcile.ts')).reconcile(shell, options)),
  );

  common(
    add(
      'replay',
      'recorded webhooks and events once more through the functions',
      'Send recorded webhooks or CloudEvents once more through the functions, in this process: gitea-source, parse, registry-writer. The signature of a webhook is checked when GITEA_WEBHOOK_SECRET is set, else it is signed anew; that of an event when EVENT_SIGNING_KEY is set. A file is a body beside its .headers.json, JSON with headers and body, an HTTP request as text, a structured event (or many), or a payload alone.',
      [
        ['post-deployment replay --dry-run push.json', 'print the exact calls it would make'],
        ['post-deployment replay events/samples/dev.mlops.model.promoted.v1.json', 'an event, at registry-writer'],
        ['cat events.jsonl | post-deployment replay -', 'what is on standard input, one event a line'],
      ],
    )
      .argument('<file...>', 'files, or - for standard input')
      .option('-n, --dry-run', 'write nothing; print the calls that would be made')
      .option(
        '--type <type>',
        'the files are data alone, of events of this type (default: what the name of the file says)',
      )
      .option('--retry', 'try what fails for a minute, as a Trigger does'),
  ).action((files, options) =>
    perform(options, async (shell) => (await import('./commands/replay.ts')).replay(shell, files, options)),
  );

  addWebhook(add, common, perform);
  add(
    'completion',
    'print a script that completes commands and options',
    'Print the script that completes commands and options of post-deployment in a shell.',
    [
      ['source <(post-deployment completion bash)', 'in ~/.bashrc; likewise zsh, in ~/.zshrc after compinit'],
      ['post-deployment completion fish > ~/.config/fish/completions/post-deployment.fish', 'once'],
    ],
  )
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action((name) =>
      perform({}, async (shell) => {
        await shell.show(`${completionScript(program, name)}\n`);
        return { exitCode: 0, json: {}, text: () => '', shown: true };
      }),
    );
  return program;
}

function addWebhook(add: Add, common: (command: Command) => Command, perform: Perform): void {
  const webhook = add(
    'webhook',
    "Set up the repository's webhook",
    'Set up, show, renew or remove the webhook of GITEA_REPOSITORY, which calls gitea-source. Needs a token of an administrator of the repository with write:repository; to show it, read:repository.',
    [
      [
        'post-deployment webhook create --url http://gitea-source.models.svc.cluster.local/',
        'once; again does no harm',
      ],
    ],
  );
  const one = (
    name: string,
    summary: string,
    description: string,
    examples: Examples,
    action: keyof typeof import('./commands/webhook.ts'),
  ) => {
    const command = add(name, summary, description, examples, webhook)
      .option('--url <address>', 'where Gitea is to call: the address of gitea-source (default: WEBHOOK_URL)')
      .option('--token-file <file>', 'file with the token for this, instead of GITEA_TOKEN');
    if (name === 'create' || name === 'show' || name === 'rotate')
      command.addOption(
        new Option('--event <names>', 'events it has to have, separated by commas')
          .argParser(names)
          .default(['push'], 'push'),
      );
    if (name === 'rotate')
      command.option('--wait <seconds>', 'between making the new one and removing the old one', seconds, 10);
    if (name === 'rotate' || name === 'delete') command.option('-y, --yes', 'do not ask');
    common(command).action((options) =>
      perform(options, async (shell) => (await import('./commands/webhook.ts'))[action](shell, options)),
    );
  };
  one(
    'create',
    'create it, or mend it',
    'Create the webhook, or mend the one that calls this address: active, JSON, the events, the branch filter of GITEA_BRANCH. Safe to repeat. A new one gets the first secret of GITEA_WEBHOOK_SECRET; an existing one keeps its own.',
    [
      ['post-deployment webhook create --url http://127.0.0.1:8080/', 'beside npm run local'],
      [
        'post-deployment webhook create --url https://hooks.example/ --token-file admin-token',
        'with a token of its own',
      ],
    ],
    'create',
  );
  one(
    'show',
    'show what there is',
    'Show the webhooks of the repository that send Git events, and in what they differ from what is needed.',
    [['post-deployment webhook show', 'all']],
    'show',
  );
  one(
    'rotate',
    'renew its secret',
    'Make a new webhook with the first secret of GITEA_WEBHOOK_SECRET, wait, and remove the older ones to the same address: Gitea cannot change the secret of one. Before it, let gitea-source know both secrets: GITEA_WEBHOOK_SECRET=new,old.',
    [
      [
        'GITEA_WEBHOOK_SECRET=new,old post-deployment webhook rotate',
        'asks first; of the webhook that calls gitea-source',
      ],
    ],
    'rotate',
  );
  one(
    'delete',
    'remove it',
    'Remove the webhooks that call this address.',
    [
      ['post-deployment webhook delete --url http://127.0.0.1:8080/', 'asks first'],
      ['post-deployment webhook delete --yes', 'the one that calls gitea-source, without asking'],
    ],
    'remove',
  );
}

export function codesText(): string {
  const lines = Object.entries(exitCodes).map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`);
  return `Exit codes:\n${lines.join('\n')}`;
}
