// The words of this field as types: what a head of the branch says is deployed where. Holds no behaviour.

/** Who did something, as far as the forge knows. Both may be missing (a commit by an unknown e-mail has only `name`). */
export interface Person {
  login?: string;
  name?: string;
}

/** A merged pull request, believed only when its merge commit is the commit that was asked about. */
export interface PullRequest {
  number: number;
  /** Page for people (html url). */
  url: string;
  title: string;
  /** Full commit id on the watched branch. */
  mergeCommit: string;
}

/** One version of a model that Git deploys in an environment. Everything after `applications` is the first application's, by name. */
export interface Serving {
  /** As written in the file: `1.10`, `4562117e17`, `007` are text. */
  version: string;
  /** Sorted by code point, at least one. */
  applications: string[];
  path: string;
  /** Full id of the last commit that changed the file. */
  commit: string;
  /** Only for the artifact environment and when the template could be filled. */
  uri?: string;
  /** RFC 3339. */
  promotedAt: string;
  promotedBy: Person;
  pullRequest?: PullRequest;
  /**
   * The version served already before the push or, in an event of a reconcile, at each change since the commit of the deployment
   * record that the registry has of it. So the record goes on.
   */
  continues?: boolean;
}

/** What made us look: a push, or the periodic comparison. */
export type Cause = 'push' | 'reconcile';

/** What one head says about one model in one environment; `serving` is empty when Git does not deploy it there. */
export interface Promotion {
  environment: string;
  model: string;
  cause: Cause;
  /** The repository's public address, by whatever address it is read. */
  repository: string;
  /** What stays the same when the repository is renamed, within its server. */
  repositoryId?: string;
  /** Other addresses by which it is or was read, under a former name too: markers that name one are its own. */
  formerly?: string[];
  branch: string;
  /** Full id of the head that was read. */
  head: string;
  /** When the reading began: RFC 3339 with milliseconds, forge's clock, strictly increasing within a process. */
  observedAt: string;
  /** False: some file of the environment could not be read at all, so nothing may be removed. */
  complete: boolean;
  serving: Serving[];
}

/** The short form of a serving model, for the comparison of whole environments. */
export interface ObservedModel {
  model: string;
  /** Sorted by code point. */
  versions: { version: string; applications: string[]; uri?: string }[];
}

/** One page of an environment: all models with `page.from` <= name < `page.to`, by code point. */
export interface Observation {
  environment: string;
  repository: string;
  /** As of a Promotion. */
  repositoryId?: string;
  formerly?: string[];
  branch: string;
  head: string;
  observedAt: string;
  complete: boolean;
  /** First `from` is `""`; the last page has no `to`. `number` counts from 1. */
  page: { from: string; to?: string; number: number; of: number };
  models: ObservedModel[];
}

/** Models of one environment that differ between Git and the registry. */
export interface Drift {
  environment: string;
  repository: string;
  repositoryId?: string;
  head: string;
  observedAt: string;
  models: DriftedModel[];
}

export interface DriftedModel {
  model: string;
  /** Versions by Git. */
  git: string[];
  /** Versions that hold the label. */
  registry: string[];
  /** Of `git`, those that lack the label and have an open deployment record, with its commit. `parse` finds out whether that record goes on. */
  records?: { version: string; commit: string }[];
}
