// The commands as a table: name, help, argument, options. What a command does stands in commands/ and is loaded when the command
// is called, so that help and mistakes are printed at once.
import { Argument, type Command, Option } from 'commander';
import { webhookEvents } from '../forges/ensure-webhook.ts';
import type { ConsoleOptions } from './commands/console.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import type { HistoryOptions } from './commands/history.ts';
import type { ReconcileOptions } from './commands/reconcile.ts';
import type { ReplayOptions } from './commands/replay.ts';
import type { StatusOptions } from './commands/status.ts';
import type { WebhookOptions } from './commands/webhook.ts';
import { completionScript, shells } from './completion.ts';
import { names, time, wholeNumber } from './options.ts';
import type { Result } from './result.ts';
import type { Shell } from './shell.ts';

export interface CommandRow {
  /** As it is typed; `webhook create` is a command below `webhook`. */
  name: string;
  /** For the list of commands. */
  summary: string;
  description: string;
  examples: readonly [line: string, what: string][];
  argument?: Argument;
  /** Beside these it has the options that are common to all; undefined: not even those. */
  options?: readonly Option[];
  /** Undefined: it only groups the commands below it. */
  run?(shell: Shell, options: never, argument: never, program: Command): Promise<Result>;
}

const environments = names(
  '-e, --environment <names>',
  'only these environments, separated by commas',
  'all that ENVIRONMENTS names',
);
const dryRun = new Option('-n, --dry-run', 'write nothing, and print what would be written');
const yes = new Option('-y, --yes', 'do not ask');
const webhookOptions = [
  new Option('--url <address>', 'address of gitea-source, which Gitea calls (default: WEBHOOK_URL)'),
  new Option('--token-file <file>', "file with an administrator's token, instead of GITEA_TOKEN"),
];
const usual = webhookEvents.wake;
const eventNames = names('--event <names>', 'events it needs, separated by commas', usual.join(','), [...usual]);
const webhookCommands = () => import('./commands/webhook.ts');

