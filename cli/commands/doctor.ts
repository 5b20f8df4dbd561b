// `post-deployment doctor`: checks every setting against the servers, and says what to do about each finding.
import type { OwnSettings, SettingsOf } from '../../functions/settings.ts';
import type { FunctionName } from '../../functions/table.ts';
import { openRegistry } from '../../registries/index.ts';
import { type Clocks, checkClocks, watchClocks } from '../doctor/check-clocks.ts';
import { checkFiles, checkGit, checkStatusToken, checkToken } from '../doctor/check-git.ts';
import { checkRegistry } from '../doctor/check-registry.ts';
import { checkWebhook } from '../doctor/check-webhook.ts';
import { attempt, type Finding, type Level, type Report, reportTo } from '../doctor/findings.ts';
import type { Git } from '../git.ts';
import { givenUrl } from '../our-webhook.ts';
import { type Colour, type Paint, plural, printable, table } from '../paint.ts';
import { CommandError, type Result } from '../result.ts';
import type { Shell } from '../shell.ts';
import { archivedOf, compareGit } from '../status/read-status.ts';

export interface DoctorOptions {
  testDelivery?: boolean;
  tokenFile?: string;
  url?: string;
}

/** What checks have found out for those after them. */
interface Known extends Partial<Pick<OwnSettings, 'parse' | 'registryWriter'>> {
  shell: Shell;
  clocks: Clocks;
  options: DoctorOptions;
  git?: Git | undefined;
  registryAnswers?: boolean;
}

interface Check {
  about: string;
  /** Left out unless all of these are known. */
  needs: readonly (keyof Known)[];
  run(known: Known, report: Report): Promise<void> | void;
}

/** In this order. */
const checks: readonly Check[] = [
  { about: 'settings', needs: [], run: readSettings },
  {
    about: 'git',
    needs: ['parse'],
    async run(known, report) {
      known.git = await checkGit(known.shell, known.parse!, report);
    },
  },
  {
    about: 'token',
    needs: ['parse'],
    run: ({ shell, parse, git }, report) => checkToken(shell, parse!, git !== undefined, report),
  },
  { about: 'files', needs: ['git'], run: ({ git }, report) => checkFiles(git!, report) },
  { about: 'token', needs: ['git'], run: ({ shell }, report) => checkStatusToken(shell, report) },
  { about: 'webhook', needs: ['git'], run: checkOurWebhook },
  {
    about: 'registry',
    needs: ['registryWriter'],
    async run(known, report) {
      known.registryAnswers = await checkRegistry(known.shell, known.registryWriter!, report);
    },
  },
  { about: 'registry', needs: ['git', 'registryAnswers'], run: checkArchived },
  {
    about: 'clocks',
    needs: ['git', 'registryAnswers'],
    run({ clocks, parse, registryWriter }, report) {
      checkClocks(clocks.of(parse!.url), clocks.of(registryWriter!.url), registryWriter!.eventMaxAge, report);
    },
  },
];

export async function doctor(given: Shell, options: DoctorOptions): Promise<Result> {
  givenUrl(given, options.url);
  const clocks = watchClocks(given);
  const known: Known = { shell: { ...given, io: { ...given.io, api: clocks.api } }, clocks, options };
  const findings: Finding[] = [];
  for (const { about, needs, run } of checks)
    if (needs.every((need) => known[need])) await run(known, reportTo(findings, about));

  const problems = findings.filter(({ level }) => level === 'problem').length;
  return {
    exitCode: problems > 0 ? 1 : 0,
    json: { healthy: problems === 0, findings },
    text: (paint) => render(findings, paint),
  };
}

/** Reads the settings of each function by itself, so that an error in one hides none in another. */
function readSettings(known: Known, report: Report): void {
  const reported = new Set<string>();
  const read = <N extends FunctionName>(target: N, ifMissing: Level): SettingsOf<N> | undefined => {
    try {
      const settings = known.shell.settings([target]);
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
  Object.assign(known, { ...(parse && { parse }), ...(registryWriter && { registryWriter }) });
}

async function checkOurWebhook({ shell, parse, git, options }: Known, report: Report): Promise<void> {
  const { testDelivery = false, tokenFile, url } = options;
  let admin: OwnSettings['parse'] | undefined;
  try {
    if (tokenFile !== undefined)
      admin = shell.settings(['parse'], { GITEA_TOKEN: undefined, GITEA_TOKEN_FILE: tokenFile }).parse;
  } catch (error) {
    report.problem((error as Error).message.split('\n').at(-1)!, 'Name a file with a token: --token-file <file>.');
  }
  const tokenName = admin ? 'the token of --token-file' : 'GITEA_TOKEN';
  const { branch } = git!.reading;
  await checkWebhook(shell, admin ?? parse!, { testDelivery, tokenName, url: givenUrl(shell, url), branch }, report);
}

/** Looks for versions that Git deploys and that are archived in the registry. */
async function checkArchived({ shell, parse, registryWriter, git }: Known, report: Report): Promise<void> {
  const settings = { parse: parse!, registryWriter: registryWriter! };
  const registry = openRegistry(settings.registryWriter, shell.io);
  await attempt(report, [[/./, 'post-deployment status shows more.']], async () => {
    for (const environment of git!.reading.environments.keys()) {
      const { compared } = await compareGit(shell, settings, git!, registry, environment);
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
