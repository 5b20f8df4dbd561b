// What a history is made of: plain data, so that fast-check can shrink it and a person can read it. Does nothing.
import type { GenerationName as GiteaGeneration } from '../../stand-ins/gitea/index.ts';
import type { MergeStyle } from '../../stand-ins/gitea/world.ts';
import type { GenerationName as MlflowGeneration } from '../../stand-ins/mlflow/generations.ts';
import type { GenerationName as KubeflowGeneration } from '../../stand-ins/model-registry/generations.ts';

export const environments = ['prod', 'stage'] as const;
/** Of the tree: the last one is watched by nobody, and named like a label of the training pipeline. */
export const folders = ['prod', 'stage', 'test'] as const;
export const applications = ['bass', 'drums', 'horns'] as const;
/** Two of them look alike to SQL's LIKE, and the last one cannot be quoted in MLflow's filters. */
export const models = ['jukebox', 'beat_box', 'beat-box', 'drums', `it's "live"`] as const;
/** To MLflow, the last two are a version's number and where it comes from. */
export const versions = [
  '1.0',
  '1.10',
  'v1_0',
  'v1-0',
  '4562117e17',
  '007',
  'latest',
  '2',
  's3://models/ours/1',
] as const;
export const people = ['ada', 'bea', 'cem'] as const;
export const repositories = ['ada/fleet', 'bea/lab'] as const;
/** What the first repository is called at a time; settings call it by the first. */
export const repositoryNames = ['fleet', 'fleet-2', 'fleet-3'] as const;

/** What a deployment file holds. Numbers count into the lists above; `model` absent: the folder names it. */
export type Content =
  | { is: 'deployment'; model?: number; version: number; note: number; uri: boolean; written?: Writing }
  | { is: 'unreadable'; how: 'not YAML' | 'YAML 1.2' | 'a list' | 'not UTF-8' | 'link' | 'too large'; note: number }
  /** To the file of an application in the last of `folders`, which may be a link itself. */
  | { is: 'link'; application: number }
  | { is: 'nothing'; how: 'empty' | 'no version'; note: number };

export const registries = {
  kubeflow: ['main-postgres', 'main-mariadb', 'v0.3.3-postgres', 'v0.2.21-mariadb'],
  mlflow: ['mlflow-oldest', 'mlflow-newest'],
} as const satisfies { kubeflow: readonly KubeflowGeneration[]; mlflow: readonly `mlflow-${MlflowGeneration}`[] };
export type RegistryName = keyof typeof registries;
export const registryNames = Object.keys(registries) as RegistryName[];
export type RegistryGeneration = (typeof registries)[RegistryName][number];

/** With another version before, which does not count; as a list, whose second entry deploys another model. */
export type Writing = 'a key twice' | 'merged' | 'a list';

export interface Change {
  folder: number;
  application: number;
  to: Content | 'deleted';
}

export type Step =
  | { do: 'push'; commits: Change[][]; by: number }
  | {
      do: 'merge';
      commits: Change[][];
      style: MergeStyle;
      /** Pushed to the base while the request is open. */
      meanwhile?: Change;
      by: number;
      merger: number;
      deleteBranch: boolean;
    }
  | { do: 'revert'; back: number; by: number }
  | { do: 'rename'; folder: number; from: number; to: number; by: number }
  /** Back to an earlier head, and maybe on from there; `forgets`: the server's housekeeping then removes what nothing reaches. */
  | { do: 'force'; back: number; onward?: Change; by: number; forgets: boolean }
  | { do: 'remove everything'; by: number }
  | { do: 'rename repository'; to: number }
  | { do: 'noise'; what: 'readme' | 'tag' | 'branch' | 'branch gone' | 'test delivery' | 'nothing changed' }
  | { do: 'other repository'; change: Change }
  | { do: 'register'; model: number; version: number; artifacts: number }
  /** `between`: not now, but between the writer's next reading and its write. */
  | { do: 'person'; act: PersonAct; model: number; version: number; hold: number; between: boolean }
  | { do: 'ping' }
  | { do: 'forge'; what: Forgery; model: number; version: number };

const everywhere = [
  'note on the version',
  'note on the model',
  'label test on',
  'label test off',
  'label prod on',
  'label prod off',
  'mark gone',
  'mark damaged',
  'record gone',
] as const;
/** Writes of somebody else, from a copy that is `hold` ms old where the registry takes whole maps. */
export const personActs = {
  kubeflow: [...everywhere, 'archive', 'other uri', 'one more artifact'],
  mlflow: [...everywhere, 'alias prod moved', 'alias prod gone', 'alias champion moved', 'registered again', 'deleted'],
} as const;
export type PersonAct = (typeof personActs)[RegistryName][number];

