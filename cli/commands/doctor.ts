// `post-deployment doctor`: checks every setting against the servers, and says what to do about each finding.
import { eachRegistry, type OwnSettings, type SettingsOf } from '../../functions/settings.ts';
import { type FunctionName, isOn, rowOf } from '../../functions/table.ts';
import { openRegistry } from '../../registries/index.ts';
import { checkChannels } from '../doctor/check-channels.ts';
import { checkClocks, watchClocks } from '../doctor/check-clocks.ts';
import { checkCluster } from '../doctor/check-cluster.ts';
import { checkFiles, checkGit, checkStatusToken, checkToken } from '../doctor/check-git.ts';
import { checkRegistry } from '../doctor/check-registry.ts';
import { checkServing } from '../doctor/check-serving.ts';
import { checkWebhook } from '../doctor/check-webhook.ts';
import { attempt, type Finding, type Level, type Report, reportTo } from '../doctor/findings.ts';
import type { Git } from '../git.ts';
import { givenUrl } from '../our-webhook.ts';
import { type Colour, type Paint, plural, printable, table } from '../paint.ts';
import { inSettingsOf } from '../registries.ts';
import { CommandError, type Result } from '../result.ts';
import type { Shell } from '../shell.ts';
import { archivedOf, compareGit } from '../status/read-status.ts';

export interface DoctorOptions {
  testDelivery?: boolean;
  tokenFile?: string;
  url?: string;
}

export async function doctor(given: Shell, options: DoctorOptions): Promise<Result> {
  const url = givenUrl(given, options.url);
  const clocks = watchClocks(given);
  const shell: Shell = { ...given, io: { ...given.io, api: clocks.api } };
  const findings: Finding[] = [];
  const about = (what: string) => reportTo(findings, what);

  const { parse, registryWriter, commitStatus, rolloutObserver, notify } = readSettings(shell, about('settings'));
  const git = parse && (await checkGit(shell, parse, about('git')));
  if (parse) await checkToken(shell, parse, git !== undefined, about('token'));
  if (parse && git) {
    checkFiles(git, about('files'));
    if (commitStatus) await checkStatusToken(shell, commitStatus, about('token'));
    await checkOurWebhook(shell, parse, git.reading.branch, { ...options, url }, about('webhook'));
  }
  if (parse && git && rolloutObserver) await checkCluster(shell, rolloutObserver, parse, git, about('cluster'));
  for (const own of registryWriter ? eachRegistry({ registryWriter }) : []) await checkOneRegistry(own.registryWriter);
  await checkChannels(shell, notify, about('channels'));

  async function checkOneRegistry(own: OwnSettings['registryWriter']): Promise<void> {
    const aboutIt = (what: string) =>
      reportTo(findings, [what, own.name].filter(Boolean).join(' '), (text) => inSettingsOf(own.name, text));
    const answers = await checkRegistry(shell, own, aboutIt('registry'));
    if (!parse || !git || !answers) return;
    await checkArchived(shell, { parse, registryWriter: own }, git, aboutIt('registry'));
    await checkServing(shell, rolloutObserver, git, own, aboutIt('serving'));
    checkClocks(clocks.of(parse.url), clocks.of(own.url), own.eventMaxAge, aboutIt('clocks'));
  }

  const problems = findings.filter(({ level }) => level === 'problem').length;
  return {
    exitCode: problems > 0 ? 1 : 0,
    json: { healthy: problems === 0, findings },
    text: (paint) => render(findings, paint),
  };
}

type Settings = Pick<OwnSettings, 'parse' | 'registryWriter'>;

/** Reads the settings of each function by itself, so that an error in one hides none in another. */
function readSettings(shell: Shell, report: Report): Partial<OwnSettings> {
  const reported = new Set<string>();
  const read = <N extends FunctionName>(target: N, ifMissing: Level): SettingsOf<N> | undefined => {
    try {
      const settings = shell.settings([target]);
      report.ok(`The settings of ${target} are complete.`);
      return settings;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      for (const text of error.message.split('\n').slice(1)) {
        const line = text.replace(/^- /, '');
        if (reported.has(line)) continue;
        reported.add(line);
        report[/it is not set$/.test(line) ? ifMissing : 'problem'](`${line} (for ${target}).`, error.next);
      }
      return undefined;
    }
  };
  const parse = read('parse', 'problem')?.parse;
  const registryWriter = read('registry-writer', 'problem')?.registryWriter;
  // Only gitea-source needs its settings; a laptop may be without them.
  read('gitea-source', 'note');
  const readIfOn = <N extends FunctionName>(target: N) =>
    isOn(rowOf(target), shell.env) ? read(target, 'problem') : undefined;
  const commitStatus = readIfOn('commit-status')?.commitStatus;
  const rolloutObserver = readIfOn('rollout-observer')?.rolloutObserver;
  const notify = readIfOn('notify')?.notify;
  return { parse, registryWriter, commitStatus, rolloutObserver, notify };
}

async function checkOurWebhook(
  shell: Shell,
  parse: Settings['parse'],
  branch: string,
  { testDelivery = false, tokenFile, url }: DoctorOptions,
  report: Report,
): Promise<void> {
  let admin: Settings['parse'] | undefined;
  try {
    if (tokenFile !== undefined)
      admin = shell.settings(['parse'], { GITEA_TOKEN: undefined, GITEA_TOKEN_FILE: tokenFile }).parse;
  } catch (error) {
    report.problem((error as Error).message.split('\n').at(-1)!, 'Name a file with a token: --token-file <file>.');
  }
  const tokenName = admin ? 'the token of --token-file' : 'GITEA_TOKEN';
  await checkWebhook(shell, admin ?? parse, { testDelivery, tokenName, url, branch }, report);
}

/** Looks for versions that Git deploys and that are archived in the registry. */
async function checkArchived(shell: Shell, settings: Settings, git: Git, report: Report): Promise<void> {
  const registry = openRegistry(settings.registryWriter, shell.io);
  await attempt(report, [[/./, 'post-deployment status shows more.']], async () => {
    for (const environment of git.reading.environments.keys()) {
      const { compared } = await compareGit(shell, settings, git, registry, environment);
      for (const { about, reason } of compared.flatMap((one) => archivedOf(one, environment)))
        report.warning(
          `${environment}: ${about}: ${reason}`,
          'Restore the version in the registry, or deploy another one.',
        );
    }
  });
}

const shown: Readonly<Record<Level, [Colour, string]>> = {
  ok: ['green', 'ok'],
  note: ['dim', 'note'],
  warning: ['yellow', 'warning'],
  problem: ['red', 'PROBLEM'],
};

function render(findings: readonly Finding[], paint: Paint): string {
  const rows = findings.flatMap(({ level, about, said, next }) => {
    const [colour, word] = shown[level];
    return [[paint[colour](word), about, printable(said)], ...(next ? [['', '', `→ ${printable(next)}`]] : [])];
  });
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const summary = `${plural(count('problem'), 'problem')}, ${plural(count('warning'), 'warning')}.`;
  return `${table(rows, paint.columns)}\n\n${paint[count('problem') > 0 ? 'red' : 'green'](summary)}`;
}
