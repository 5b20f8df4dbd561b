// `post-deployment doctor`: every setting against the servers as they are, and what to do about each finding.
import type { OwnSettings, SettingsOf } from '../../functions/settings.ts';
import type { FunctionName } from '../../functions/table.ts';
import { openRegistry } from '../../registries/index.ts';
import { checkClocks, watchClocks } from '../doctor/check-clocks.ts';
import { checkGit, checkStatusToken } from '../doctor/check-git.ts';
import { checkRegistry } from '../doctor/check-registry.ts';
import { checkWebhook } from '../doctor/check-webhook.ts';
import { attempt, type Finding, type Level, type Report } from '../doctor/finding.ts';
import type { Git } from '../git.ts';
import { toldUrl } from '../our-webhook.ts';
import { type Colour, type Paint, plural, printable, table } from '../paint.ts';
import { CommandError, type Result } from '../result.ts';
import type { Shell } from '../shell.ts';
import { archivedOf, compareGit } from '../status/read-status.ts';

export interface DoctorOptions {
  testDelivery?: boolean;
  tokenFile?: string;
  url?: string;
}

export async function doctor(shell: Shell, { testDelivery = false, tokenFile, url }: DoctorOptions): Promise<Result> {
  const told = toldUrl(shell, url);
  const findings: Finding[] = [];
  const report: Report = (level, about, said, next) =>
    void findings.push({ level, about, said, ...(next && { next }) });
  const clocks = watchClocks(shell);
  const watched: Shell = { ...shell, io: { ...shell.io, api: clocks.api } };

  const { parse, registryWriter } = readAll(shell, report);
  const git = parse && (await checkGit(watched, parse, report));
  if (git) await checkStatusToken(watched, report);
  if (parse && git) {
    const admin = tokenFile === undefined ? undefined : tokenFrom(shell, tokenFile, report);
    const tokenName = admin ? 'the token of --token-file' : 'GITEA_TOKEN';
    const { branch } = git.reading;
    await checkWebhook(watched, admin ?? parse, { testDelivery, tokenName, url: told, branch }, report);
  }
  const registry = registryWriter && (await checkRegistry(watched, registryWriter, report));
  if (parse && git && registryWriter && registry) {
    await checkArchived(watched, { parse, registryWriter }, git, report);
    checkClocks(clocks.of(parse.url), clocks.of(registryWriter.url), registryWriter.eventMaxAge, report);
  }

  const problems = findings.filter(({ level }) => level === 'problem').length;
  return {
    exitCode: problems > 0 ? 1 : 0,
    json: { healthy: problems === 0, findings },
    text: (paint) => render(findings, paint),
  };
}

type Compared = Pick<OwnSettings, 'parse' | 'registryWriter'>;

/** Versions that Git deploys and somebody has archived. */
async function checkArchived(shell: Shell, settings: Compared, git: Git, report: Report): Promise<void> {
  const registry = openRegistry(settings.registryWriter, shell.io);
  await attempt(
    report,
    'registry',
    () => 'post-deployment status tells more.',
    async () => {
      for (const environment of git.reading.environments.keys()) {
        const { compared } = await compareGit(shell, settings, git, registry, environment);
        for (const { about, reason } of compared.flatMap((one) => archivedOf(one, environment)))
          report(
            'warning',
            'registry',
            `${environment}: ${about}: ${reason}`,
            'Restore the version in the registry, or deploy another one.',
          );
      }
    },
  );
}

/** The settings of each function by itself, so that one fault hides no other. */
function readAll(shell: Shell, report: Report): Partial<Compared> {
  const told = new Set<string>();
  const read = <N extends FunctionName>(target: N, missing: Level): SettingsOf<N> | undefined => {
    try {
      const settings = shell.settings([target]);
      report('ok', 'settings', `Those of ${target} are complete.`);
      return settings;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      for (const line of error.message
        .split('\n')
        .slice(1)
        .map((text) => text.replace(/^- /, ''))) {
        if (told.has(line)) continue;
        told.add(line);
        const level = /it is not set$/.test(line) ? missing : 'problem';
        report(level, 'settings', `${line} (for ${target}).`, error.next);
      }
      return undefined;
    }
  };
  const parse = read('parse', 'problem')?.parse;
  const registryWriter = read('registry-writer', 'problem')?.registryWriter;
  // Only gitea-source has it; a laptop need not.
  read('gitea-source', 'note');
  return { parse, registryWriter };
}

function tokenFrom(shell: Shell, file: string, report: Report): OwnSettings['parse'] | undefined {
  try {
    return shell.settings(['parse'], { GITEA_TOKEN: undefined, GITEA_TOKEN_FILE: file }).parse;
  } catch (error) {
    report(
      'problem',
      'settings',
      (error as Error).message.split('\n').at(-1)!,
      'Name a file with a token: --token-file <file>.',
    );
    return undefined;
  }
}

const marks: Readonly<Record<Level, [Colour, string]>> = {
  ok: ['green', 'ok'],
  note: ['dim', 'note'],
  warning: ['yellow', 'warning'],
  problem: ['red', 'PROBLEM'],
};

function render(findings: readonly Finding[], paint: Paint): string {
  const rows = findings.flatMap(({ level, about, said, next }) => {
    const [colour, word] = marks[level];
    return [[paint[colour](word), about, printable(said)], ...(next ? [['', '', `→ ${printable(next)}`]] : [])];
  });
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const problems = count('problem');
  const summary = `${plural(problems, 'problem')}, ${plural(count('warning'), 'warning')}`;
  return [table(rows, paint.columns), '', problems > 0 ? paint.red(`${summary}.`) : paint.green(`${summary}.`)].join(
    '\n',
  );
}