/** By somebody who can reach our addresses and has seen what was sent; the third has the webhook's secret as well. */
export const forgeries = [
  'webhook without a signature',
  'webhook with a wrong signature',
  'webhook of a push that never was',
  'promotion without a good signature',
  'observation without a good signature',
  'drift of everything',
] as const;
export type Forgery = (typeof forgeries)[number];

export interface Timed {
  /** ms after the step before. */
  after: number;
  step: Step;
}

/** Of the n-th event that the broker takes. */
export const eventFates = ['lost', 'doubled', 'replayed', 'late', 'cut off'] as const;
export type EventFate = (typeof eventFates)[number];

/** Of the n-th delivery of a webhook. */
export const fates = [...eventFates, 'shortened'] as const;
export type Fate = (typeof fates)[number];

export const callFaults = [
  'time-out before', // never arrives
  'time-out after', // takes effect, the answer is lost
  'late effect', // takes effect when the caller no longer waits
  'reset before',
  'reset after',
  404,
  409,
  429,
  500,
  502,
  503,
  '502 after', // takes effect, and a proxy answers 502
  'malformed',
  'malformed after',
  'cut off', // the answer breaks off and the caller can tell
  'cut short', // the answer is shorter than it was and the caller cannot tell by its length
  'short list', // whole JSON, but a list in it lacks its end
  'slow',
] as const;
export type CallFault = (typeof callFaults)[number];

export const links = [
  'gitea → gitea-source',
  'parse → gitea',
  'parse → gitea, tree',
  'parse → gitea, contents',
  'registry-writer → registry',
  'registry-writer → registry, look-up',
  'registry-writer → registry, write',
  'gitea-source → broker',
  'parse → broker',
  'broker → parse',
  'broker → registry-writer',
  'broker → commit-status',
  'commit-status → gitea',
] as const;
export type Link = (typeof links)[number];

export const processes = ['gitea-source', 'parse', 'registry-writer', 'broker', 'commit-status'] as const;
export type ProcessName = (typeof processes)[number];

/** The n-th outbound call of a process is its last: it dies before sending it, or before its answer. */
export interface Death {
  process: ProcessName;
  nth: number;
  when: 'before' | 'after';
  /** ms until a new one is up. */
  down: number;
}

export const outageKinds = ['gitea', 'slow gitea', 'broker', 'database', 'stalled database', 'registry'] as const;

export interface Outage {
  of: (typeof outageKinds)[number];
  /** ms after dawn. */
  at: number;
  lasts: number;
}

/** A version as the pipeline registered it before the history begins. */
export interface Registered {
  model: number;
  version: number;
  artifacts: number;
  /** Labels that stood there before. */
  labels: ('prod' | 'stage' | 'test')[];
  archived: boolean;
}

/** A model that another installation has marked before the history begins. */
export interface Marked {
  model: number;
  /** Of another Gitea; or ours of an earlier release, which named the repository by the address it read it at. */
  by: 'another' | 'an earlier release';
  environment: number;
  /** One of its versions has the label, too. */
  holds: boolean;
}

/** What becomes of a model in the cluster. */
export const turns = ['follows Git', 'fails', 'by hand', 'two at once', 'gone'] as const;
export interface Turn {
  /** ms after dawn. */
  at: number;
  environment: number;
  model: number;
  act: (typeof turns)[number];
  /** By hand: which one; one more than there are: something that Git could not deploy. */
  version: number;
  /** ms that a rollout takes. */
  lasts: number;
}

export interface History {
  /** Decides pauses on the way and ties. */
  seed: number;
  gitea: GiteaGeneration;
  registry: RegistryGeneration;
  /** What it is a history of; decides what else there is. */
  kind: 'calm' | 'labels taken' | 'nothing lost' | 'Git alone' | 'everybody' | 'two repositories';
  asynchronous: boolean;
  /** The branch is not there before the first step. */
  fresh: boolean;
  /** Instances of parse at a time. */
  parses: number;
  /** Where Gitea is read: at its ROOT_URL, at the address of its Service, or by some at the one, by some at the other. */
  readAt: 'root' | 'service' | 'both';
  /** Entries on a page of a tree, and of a list of MLflow. */
  page: number;
  signed: boolean;
  /** People are told on the commits of the first repository. */
  statuses: boolean;
  twoRepositories: boolean;
  /** ms that clocks are off: Gitea's, the registry's, and those of parse, one per instance. */
  skews: { gitea: number; registry: number; parse: number[] };
  registered: Registered[];
  marked: Marked[];
  steps: Timed[];
  fates: { nth: number; fate: Fate }[];
  eventFates: { nth: number; fate: EventFate }[];
  faults: { link: Link; nth: number; fault: CallFault }[];
  deaths: Death[];
  outages: Outage[];
  /** In virtual time only. */
  cluster: Turn[];
}
