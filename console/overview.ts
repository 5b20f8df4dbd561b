// What the page shows first: a row for each model of an environment, from Git over the cluster to the registry. Types alone; the
// command line reads it (cli/status/overview.ts), so that `post-deployment status` and the page never disagree.

/** `unknown`: somebody who should know does not say it. */
export type RowState = 'in sync' | 'rolling out' | 'differs' | 'failed' | 'unknown';

export interface Row {
  environment: string;
  model: string;
  /** The name of a further registry (FURTHER_REGISTRIES); absent: the first one. */
  registryName?: string;
  state: RowState;
  /** Why it is not in sync, in whole sentences. */
  reason?: string;
  /** What to do about it. */
  next?: string;
  /** What Git deploys. Empty: nothing any more. */
  git: { version: string; applications: string[] }[];
  /** What serves, as it was observed last. Absent: nobody observes the model in a cluster. */
  cluster?: { serving: string[]; since?: string; phase: string };
  /** Versions that hold the label. */
  registry: string[];
  /** RFC 3339, and who and what promoted the version; of several versions the latest. */
  since?: string;
  by?: string;
  request?: { title: string; url: string };
  commit?: { id: string; url: string };
}

/** About no model: a deployment file that cannot be read, a registry that does not answer. */
export interface Remark {
  bad: boolean;
  text: string;
  next?: string;
}

export interface Overview {
  /** Address of the repository, the watched branch, and the commit that was read. */
  repository: string;
  branch: string;
  head: string;
  environments: string[];
  /** By environment, then by model: rows never change places because their state does. */
  rows: Row[];
  remarks: Remark[];
}

/** Something that is read again and again. */
export interface Part<T> {
  /** The last that could be read. */
  value?: T;
  /** ms since epoch, of `value`. */
  at?: number;
  /** Why there is nothing newer. */
  error?: string;
}

/** `sentenceOf`: an error, for whoever looks at the page. */
export async function readPart<T>(
  before: Part<T>,
  read: () => Promise<T>,
  sentenceOf = (error: unknown) => (error as Error).message,
): Promise<Part<T>> {
  try {
    return { value: await read(), at: Date.now() };
  } catch (error) {
    return { ...before, error: sentenceOf(error) };
  }
}

/** Something that happened lately, of an installation that keeps no list: from Git's history, commit statuses and the registry. */
export interface Recent {
  /** RFC 3339. */
  at: string;
  /** What it is about, as `karaoke 1.1.0 → prod, #3`. */
  title: string;
  /** `open`: something is still to come; `lost`: an event was lost, and nothing has healed that since. */
  state: 'good' | 'open' | 'bad' | 'lost';
  /** What became of it, in whole sentences. */
  text?: string;
  /** An event about it was lost, and this has made up for it, in a sentence. */
  healed?: string;
  by?: string;
  /** Page of the pull request or the commit. */
  url?: string;
}

/** A time in which the same versions of a model were deployed in an environment, by Git's history. */
export interface Deployed {
  /** Empty: nothing was deployed. */
  versions: string[];
  /** RFC 3339; `until` is absent where it is still deployed. */
  from: string;
  until?: string;
  by?: string;
  request?: { title: string; url: string };
  /** Full id. */
  commit: string;
  /** What was observed in the cluster, and on the newest where the registry's record says something else, in sentences. */
  notes?: string[];
}
