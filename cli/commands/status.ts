// `post-deployment status`: compares what Git deploys with what the registry shows.
import type { Phase } from '../../promotions/rollout/judge.ts';
import { withoutFilesNext, withoutFilesText } from '../git.ts';
import { type Colour, moment, type Paint, plural, printable, shortList, titledTable } from '../paint.ts';
import { failedText, registryLine } from '../registries.ts';
import { CommandError, type Result } from '../result.ts';
import type { Shell } from '../shell.ts';
import { differing, isUnserved, type ModelStatus, phaseNext, type State } from '../status/model-status.ts';
import { readStatus, type Status } from '../status/read-status.ts';
import { watch } from '../status/watch.ts';

export interface StatusOptions {
  environment: string[];
  drift?: boolean;
  watch?: boolean;
  interval: number;
  json?: boolean;
}

export async function status(shell: Shell, names: string[], options: StatusOptions): Promise<Result> {
  const read = () => readOnce(shell, names, options);
  return options.watch ? watch(shell, read, options) : read();
}

async function readOnce(shell: Shell, names: string[], { environment, drift }: StatusOptions): Promise<Result> {
  const all = await readStatus(shell, environment);
  const read = all.registries.flatMap((one) => ('result' in one ? [one.result] : []));
  const isAsked = ({ model }: ModelStatus) => names.length === 0 || names.includes(model);
  const unknown = names.filter((name) => !read.some(({ models }) => models.some(({ model }) => model === name)));
  if (unknown.length > 0 && read.length === all.registries.length)
    throw new CommandError(
      `Neither Git nor the registry knows ${unknown.join(', ')} in ${all.environments.join(', ')}.`,
      { next: 'post-deployment status without a name shows all models; names are compared with case.' },
    );
  const isWrong = ({ state }: ModelStatus) => differing.includes(state);
  const isShown = (one: ModelStatus) => isAsked(one) && (!drift || isWrong(one) || isUnserved(one));
  const asked = read.flatMap(({ models }) => models.filter(isAsked));
  const isComplete = read.length === all.registries.length;
  const ofGit = all.unreadable.length + all.withoutFiles.length === 0 && all.environments.length > 0;
  const inSync = isComplete && ofGit && !asked.some(isWrong);
  const { registries, ...git } = all;
  const [first, ...further] = registries.map((one) => {
    if (!('result' in one)) return { ...one, models: [], warnings: [] };
    const { result, ...about } = one;
    return { ...about, models: result.models.filter(isShown), warnings: result.archived };
  });
  return {
    exitCode: !isComplete ? 1 : !inSync ? 3 : asked.some(isUnserved) ? 4 : 0,
    json: {
      ...git,
      ...first,
      warnings: [...git.warnings, ...first!.warnings],
      ...(further.length > 0 && { further }),
      inSync,
    },
    text: (paint) => render(all, isShown, isAsked, paint),
  };
}

const colours: Readonly<Record<State, Colour>> = {
  ok: 'green',
  drift: 'red',
  blocked: 'red',
  'not registered': 'red',
  'unknown model': 'dim',
  unmarked: 'yellow',
  'other repository': 'yellow',
};

const phaseColours: Readonly<Record<Phase, Colour>> = {
  verified: 'green',
  progressing: 'yellow',
  failed: 'red',
  drifted: 'red',
  unknown: 'red',
};

type Filter = (one: ModelStatus) => boolean;

/** Of several registries one after the other; what is to be said of files in Git stands with the first that was read. */
function render(status: Status, isShown: Filter, isAsked: Filter, paint: Paint): string {
  const { repository, branch, head, registries } = status;
  const git = `${paint.dim('Git      ')} ${printable(repository)}, ${printable(branch)} at ${head.slice(0, 10)}`;
  const firstRead = registries.find((one) => 'result' in one);
  const parts = registries.map((one) => {
    const above = registryLine(one, paint);
    if (!('result' in one)) return `${above}\n\n${failedText(one, paint)}`;
    const { models, archived } = one.result;
    const ofFiles = one === firstRead ? status : { unreadable: [], warnings: [], withoutFiles: [] };
    const about = { ...status, ...ofFiles, warnings: [...ofFiles.warnings, ...archived] };
    return `${above}\n\n${renderOne(about, models.filter(isShown), models.filter(isAsked), paint)}`;
  });
  return `${git}\n${parts.join('\n\n')}`;
}

