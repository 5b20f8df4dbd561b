// The status of all models as the console's page shows it: one clear state for each row, and why. Pure.
import type { Overview, Remark, Row, RowState } from '../../console/overview.ts';
import type { Phase } from '../../promotions/rollout/judge.ts';
import { withoutFilesNext, withoutFilesText } from '../git.ts';
import { type ModelStatus, phaseNext, type State } from './model-status.ts';
import type { Status } from './read-status.ts';

/** Models whose labels are somebody else's are left out: a shared registry has many. */
const foreign: readonly State[] = ['unmarked', 'other repository'];

/** `before`: what was read last. The rows of a registry that cannot be read now stay, and their state is not known. */
export function overviewOf(status: Status, before?: Overview): Overview {
  const { repository, branch, head, environments, registries, unreadable, warnings, withoutFiles } = status;
  const rows: Row[] = [];
  const remarks: Remark[] = [
    ...withoutFiles.map((one) => ({ bad: true, text: withoutFilesText(one), next: withoutFilesNext })),
    ...unreadable.map(({ path, reason, counts }) => ({
      bad: true,
      text: `${path} cannot be read: ${reason}. Until it is corrected in Git, what counts is ${counts}.`,
    })),
    ...warnings.map(({ about, reason }) => ({ bad: false, text: `${about}: ${reason}` })),
  ];
  for (const one of registries) {
    if (!('result' in one)) {
      const { failed, next } = one;
      remarks.push({ bad: true, text: `${one.name ?? one.registry}: ${failed}`, ...(next && { next }) });
      const reason = 'The registry cannot be read now, and this is what it said last.';
      for (const { next: _, ...row } of before?.rows ?? [])
        if (row.registryName === one.name) rows.push({ ...row, state: 'unknown', reason });
      continue;
    }
    const { models, archived } = one.result;
    remarks.push(...archived.map(({ environment, reason }) => ({ bad: false, text: `${environment}: ${reason}` })));
    for (const model of models)
      if (!foreign.includes(model.state))
        rows.push({ ...(one.name && { registryName: one.name }), ...rowOf(model, repository) });
  }
  return { repository, branch, head, environments, rows, remarks };
}

export function rowOf(status: ModelStatus, repository: string): Row {
  const { environment, model, git, cluster, registry, since, by, pullRequest, commit } = status;
  const number = /\/pulls?\/(\d+)$/.exec(pullRequest ?? '')?.[1];
  return {
    environment,
    model,
    ...stateOf(status),
    git,
    ...(cluster && {
      cluster: {
        serving: cluster.serving,
        phase: cluster.phase,
        ...(cluster.since && { since: cluster.since }),
      },
    }),
    registry,
    ...(since && { since }),
    ...(by && { by }),
    ...(pullRequest && { request: { title: number ? `#${number}` : pullRequest, url: pullRequest } }),
    ...(commit && { commit: { id: commit, url: `${repository}/commit/${commit}` } }),
  };
}

const ofState: Readonly<Record<State, RowState>> = {
  ok: 'in sync',
  drift: 'differs',
  'not registered': 'differs',
  blocked: 'differs',
  'unknown model': 'unknown',
  unmarked: 'unknown',
  'other repository': 'unknown',
};

const ofPhase: Readonly<Record<Phase, RowState>> = {
  verified: 'in sync',
  progressing: 'rolling out',
  failed: 'failed',
  drifted: 'differs',
  unknown: 'unknown',
};

/** Where the registry differs, that is told first, and that it therefore says nothing of the rollout is not told. */
function stateOf({ state, explanation, next, cluster }: ModelStatus): Pick<Row, 'state' | 'reason' | 'next'> {
  const said = [explanation, state !== 'ok' && cluster?.phase === 'unknown' ? undefined : cluster?.reason]
    .filter(Boolean)
    .join(' ');
  const what = next ?? (cluster && phaseNext[cluster.phase]);
  return {
    state: state === 'ok' && cluster ? ofPhase[cluster.phase] : ofState[state],
    ...(said && { reason: said }),
    ...(what && { next: what }),
  };
}
