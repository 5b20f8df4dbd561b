// Histories that once ended in a divergence, or nearly did, as fixed values: a seed means another story as soon as the generator
// changes. `npm run histories -- --story "its name"` tells one step by step.
import type { Patch } from './bundle.ts';
import type { Change, History, Registered, Step } from './history.ts';

export interface Story {
  name: string;
  history: History;
  /** Puts the fault back that it once found; then it has to end in a divergence. */
  found?: Patch;
}

const [prod, stage] = [0, 1];
const [bass, drums] = [0, 1];
const [jukebox, beatBox] = [0, 1];
const [ada, bea, cem] = [0, 1, 2];

function deploys(application: number, model: number, version: number, folder = prod): Change {
  return { folder, application, to: { is: 'deployment', model, version, note: 0, uri: false } };
}

function registered(...versions: [model: number, version: number][]): Registered[] {
  return versions.map(([model, version]) => ({ model, version, artifacts: 1, labels: [], archived: false }));
}

function push(by: number, ...changes: Change[]): Step {
  return { do: 'push', commits: changes.map((change) => [change]), by };
}

function merge(merger: number, ...changes: Change[]): Step {
  const commits = changes.map((change) => [change]);
  return { do: 'merge', commits, style: 'merge', by: ada, merger, deleteBranch: true };
}

/** Nothing fails, unless `more` says so. `steps`: five minutes apart, or, where nothing is lost, as fast as people can. */
function calm(steps: readonly Step[], more: Partial<History> = {}): History {
  return {
    kind: 'calm',
    seed: 1,
    gitea: 'gitea-1.26',
    registry: 'main-postgres',
    asynchronous: false,
    signed: false,
    statuses: true,
    fresh: false,
    parses: 1,
    readAt: 'service',
    page: 1000,
    skews: { gitea: 0, registry: 0, parse: [0] },
    twoRepositories: false,
    registered: registered([jukebox, 0], [jukebox, 1], [beatBox, 0], [beatBox, 1]),
    marked: [],
    steps: steps.map((step) => ({ after: more.kind === 'nothing lost' ? 300 : 300_000, step })),
    fates: [],
    eventFates: [],
    faults: [],
    deaths: [],
    outages: [],
    cluster: [],
    ...more,
  };
}