function renderOne(status: Status, models: ModelStatus[], asked: readonly ModelStatus[], paint: Paint): string {
  const { unreadable, warnings, withoutFiles } = status;
  const lines: string[] = [];
  // Without anybody who observes a cluster there is nothing to show of it.
  const isObserved = models.some(({ cluster }) => cluster !== undefined);
  const columns = columnsOf(paint).filter(({ ofCluster }) => isObserved || !ofCluster);
  const titles = columns.map(({ title }) => title);
  const rows = models.map((one) => columns.map(({ cell }) => cell(one)));
  if (rows.length > 0) lines.push(titledTable(paint, titles, rows));
  for (const { environment, model, cluster } of models) {
    if (cluster?.reason === undefined) continue;
    const { phase, reason } = cluster;
    const name = printable(`${environment}/${model}`);
    lines.push('', `${paint[phaseColours[phase]](`${name}: ${phase}.`)} ${printable(reason)}`);
    if (phaseNext[phase]) lines.push(`  → ${phaseNext[phase]}`);
  }
  for (const alike of explained(models).values()) {
    const { state, explanation = '', next } = alike[0]!;
    const all = alike.map(({ environment, model }) => `${environment}/${model}`);
    const names = shortList(all, 10);
    lines.push('', `${paint[colours[state]](`${printable(names)}: ${state}.`)} ${printable(explanation)}`);
    if (next) lines.push(`  → ${printable(next)}`);
  }
  for (const one of withoutFiles) {
    lines.push('', paint.red(printable(withoutFilesText(one))), `  → ${withoutFilesNext}`);
  }
  for (const { environment, path, reason, counts } of unreadable) {
    lines.push(
      '',
      `${paint.red(`${environment}: a file cannot be read.`)} ${printable(path)}: ${printable(reason)}; counts ${counts}.`,
    );
    lines.push('  → Correct it in Git. What it deployed before goes on running and keeps its label.');
  }
  for (const { environment, about, reason } of warnings)
    lines.push('', `${paint.yellow(`${environment}: ${printable(about)}:`)} ${printable(reason)}`);
  return [...lines, '', summary(status, asked, paint)].join('\n');
}

function summary({ environments, unreadable, withoutFiles }: Status, asked: readonly ModelStatus[], paint: Paint) {
  const wrong = asked.filter(({ state }) => differing.includes(state)).length;
  const unserved = asked.filter(isUnserved).length;
  const count = `${plural(asked.length, 'model')} in ${environments.join(', ') || 'no environment'}`;
  const findings = [
    ...(wrong > 0 ? [`${wrong} ${wrong === 1 ? 'differs' : 'differ'} from Git`] : []),
    ...(unreadable.length > 0 ? [`${plural(unreadable.length, 'file')} cannot be read`] : []),
    ...(withoutFiles.length > 0 ? [`${plural(withoutFiles.length, 'environment')} without a file`] : []),
    ...(environments.length === 0 ? ['no environment has files'] : []),
    ...(unserved > 0 ? [`${unserved} ${unserved === 1 ? 'does' : 'do'} not serve what Git deploys`] : []),
  ];
  if (findings.length === 0) return `${paint.green('In sync:')} ${count}.`;
  return `${count}: ${paint.red(findings.join(', '))}.`;
}

/** Models with the same explanation are listed together: a shared registry has many labels of other repositories. */
function explained(models: readonly ModelStatus[]): Map<string, ModelStatus[]> {
  const groups = new Map<string, ModelStatus[]>();
  for (const one of models) {
    if (one.explanation === undefined) continue;
    const said = JSON.stringify([one.state, one.explanation, one.next]);
    groups.set(said, [...(groups.get(said) ?? []), one]);
  }
  return groups;
}

interface Column {
  title: string;
  cell(status: ModelStatus): string;
  /** Shown only where a cluster is observed. */
  ofCluster?: true;
}

function columnsOf(paint: Paint): Column[] {
  const column = (title: string, text: (status: ModelStatus) => string | undefined): Column => ({
    title,
    cell: (status) => printable(text(status) || '-'),
  });
  return [
    column('ENVIRONMENT', ({ environment }) => environment),
    column('MODEL', ({ model }) => model),
    column('GIT', ({ git }) => git.map(({ version }) => version).join(', ')),
    { ...column('SERVES', ({ cluster }) => cluster && shortList(cluster.serving, 5)), ofCluster: true },
    { ...column('SERVES SINCE', ({ cluster }) => cluster?.since && moment(cluster.since)), ofCluster: true },
    column('REGISTRY', ({ registry }) => shortList(registry, 5)),
    column('SINCE', ({ since }) => since && moment(since)),
    column('BY', ({ by }) => by),
    column('PULL REQUEST', ({ pullRequest }) => {
      const number = /\/pulls?\/(\d+)$/.exec(pullRequest ?? '')?.[1];
      return number === undefined ? pullRequest : `#${number}`;
    }),
    { title: 'STATE', cell: ({ state }) => paint[colours[state]](state) },
    {
      title: 'ROLLOUT',
      cell: ({ cluster }) => (cluster ? paint[phaseColours[cluster.phase]](cluster.phase) : '-'),
      ofCluster: true,
    },
  ];
}
