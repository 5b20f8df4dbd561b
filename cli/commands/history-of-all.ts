// `post-deployment history` without a model: which versions of all models were deployed where and when, by Git.
import { chosenEnvironments, readGit } from '../git.ts';
import {
  type Change,
  type FleetAt,
  type FleetHistory,
  readFleetAt,
  readFleetHistory,
} from '../history/fleet-history.ts';
import { moment, type Paint, plural, printable, titledTable } from '../paint.ts';
import { CommandError, type Result, wrongUse } from '../result.ts';
import type { Shell } from '../shell.ts';
import type { HistoryOptions } from './history.ts';

export async function historyOfAll(
  shell: Shell,
  { environment, at, limit, path, serving }: HistoryOptions,
): Promise<Result> {
  if (serving)
    throw wrongUse('--serving: expected a model; it is missing.', 'post-deployment history <model> --serving');
  if (path.length > 0)
    throw wrongUse(
      '--path: expected the model that was in these files; it is missing.',
      `post-deployment history <model> --path ${path.map(printable).join(',')}`,
    );
  const { parse } = shell.settings(['parse']);
  const git = await readGit(shell, parse);
  const environments = chosenEnvironments(git.reading, environment);
  const { repository, branch } = git.reading;
  shell.progress.step('Reading the history');
  const walk = { environments, limit, rest: () => shell.io.clock.sleep(0) };
  if (at === undefined) {
    const found = await readFleetHistory(git, parse, walk);
    const json = { repository, branch, environments, ...found };
    return { exitCode: 0, json, text: (paint) => render(found, environments, paint) };
  }
  const found = await readFleetAt(git, parse, walk, at);
  if (found === undefined)
    throw new CommandError(`${at.toISOString()} is before what was read (${plural(limit, 'commit')}).`, {
      next: 'Go back further with --limit.',
    });
  return {
    exitCode: 0,
    json: { repository, branch, at: at.toISOString(), ...found },
    text: (paint) => renderAt(found, at, paint),
  };
}

function render({ changes, more }: FleetHistory, environments: readonly string[], paint: Paint): string {
  const names = environments.join(', ') || 'no environment';
  const titles = ['SINCE', 'ENVIRONMENT', 'MODEL', 'VERSION', 'BEFORE', 'PULL REQUEST', 'BY', 'COMMIT'];
  const lines = [paint.bold(`All models in ${names}`)];
  const rows = changes.map((one) => row(one, paint));
  if (rows.length > 0) lines.push(titledTable(paint, titles, rows));
  else lines.push('Nothing was deployed in the commits that were read.');
  if (more) lines.push('… older ones with --limit');
  return lines.join('\n');
}

function row({ from, environment, model, versions, before, pullRequest, by, commit }: Change, paint: Paint): string[] {
  return [
    moment(from),
    environment,
    printable(model),
    versions.map(printable).join(', ') || paint.dim('nothing'),
    before.map(printable).join(', ') || '-',
    pullRequest ? `#${pullRequest.number}` : '-',
    printable(by ?? '-'),
    commit.slice(0, 10),
  ];
}

function renderAt({ environments, from, commit, by, pullRequest }: FleetAt, at: Date, paint: Paint): string {
  const lines = [paint.bold(`All models at ${at.toISOString()}`)];
  if (commit)
    lines.push(
      `since ${from}, commit ${commit}${pullRequest ? `, pull request #${pullRequest.number} ${printable(pullRequest.title)}` : ''}${by ? `, by ${printable(by)}` : ''}`,
    );
  const rows = environments.flatMap(({ environment, models }) =>
    models.length === 0
      ? [[environment, paint.dim('nothing'), '']]
      : models.map(({ model, versions }) => [environment, printable(model), versions.map(printable).join(', ')]),
  );
  return [...lines, titledTable(paint, ['ENVIRONMENT', 'MODEL', 'VERSION'], rows)].join('\n');
}
