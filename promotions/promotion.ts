// The terms of this project as types: what a head of the branch says is deployed where. Has no behaviour.

/** Who did something, as far as the forge knows. Both may be missing (a commit by an unknown e-mail has only `name`). */
export interface Person {
  login?: string;
  name?: string;
}

/** A merged pull request whose merge commit is the commit in question. */
export interface PullRequest {
  number: number;
  /** Page for people (html url). */
  url: string;
  title: string;
  /** Full commit id on the watched branch. */
  mergeCommit: string;
}

/** One version of a model that Git deploys in an environment. The fields after `applications` belong to the first application by name. */
export interface PromotedVersion {
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
   * Git deployed the version already before the push or, in an event of a reconcile, at each change since the commit of the deployment
   * record that the registry has of it. So the record goes on.
   */
  continues?: boolean;
}

/** What made us read Git: a push, or a reconcile. */
export type Cause = 'push' | 'reconcile';

/** One reading of an environment: which head said it, and when. */
export interface Reading {
  environment: string;
  /** The repository's public address, even if it is read at another one. */
  repository: string;
  /** The server's id of the repository, which stays when the repository is renamed. */
  repositoryId?: string;
  /** Other addresses of the repository, also of former names: ownership markers with one of them are its own. */
  formerly?: string[];
  branch: string;
  /** Full id of the head that was read. */
  head: string;
  /** When the reading began: RFC 3339 with milliseconds, forge's clock, strictly increasing within a process. */
  observedAt: string;
  /** False: a file of the environment could not be read, nor any earlier content of it, so no label may be removed. */
  complete: boolean;
}

/** What one head says about one model in one environment; `serving` is empty when Git does not deploy it there. */
export interface Promotion extends Reading {
  model: string;
  cause: Cause;
  /** What Git deploys; the name is that of the event's field. */
  serving: PromotedVersion[];
}

/** The short form of a deployed model, in the report of a whole environment. */
export interface ReportedModel {
  model: string;
  /** Sorted by code point. */
  versions: { version: string; applications: string[]; uri?: string }[];
}

/** One page of an environment: all models with `page.from` <= name < `page.to`, by code point. */
export interface EnvironmentReport extends Reading {
  /** First `from` is `""`; the last page has no `to`. `number` counts from 1. */
  page: { from: string; to?: string; number: number; of: number };
  models: ReportedModel[];
}

/** Models of one environment that differ between Git and the registry. */
export interface Drift extends Pick<Reading, 'environment' | 'repository' | 'repositoryId' | 'head' | 'observedAt'> {
  models: DriftedModel[];
}

export interface DriftedModel {
  model: string;
  /** Versions that Git deploys. */
  git: string[];
  /** Versions that hold the label. */
  registry: string[];
  /** Of `git`, those that lack the label and have an open deployment record, with its commit. `parse` finds out whether that record goes on. */
  records?: { version: string; commit: string }[];
}
