// `post-deployment history`: which versions of a model were deployed where and when, by Git, and what the registry's deployment
// records say.
import { openForge } from '../../forges/index.ts';
import type { EntryState } from '../../promotions/commit-status.ts';
import { labelOf } from '../../promotions/property-names.ts';
import { openRegistry } from '../../registries/index.ts';
import type { Registry } from '../../registries/registry.ts';
import { createOpenBoth } from '../git.ts';
import { type GitHistory, type Period, readGitHistory } from '../history/git-history.ts';
import { disagreements, recordOf, type VersionRecord } from '../history/registry-record.ts';
import { readServingHistory, type ServingEntry } from '../history/serving-history.ts';
import { type Colour, moment, type Paint, printable, titledTable } from '../paint.ts';
import { failedText, ofEach, registryLine } from '../registries.ts';
import { CommandError, type Result } from '../result.ts';
import type { ReadingShell } from '../shell.ts';

export interface HistoryOptions {
  environment: string[];
  at?: Date;
  limit: number;
  path: string[];
  serving?: boolean;
}

/** What one registry says beside Git. */
interface Recorded {
  /** For each version its latest period. */
  records: VersionRecord[];
  disagreements: string[];
}

/** As the first registry says; `further`: the others. */
export interface EnvironmentHistory extends GitHistory, Recorded {
  environment: string;
  further?: ({ name?: string } & Recorded)[];
  /** What was observed in the cluster, newest first. Undefined: it was not asked for. */
  serving?: ServingEntry[];
}

/**
 * What Git and the registries say about one model. `open`: reads Git. Throws CommandError when an environment is not watched, or
 * Git has no deployment of the model in any of them.
 */
export async function readHistory(
  shell: ReadingShell,
  model: string,
  options: HistoryOptions,
  open = createOpenBoth(shell),
) {
  const { settings, git, environments } = await open(options.environment);
  const { parse } = settings[0]!;
  const inGit: (GitHistory & Pick<EnvironmentHistory, 'environment' | 'serving'>)[] = [];
  const forge = options.serving ? openForge(parse, shell.io) : undefined;
  for (const environment of environments) {
    shell.progress.step(`Reading the history of ${environment}`);
    const rest = () => shell.io.clock.sleep(0);
    const wanted = { model, environment, paths: options.path, limit: options.limit, rest };
    const found = await readGitHistory(git, parse, wanted);
    const about = {
      model,
      environment,
      branch: git.reading.branch,
      commits: found.periods.map(({ commit }) => commit),
    };
    const serving = forge && (await readServingHistory(forge, about));
    inGit.push({ environment, ...found, ...(serving && { serving }) });
  }
  shell.progress.step('Reading the records');
  const found = await ofEach(settings, ({ registryWriter }) =>
    readRecords(openRegistry(registryWriter, shell.io), model, inGit),
  );
  const recorded = found.map((one) => ('result' in one ? one.result : undefined));
  const all = inGit.map((one, i): EnvironmentHistory => {
    const [first, ...further] = found.map(({ name }, n) => ({ name, ...(recorded[n]?.environments[i] ?? unread) }));
    const { records, disagreements } = first!;
    return { ...one, records, disagreements, ...(further.length > 0 && { further }) };
  });
  if (all.every(({ periods }) => periods.length === 0))
    throw new CommandError(
      `Git has no deployment of ${model} in ${environments.join(', ')}, as far as its files can be found.`,
      {
        next: `Names are compared with case. If its file was elsewhere, say where: post-deployment history ${model} --path <path in the repository>`,
      },
    );
  const { repository, branch } = git.reading;
  return {
    repository,
    branch,
    environments: all,
    registered: recorded[0]?.registered ?? false,
    inSync: recorded.every((one) => one?.inSync),
    failed: found.flatMap((one) => ('result' in one ? [] : [one])),
  };
}