export const commands: readonly CommandRow[] = [
  {
    name: 'status',
    summary: 'compare what Git deploys with what the registry shows',
    description:
      'Show for each environment and model the version in Git and the versions that hold the label in the registry, since when, by which pull request and by whom; where a cluster is observed, also what serves there. Exit code 3 when the registry differs from Git, 4 when only the cluster does.',
    examples: [
      ['post-deployment status', 'everything'],
      ['post-deployment status jukebox -e prod', 'one model in one environment'],
      ['post-deployment status --drift --json', 'only what differs, for a script'],
      ['post-deployment status --watch', 'again and again; with --json one document per line'],
    ],
    argument: new Argument('[model...]', 'only these models'),
    options: [
      environments,
      new Option('--drift', 'only models that differ from Git'),
      new Option('-w, --watch', 'read again and again until Ctrl-C; the exit code is that of the last reading'),
      wholeNumber('--interval <seconds>', 'time between two readings of --watch', 1, 10),
    ],
    run: async (shell, options: StatusOptions, models: string[]) =>
      (await import('./commands/status.ts')).status(shell, models, options),
  },
  {
    name: 'history',
    summary: 'show which versions were deployed where and when',
    description:
      "Show which versions of a model were deployed when, from the history of Git, beside the registry's deployment records, and where the two disagree. Exit code 3 when they disagree about what is deployed now.",
    examples: [
      ['post-deployment history', 'of all models in all watched environments, newest first'],
      ['post-deployment history jukebox', 'of one model, in all environments'],
      ['post-deployment history jukebox -e prod --at 2026-11-02', 'what was deployed at the end of that day (UTC)'],
      ['post-deployment history jukebox --serving', 'also what served in the cluster, where that is observed'],
      ["post-deployment history jukebox --at '2026-11-02T09:30:00+01:00' --json", 'at a moment, for a script'],
    ],
    argument: new Argument('[model]', 'name of the registered model; without it all models, from Git alone'),
    options: [
      environments,
      time('--at <time>', 'only what was deployed then: RFC 3339, or a day; UTC unless a zone is given'),
      wholeNumber(
        '--limit <n>',
        'how far to go back: changes of the model in each environment, or commits for all models',
        1,
        20,
      ),
      new Option('--serving', 'also what served when, as it was observed in the cluster: from the commit statuses'),
      names(
        '--path <paths>',
        'earlier deployment files of the model, separated by commas',
        'files that name the model, or lie in a folder of its name',
      ),
    ],
    run: async (shell, options: HistoryOptions, model: string | undefined) =>
      model === undefined
        ? (await import('./commands/history-of-all.ts')).historyOfAll(shell, options)
        : (await import('./commands/history.ts')).history(shell, model, options),
  },
  {
    name: 'console',
    summary: 'serve a page that shows the installation',
    description:
      'Serve a page in the browser that shows what Git deploys, what the cluster serves and what the registry shows, what happened lately, and the history of each model. It reads while a page is open, and writes nothing. Only this machine can open it; with CONSOLE_TOKEN, or CONSOLE_USER_HEADER behind a login proxy, others can, too. Runs until Ctrl-C.',
    examples: [
      ['post-deployment console', 'prints the address of the page'],
      ['post-deployment console --allow-reconcile', 'with a button that makes the registry match Git'],
      ["CONSOLE_TOKEN=… post-deployment console --listen '*'", 'for everybody who knows the token'],
    ],
    options: [
      wholeNumber('--port <n>', 'port of the page; 0: any free one', 0, 8071, 65_535),
      new Option('--listen <address>', 'IP address of the interface that takes requests, or * for all').default(
        '127.0.0.1',
      ),
      wholeNumber('--interval <seconds>', 'time between two readings while a page is open', 1, 10),
      new Option('--allow-reconcile', 'let the page start a reconcile, which writes to the registry'),
    ],
    run: async (shell, options: ConsoleOptions) => (await import('./commands/console.ts')).serveConsole(shell, options),
  },
  {
    name: 'doctor',
    summary: 'check every setting against the servers',
    description:
      'Check the settings, Git (address, TLS, token, branch, deployment files), the webhook (whether it exists, is active, and calls the right address), the registry (address, token, version, whether it accepts a write) and the clocks, and say what to do about each finding. Changes nothing. Exit code 1 when there is a problem.',
    examples: [
      ['post-deployment doctor', 'after the set-up, and when something is wrong'],
      ['post-deployment doctor --test-delivery --token-file admin-token', 'also let Gitea call the webhook'],
    ],
    options: [
      new Option('--test-delivery', 'ask Gitea for a test delivery of the webhook, and wait for it'),
      ...webhookOptions,
    ],
    run: async (shell, options: DoctorOptions) => (await import('./commands/doctor.ts')).doctor(shell, options),
  },
  {
    name: 'reconcile',
    summary: 'make the registry match Git',
    description:
      'Compare all watched environments, show what would be written to the registry, ask, and write it. This is what every periodic reconcile does by itself. Exit code 3 when something still differs from Git.',
    examples: [
      ['post-deployment reconcile --dry-run', 'only show what would be written'],
      ['post-deployment reconcile', 'show it, ask, write it'],
      ['ENVIRONMENTS=prod post-deployment reconcile --yes', 'one environment, without asking'],
      ['post-deployment reconcile --formerly https://old.example/mlops/gitops', 'after Gitea got another address'],
    ],
    options: [
      dryRun,
      yes,
      names(
        '--formerly <addresses>',
        'former addresses of the repository, or of one that no longer exists: their labels are taken over',
        'what the server says about a rename',
      ),
    ],
    run: async (shell, options: ReconcileOptions) =>
      (await import('./commands/reconcile.ts')).reconcile(shell, options),
  },
  {
    name: 'replay',
    summary: 'run recorded webhooks and events through the functions again',
    description:
      'Run recorded webhooks or CloudEvents through gitea-source, parse and registry-writer again, in this process. The signature of a webhook is verified when GITEA_WEBHOOK_SECRET is set, else the webhook is signed anew; the signature of an event is verified when EVENT_SIGNING_KEY is set. A file is a body beside its .headers.json, JSON with headers and body, an HTTP request as text, one or more structured events, or a payload alone.',
    examples: [
      ['post-deployment replay --dry-run push.json', 'print exactly the calls that would be made'],
      ['post-deployment replay events/samples/dev.mlops.model.promoted.v1.json', 'one event, to registry-writer'],
      ['cat events.jsonl | post-deployment replay -', 'events from standard input, one per line'],
    ],
    argument: new Argument('<file...>', 'files, or - for standard input'),
    options: [
      dryRun,
      new Option(
        '--type <type>',
        'the files hold only the data of events of this type (default: the type in the name of the file)',
      ),
      new Option('--retry', 'repeat what fails for a minute, as a Trigger does'),
    ],
    run: async (shell, options: ReplayOptions, files: string[]) =>
      (await import('./commands/replay.ts')).replay(shell, files, options),
  },
  {
    name: 'webhook',
    summary: 'set up the webhook of the repository',
    description:
      'Create, show, renew or remove the webhook of GITEA_REPOSITORY that calls gitea-source. This needs a token of an administrator of the repository with write:repository; showing it needs read:repository.',
    examples: [
      ['post-deployment webhook create --url http://gitea-source.models.svc.cluster.local/', 'may be repeated'],
    ],
  },
  {
    name: 'webhook create',
    summary: 'create it, or correct it',
    description:
      'Create the webhook, or correct the one that calls this address: active, JSON, the events, the branch filter of GITEA_BRANCH. It may be repeated. A new webhook gets the first secret of GITEA_WEBHOOK_SECRET; an existing one keeps its secret.',
    examples: [
      ['post-deployment webhook create --url http://127.0.0.1:8080/', 'while npm run local runs'],
      ['post-deployment webhook create --url https://hooks.example/ --token-file admin-token', 'with another token'],
    ],
    options: [...webhookOptions, eventNames],
    run: async (shell, options: WebhookOptions) => (await webhookCommands()).create(shell, options),
  },
  {
    name: 'webhook show',
    summary: 'show all webhooks of the repository',
    description: 'Show the webhooks of the repository, and how ours differs from what is needed.',
    examples: [['post-deployment webhook show', 'all webhooks']],
    options: [...webhookOptions, eventNames],
    run: async (shell, options: WebhookOptions) => (await webhookCommands()).show(shell, options),
  },
  {
    name: 'webhook rotate',
    summary: 'renew its secret',
    description:
      'Create a new webhook with the first secret of GITEA_WEBHOOK_SECRET, wait, and remove the older ones to the same address, because Gitea cannot change the secret of a webhook. Before that, let gitea-source accept both secrets: GITEA_WEBHOOK_SECRET=new,old.',
    examples: [['GITEA_WEBHOOK_SECRET=new,old post-deployment webhook rotate', 'asks before it changes the webhook']],
    options: [
      ...webhookOptions,
      eventNames,
      wholeNumber('--wait <seconds>', 'time between creating the new one and removing the old one', 0, 10),
      yes,
    ],
    run: async (shell, options: WebhookOptions) => (await webhookCommands()).rotate(shell, options),
  },
  {
    name: 'webhook delete',
    summary: 'remove it',
    description: 'Remove the webhooks that call this address.',
    examples: [
      ['post-deployment webhook delete --url http://127.0.0.1:8080/', 'asks before it removes the webhook'],
      ['post-deployment webhook delete --yes', 'the one that calls gitea-source, without asking'],
    ],
    options: [...webhookOptions, yes],
    run: async (shell, options: WebhookOptions) => (await webhookCommands()).remove(shell, options),
  },
  {
    name: 'completion',
    summary: 'print a script for completion in a shell',
    description: 'Print the script that completes the commands and options of post-deployment in a shell.',
    examples: [
      ['source <(post-deployment completion bash)', 'in ~/.bashrc; for zsh likewise in ~/.zshrc, after compinit'],
      ['post-deployment completion fish > ~/.config/fish/completions/post-deployment.fish', 'once'],
    ],
    argument: new Argument('<shell>', 'the shell').choices(shells),
    run: async (shell, _options: object, name: (typeof shells)[number], program) => {
      await shell.show(`${completionScript(program, name)}\n`);
      return { exitCode: 0, json: {}, text: () => '', shown: true };
    },
  },
];