export const stories: readonly Story[] = [
  {
    name: 'pushes come faster than a slow Gitea can be read, and every one gets through',
    history: {
      ...calm([], { kind: 'nothing lost', outages: [{ of: 'slow gitea', at: 60_000, lasts: 600_000 }] }),
      steps: Array.from({ length: 35 }, (_, i) => ({
        after: 5_000,
        step: push(ada, deploys(bass, jukebox, i % 2), deploys(drums, beatBox, i % 2)),
      })),
    },
    found: { file: 'config/limits.ts', replace: 'parseReading: 40_000', by: 'parseReading: 2_000' },
  },
  {
    name: 'pushed back to the merge of another file, a version is not credited to that request',
    history: calm([
      push(bea, deploys(bass, jukebox, 0)),
      merge(cem, deploys(drums, beatBox, 0)),
      push(bea, deploys(bass, jukebox, 1)),
      { do: 'force', back: 1, by: ada, forgets: false },
    ]),
    found: {
      file: 'functions/parse/provenance.ts',
      replace: 'const pull = pushed && recent ?',
      by: 'const pull = pushed ?',
    },
  },
  {
    name: 'where the server forgets the head that was pushed away, its models are left to the reconcile, which takes them',
    history: calm([
      push(bea, deploys(drums, beatBox, 0)),
      push(bea, deploys(bass, jukebox, 0)),
      { do: 'force', back: 1, onward: deploys(drums, beatBox, 1), by: cem, forgets: true },
      { do: 'noise', what: 'readme' },
    ]),
  },
  {
    name: 'pushed back to before the first deployment file, everything is withdrawn',
    history: calm([push(bea, deploys(bass, jukebox, 0)), { do: 'force', back: 1, by: ada, forgets: false }]),
  },
  {
    name: 'with the secret, a commit inside a merged request can be called the head before; what was never a head moves no label',
    history: calm(
      [
        merge(cem, deploys(bass, jukebox, 0), deploys(bass, beatBox, 0)),
        { do: 'forge', what: 'webhook of a push that never was', model: 0, version: 0 },
        { do: 'forge', what: 'webhook of a push that never was', model: 0, version: 0 },
        { do: 'forge', what: 'webhook of a push that never was', model: 0, version: 0 },
      ],
      { kind: 'Git alone' },
    ),
  },
  {
    name: 'a warning stays on the commit that it was about when a later commit brings the same version again',
    history: calm([
      merge(ada, deploys(bass, jukebox, 0)),
      push(bea, deploys(drums, jukebox, 2)),
      push(bea, deploys(bass, beatBox, 0), deploys(bass, jukebox, 0), deploys(drums, beatBox, 1)),
    ]),
  },
  {
    name: 'two environments of one model, merged within a second, lose neither label',
    history: calm(
      [
        merge(cem, deploys(bass, jukebox, 0)),
        merge(ada, deploys(bass, jukebox, 0, stage)),
        merge(bea, deploys(bass, jukebox, 1)),
      ],
      { kind: 'nothing lost' },
    ),
  },
  {
    name: 'a proxy answers the look-up of a withdrawn model with 404, and the label goes all the same',
    history: calm([push(bea, deploys(bass, jukebox, 0)), { do: 'remove everything', by: ada }], {
      faults: [2, 3, 4, 5].map((nth) => ({ link: 'registry-writer → registry, look-up', nth, fault: 404 })),
    }),
    found: {
      file: 'registries/kubeflow/client.ts',
      replace: 'answer.status === 404 ? readNotFound(jsonOf(answer)) : undefined',
      by: `answer.status === 404 ? (readNotFound(jsonOf(answer)) ?? 'none') : undefined`,
    },
  },
  {
    name: 'a person takes the new label away before the old one goes, and it is set once more',
    history: calm(
      [
        push(bea, deploys(bass, jukebox, 0)),
        { do: 'person', act: 'label prod off', model: jukebox, version: 1, hold: 2, between: true },
        push(bea, deploys(bass, jukebox, 1)),
      ],
      { kind: 'labels taken' },
    ),
    found: {
      file: 'functions/registry-writer/write.ts',
      replace: 'if (wrote && !(await isSettled(writing, markedModel, plan))) return { plan, isSettled: false };',
      by: '',
    },
  },
  {
    name: 'a version is registered again under the same tag, and the younger one gets label and alias at the next reconcile',
    history: calm(
      [
        push(bea, deploys(bass, jukebox, 0)),
        { do: 'person', act: 'registered again', model: jukebox, version: 0, hold: 2, between: false },
      ],
      { kind: 'everybody', registry: 'mlflow-newest' },
    ),
    found: {
      file: 'functions/registry-writer/compare.ts',
      replace: '(model.newest ?? holder.id) === holder.id',
      by: 'true',
    },
  },
  {
    name: 'the marker of another repository is taken over in several calls, and what is cut short is finished by the reconcile',
    history: calm([push(bea, deploys(bass, jukebox, 5))], {
      kind: 'everybody',
      registry: 'mlflow-newest',
      marked: [{ model: jukebox, environment: prod, by: 'another', holds: false }],
      faults: Array.from({ length: 20 }, (_, nth) => ({
        link: 'registry-writer → registry, write',
        nth,
        fault: nth === 0 ? '502 after' : 500,
      })),
    }),
    found: { file: 'promotions/ownership-marker.ts', replace: '...(changesHands && { completes })', by: '' },
  },
  {
    name: 'a proxy answers the look-up of a withdrawn model of MLflow with 404, and the label goes all the same',
    history: calm([push(bea, deploys(bass, jukebox, 0)), { do: 'remove everything', by: ada }], {
      registry: 'mlflow-oldest',
      faults: [4, 5, 6].map((nth) => ({ link: 'registry-writer → registry, look-up', nth, fault: 404 })),
    }),
    found: {
      file: 'registries/mlflow/client.ts',
      replace: 'return isMissing(answer) ?',
      by: 'return answer.status === 404 || isMissing(answer) ?',
    },
  },
];
