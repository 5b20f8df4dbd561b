// `post-deployment history`: which versions of a model were deployed where and when, by Git, and what the registry's deployment
// records say.
import { openForge } from '../../forges/index.ts';
import type { EntryState } from '../../promotions/commit-status.ts';
import { labelOf } from '../../promotions/property-names.ts';
import { openBoth } from '../git.ts';
import { type GitHistory, type Period, readGitHistory } from '../history/git-history.ts';
import { disagreements, recordOf, type VersionRecord } from '../history/registry-record.ts';
import { readServingHistory, type ServingEntry } from '../history/serving-history.ts';
import { type Colour, moment, type Paint, printable, titledTable } from '../paint.ts';
import { CommandError, type Result } from '../result.ts';
import type { Shell } from '../shell.ts';

export interface HistoryOptions {
  environment: string[];
  at?: Date;
  limit: number;
  path: string[];
  serving?: boolean;
}

interface EnvironmentHistory extends GitHistory {
  environment: string;
  /** For each version its latest period. */
  records: VersionRecord[];
  disagreements: string[];
  /** What was observed in the cluster, newest first. Undefined: it was not asked for. */
  serving?: ServingEntry[];
}

export async function history(shell: Shell, model: string, options: HistoryOptions): Promise<Result> {
  const { settings, git, registry, environments } = await openBoth(shell, options.environment);
  shell.progress.step('Looking the model up');
  const registered = await registry.findModel(model);
  const all: EnvironmentHistory[] = [];
  let inSync = true;
  const forge = options.serving ? openForge(settings.parse, shell.io) : undefined;
  for (const environment of environments) {
    shell.progress.step(`Reading the history of ${environment}`);
    const rest = () => shell.io.clock.sleep(0);
    const wanted = { model, environment, paths: options.path, limit: options.limit, rest };
    const found = await readGitHistory(git, settings.parse, wanted);
    const latest = latestPeriods(found.periods);
    const known = registered && (await registry.findVersions(registered, labelOf(environment), [...latest.keys()]));
    const records = [...latest.keys()].map((name) => recordOf(name, known?.named.get(name), environment));
    const differing = records.flatMap((record) => disagreements(record, latest.get(record.version)!));
    for (const { name } of known?.holders ?? [])
      if (!latest.has(name)) differing.push(`The registry labels ${name}; in this history it was never deployed.`);
    const deployed = new Set(found.periods[0]?.versions.map(({ version }) => version));
    inSync &&=
      known === undefined ||
      (known.holders.every(({ name }) => deployed.has(name)) &&
        records.every((one) => !deployed.has(one.version) || one.holdsLabel));
    const about = {
      model,
      environment,
      branch: git.reading.branch,
      commits: found.periods.map(({ commit }) => commit),
    };
    const serving = forge && (await readServingHistory(forge, about));
    all.push({ environment, ...found, records, disagreements: differing, ...(serving && { serving }) });
  }
  if (all.every(({ periods }) => periods.length === 0))
    throw new CommandError(
      `Git has no deployment of ${model} in ${environments.join(', ')}, as far as its files can be found.`,
      {
        next: `Names are compared with case. If its file was elsewhere, say where: post-deployment history ${model} --path <path in the repository>`,
      },
    );
  const { at } = options;
  return {
    exitCode: inSync ? 0 : 3,
    json: {
      model,
      repository: git.reading.repository,
      branch: git.reading.branch,
      ...(at && { at: at.toISOString() }),
      registered: registered !== undefined,
      environments: all.map((one) =>
        at ? { ...one, ...servingAt(one, at), periods: one.periods.filter((period) => covers(period, at)) } : one,
      ),
    },
    text: (paint) => all.map((one) => (at ? renderAt(model, one, at, paint) : render(model, one, paint))).join('\n\n'),
  };
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

function covers({ from, to }: Period, at: Date): boolean {
  return Date.parse(from) <= at.getTime() && (to === undefined || at.getTime() < Date.parse(to));
}

function render(
  model: string,
  { environment, periods, more, records, disagreements: differing, serving }: EnvironmentHistory,
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
  ]);
  const titles = ['  FROM', 'TO', 'VERSION', 'PULL REQUEST', 'BY', 'COMMIT', "REGISTRY'S RECORD"];
  lines.push(titledTable(paint, titles, rows));
  if (more) lines.push('  … older ones with --limit');
  return [...lines, ...differingLines(differing, paint), ...servingLines(serving, paint)].join('\n');
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
      if (record === undefined || !record.registered) return 'not registered';
      if (record.holdsLabel && to === undefined)
        return record.promotedAt ? `labelled, since ${moment(record.promotedAt)}` : 'labelled, no record';
      if (record.holdsLabel) return 'labelled now';
      return record.retiredAt ? `until ${moment(record.retiredAt)}` : 'no record';
    })
    .join(', ');
}

function renderAt(model: string, one: EnvironmentHistory, at: Date, paint: Paint): string {
  const { environment, periods, more, disagreements: differing } = one;
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
    ...differingLines(differing, paint),
    ...servingLines(servingAt(one, at).serving, paint),
  ].join('\n');
}

function differingLines(differing: readonly string[], paint: Paint): string[] {
  if (differing.length === 0) return [];
  return [
    paint.yellow(
      '  Where the two disagree (Git is the authority; the registry keeps only the latest period of a version):',
    ),
    ...differing.map((text) => `  - ${printable(text)}`),
  ];
}