export async function history(shell: ReadingShell, model: string, options: HistoryOptions): Promise<Result> {
  const { repository, branch, environments, registered, inSync, failed } = await readHistory(shell, model, options);
  const { at } = options;
  return {
    exitCode: failed.length > 0 ? 1 : inSync ? 0 : 3,
    json: {
      model,
      repository,
      branch,
      ...(at && { at: at.toISOString() }),
      registered,
      ...(failed.length > 0 && { failed }),
      environments: environments.map((one) =>
        at ? { ...one, ...servingAt(one, at), periods: one.periods.filter((period) => covers(period, at)) } : one,
      ),
    },
    text: (paint) =>
      [
        ...environments.map((one) => (at ? renderAt(model, one, at, paint) : render(model, one, paint))),
        ...failed.map((one) => `${registryLine(one, paint)}\n${failedText(one, paint)}`),
      ].join('\n\n'),
  };
}

/** Of a registry that did not answer. */
const unread: Recorded = { records: [], disagreements: [] };

async function readRecords(
  registry: Registry,
  model: string,
  histories: readonly (GitHistory & { environment: string })[],
): Promise<{ registered: boolean; environments: Recorded[]; inSync: boolean }> {
  const registered = await registry.findModel(model);
  let inSync = true;
  const environments: Recorded[] = [];
  for (const { environment, periods } of histories) {
    const latest = latestPeriods(periods);
    const known = registered && (await registry.findVersions(registered, labelOf(environment), [...latest.keys()]));
    const records = [...latest.keys()].map((name) => recordOf(name, known?.named.get(name), environment));
    const differing = records.flatMap((record) => disagreements(record, latest.get(record.version)!));
    for (const { name } of known?.holders ?? [])
      if (!latest.has(name)) differing.push(`The registry labels ${name}; in this history it was never deployed.`);
    const deployed = new Set(periods[0]?.versions.map(({ version }) => version));
    inSync &&=
      known === undefined ||
      (known.holders.every(({ name }) => deployed.has(name)) &&
        records.every((one) => !deployed.has(one.version) || one.holdsLabel));
    environments.push({ records, disagreements: differing });
  }
  return { registered: registered !== undefined, environments, inSync };
}

/** By version. */
function latestPeriods(periods: readonly Period[]): Map<string, Period> {
  const latest = new Map<string, Period>();
  for (const period of periods)
    for (const { version } of period.versions) {
      const known = latest.get(version);
      if (known === undefined) latest.set(version, { ...period });
      // Only the applications changed in between: it is one period.
      else if (known.from === period.to)
        latest.set(version, { ...period, ...(known.to === undefined ? { to: undefined } : { to: known.to }) });
    }
  return latest;
}

export function covers({ from, to }: Pick<Period, 'from' | 'to'>, at: Date): boolean {
  return Date.parse(from) <= at.getTime() && (to === undefined || at.getTime() < Date.parse(to));
}

function render(
  model: string,
  { environment, periods, more, records, disagreements: differing, further = [], serving }: EnvironmentHistory,
  paint: Paint,
): string {
  const lines = [paint.bold(`${printable(model)} in ${environment}`)];
  if (periods.length === 0) return [...lines, '  never deployed, as far as its files can be found'].join('\n');
  const rows = periods.map((period) => [
    `  ${moment(period.from)}`,
    period.to === undefined ? 'now' : moment(period.to),
    printable(period.versions.map(({ version }) => version).join(', ')) || paint.dim('nothing'),
    period.pullRequest ? `#${period.pullRequest.number}` : '-',
    printable(period.by ?? '-'),
    period.commit.slice(0, 10),
    recordText(period, records),
    ...further.map((one) => recordText(period, one.records)),
  ]);
  const titles = [
    ...['  FROM', 'TO', 'VERSION', 'PULL REQUEST', 'BY', 'COMMIT', "REGISTRY'S RECORD"],
    ...further.map(({ name }) => `RECORD IN ${name}`),
  ];
  lines.push(titledTable(paint, titles, rows));
  if (more) lines.push('  … older ones with --limit');
  return [...lines, ...differingLines(differing, further, paint), ...servingLines(serving, paint)].join('\n');
}

