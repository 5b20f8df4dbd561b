// `post-deployment status`: compares what Git deploys with what the registry shows.
import { withoutFilesNext, withoutFilesText } from '../git.ts';
import { type Colour, moment, type Paint, plural, printable, titledTable } from '../paint.ts';
import { CommandError, type Result } from '../result.ts';
import type { Shell } from '../shell.ts';
import { differing, type ModelStatus, type State } from '../status/model-status.ts';
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
  const unknown = names.filter((name) => !all.models.some(({ model }) => model === name));
  if (unknown.length > 0)
    throw new CommandError(
      `Neither Git nor the registry knows ${unknown.join(', ')} in ${all.environments.join(', ')}.`,
      { next: 'post-deployment status without a name shows all models; names are compared with case.' },
    );
  const asked = all.models.filter(({ model }) => names.length === 0 || names.includes(model));
  const wrong = asked.filter(({ state }) => differing.includes(state));
  const models = drift ? wrong : asked;
  const inSync = wrong.length + all.unreadable.length + all.withoutFiles.length === 0 && all.environments.length > 0;
  return {
    exitCode: inSync ? 0 : 3,
    json: { ...all, models, inSync },
    text: (paint) => render({ ...all, models }, asked, wrong.length, paint),
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

function render(status: Status, asked: readonly ModelStatus[], wrong: number, paint: Paint): string {
  const { repository, branch, head, registry, models, unreadable, warnings, withoutFiles } = status;
  const lines = [
    `${paint.dim('Git      ')} ${printable(repository)}, ${printable(branch)} at ${head.slice(0, 10)}`,
    `${paint.dim('Registry ')} ${printable(registry)}`,
    '',
  ];
  const titles = ['ENVIRONMENT', 'MODEL', 'GIT', 'REGISTRY', 'SINCE', 'BY', 'PULL REQUEST', 'STATE'];
  const rows = models.map((one) => row(one, paint));
  if (rows.length > 0) lines.push(titledTable(paint, titles, rows));
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
  return [...lines, '', summary(status, asked.length, wrong, paint)].join('\n');
}

function summary({ environments, unreadable, withoutFiles }: Status, asked: number, wrong: number, paint: Paint) {
  const count = `${plural(asked, 'model')} in ${environments.join(', ') || 'no environment'}`;
  const findings = [
    ...(wrong > 0 ? [`${wrong} ${wrong === 1 ? 'differs' : 'differ'} from Git`] : []),
    ...(unreadable.length > 0 ? [`${plural(unreadable.length, 'file')} cannot be read`] : []),
    ...(withoutFiles.length > 0 ? [`${plural(withoutFiles.length, 'environment')} without a file`] : []),
    ...(environments.length === 0 ? ['no environment has files'] : []),
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

function shortList(names: readonly string[], most: number): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

function row(
  { environment, model, git, registry, since, by, pullRequest, state }: ModelStatus,
  paint: Paint,
): string[] {
  const versions = git.map(({ version }) => version).join(', ');
  const number = /\/pulls?\/(\d+)$/.exec(pullRequest ?? '')?.[1];
  return [
    environment,
    model,
    versions || '-',
    shortList(registry, 5) || '-',
    since === undefined ? '-' : moment(since),
    by ?? '-',
    number === undefined ? (pullRequest ?? '-') : `#${number}`,
  ]
    .map(printable)
    .concat(paint[colours[state]](state));
}