const colours: Readonly<Record<EntryState, Colour>> = {
  success: 'green',
  pending: 'yellow',
  warning: 'yellow',
  failure: 'red',
};

function servingLines(serving: readonly ServingEntry[] | undefined, paint: Paint): string[] {
  if (serving === undefined) return [];
  const title = paint.bold('  Observed in the cluster');
  if (serving.length === 0) return [title, '  nothing, as far as the commit statuses of these commits say'];
  const rows = serving.map(({ at, state, text, commit }) => [
    `  ${moment(at)}`,
    paint[colours[state]](state),
    commit.slice(0, 10),
    printable(text),
  ]);
  return [title, titledTable(paint, ['  FROM', 'STATE', 'COMMIT', 'WHAT SERVED'], rows)];
}

/** The last that was observed until then. */
function servingAt({ serving }: EnvironmentHistory, at: Date): Pick<EnvironmentHistory, 'serving'> {
  if (serving === undefined) return {};
  return { serving: serving.filter((entry) => Date.parse(entry.at) <= at.getTime()).slice(0, 1) };
}

function recordText({ versions, to }: Period, records: readonly VersionRecord[]): string {
  return versions
    .map(({ version }) => {
      const record = records.find((one) => one.version === version);
      // Its registry was not read.
      if (record === undefined) return '?';
      if (!record.registered) return 'not registered';
      if (record.holdsLabel && to === undefined)
        return record.promotedAt ? `labelled, since ${moment(record.promotedAt)}` : 'labelled, no record';
      if (record.holdsLabel) return 'labelled now';
      return record.retiredAt ? `until ${moment(record.retiredAt)}` : 'no record';
    })
    .join(', ');
}

function renderAt(model: string, one: EnvironmentHistory, at: Date, paint: Paint): string {
  const { environment, periods, more, disagreements: differing, further } = one;
  const there = periods.find((period) => covers(period, at));
  const when = `${paint.bold(`${printable(model)} in ${environment}`)} at ${at.toISOString()}`;
  if (there === undefined) {
    const unknown = more ? 'before what was read: use --limit' : 'nothing: it was not deployed yet';
    return `${when}: ${unknown}`;
  }
  const { versions, from, by, pullRequest, commit, to } = there;
  const names = versions.map(({ version, applications }) => `${version} (${applications.join(', ')})`).join(', ');
  return [
    `${when}: ${printable(names) || 'nothing'}`,
    `  from ${from}${to === undefined ? ', and still' : ` to ${to}`}`,
    `  commit ${commit}${pullRequest ? `, pull request #${pullRequest.number} ${printable(pullRequest.title)} (${printable(pullRequest.url)})` : ''}${by ? `, by ${printable(by)}` : ''}`,
    ...differingLines(differing, further, paint),
    ...servingLines(servingAt(one, at).serving, paint),
  ].join('\n');
}

/** Sentences; of a further registry with its name. */
export function differencesIn(
  ofFirst: readonly string[],
  further: NonNullable<EnvironmentHistory['further']>,
): string[] {
  return [...ofFirst, ...further.flatMap(({ name, disagreements: said }) => said.map((text) => `${name}: ${text}`))];
}

function differingLines(
  ofFirst: readonly string[],
  further: NonNullable<EnvironmentHistory['further']> = [],
  paint: Paint,
): string[] {
  const differing = differencesIn(ofFirst, further);
  if (differing.length === 0) return [];
  return [
    paint.yellow(
      '  Where the two disagree (Git is the authority; the registry keeps only the latest period of a version):',
    ),
    ...differing.map((text) => `  - ${printable(text)}`),
  ];
}
