// The contract of a forge, the server that hosts Git: what is read, written, set up and received there. Adapters read by full
// commit id only and never guess: an answer that is not the one asked for is a TryAgainError (events/errors.ts), never an absence.
import type { Io } from '../io/io.ts';
import type { Person, PullRequest } from '../promotions/promotion.ts';
import type { RepositoryIdentity } from '../promotions/repository-address.ts';

/** One entry of a tree. `mode` as Git writes it: 100644, 100755, 120000 (link), 160000 (submodule), 040000. */
export interface TreeEntry {
  path: string;
  mode: string;
  type: 'blob' | 'tree' | 'commit';
  /** Object id (40 or 64 hex digits). */
  id: string;
  /** Bytes; of blobs only. */
  size?: number;
}

/** All entries below the root of one commit, by path. */
export type Tree = ReadonlyMap<string, TreeEntry>;

/** A repository as the server names it now. */
export interface Repository extends RepositoryIdentity {
  defaultBranch: string;
}

export interface Commit {
  id: string;
  author: Person;
  /** RFC 3339: when the commit was made (committer date). */
  committedAt: string;
  /** Full ids; the first is what the branch was before a merge. */
  parents: string[];
}

export interface MergedPullRequest extends PullRequest {
  /** RFC 3339. */
  mergedAt: string;
  mergedBy: Person;
}

/** One webhook delivery whose signature was right. It says where to look, never what is true. */
export interface Delivery {
  /** A replay by hand has a new one. */
  id: string;
  /** Coarse name of the event: `pull_request`. */
  event: string;
  /** Fine name of the event: `pull_request_sync`; of a push `push`. */
  eventType: string;
  /** `owner/name` in lower case; undefined when the delivery is about no repository. */
  repository?: string;
  /** Page of the repository, else of its owner or of who caused the delivery; undefined when the payload names none. */
  source?: string;
  /** Deliveries with the same one are about the same thing: `owner/name`, else the owner's name, else `source`. */
  partitionkey?: string;
  /** What it is about, for people and filters; undefined when the payload does not say. */
  subject?: string;
  /** The JSON that was signed, unchanged. */
  text: string;
  payload: Readonly<Record<string, unknown>>;
}

/** What a payload says about how a branch moved: where to look, never what is true. */
export interface Move {
  /** Public address of the repository, as the payload says. */
  repository: string;
  /** As RepositoryIdentity's. */
  repositoryId?: string;
  /** `owner/name`. */
  fullName: string;
  /** Full ref: refs/heads/…, refs/tags/… */
  ref: string;
  /** Full commit ids; zeros where the ref did not exist or is gone, or it is not known. */
  before: string;
  after: string;
}

export interface Push extends Move {
  /** Empty when the payload does not say who it was. */
  pusher: Person;
}

/** A pull request that was merged, as the payload of its event says. */
export interface Merge extends Move {
  number: number;
  /** The last of its own commits. */
  head: string;
}

/** One status of a commit, as its page shows it. */
export interface CommitStatus {
  /** What it is about: the newest status of each context counts. */
  context: string;
  /** `pending`, `success`, `warning`, `failure`; of others also any other word. */
  state: string;
  /** A sentence for people. */
  description: string;
  /** The page behind it. */
  url?: string;
}

/**
 * The merge commit of the pull request that brought `commit` onto the branch, or held it and left it out (squashed, rebased),
 * among those merged last; undefined when it came another way, or long ago. Of a commit that is one itself: none or the same.
 */
export type FindMergeCommit = (commit: string) => Promise<string | undefined>;

/** What people read beside a commit. Apart from Forge, because adding one needs a token that may write. Throws as Forge does. */
export interface CommitStatuses extends Pick<Forge, 'repository' | 'mergesOnto' | 'clockOffset'> {
  /** All statuses the commit was ever given, oldest first; undefined only when the server surely does not know the commit. */
  statuses(commit: string): Promise<CommitStatus[] | undefined>;
  /** Adds one. None is ever changed or removed, so doing it twice shows the same. */
  addStatus(commit: string, status: CommitStatus): Promise<void>;
}

/** Reads one repository. Every method throws TryAgainError when the answer is not the one asked for, which ends as 503 (docs/architecture.md). */
export interface Forge {
  /** The repository as the server names it now. */
  repository(): Promise<Repository>;
  /** Full commit id of a branch's head. */
  head(branch: string): Promise<string>;
  /** The whole tree of a commit, all pages; undefined only when the server surely does not know the commit. */
  tree(commit: string): Promise<Tree | undefined>;
  /**
   * Contents at a commit, checked against the blob ids asked for. Throws TryAgainError when any is missing, null, cut
   * or hashes to another id. A file above `maxBytes` is not read: its value is 'too-large'.
   */
  files(
    commit: string,
    wanted: readonly { path: string; id: string; size?: number }[],
    maxBytes: number,
  ): Promise<ReadonlyMap<string, Uint8Array | 'too-large'>>;
  /**
   * The newest commits reachable from `commit` that changed `path`, newest first, at most `limit`; empty when there are none.
   * `path` empty: all commits. `except`: without those that this commit, which `tree` knew, contains.
   */
  history(commit: string, path: string, limit: number, except?: string): Promise<Commit[]>;
  /** Whether `earlier` is `commit` or reachable from it. Both are commits that `tree` knew. */
  contains(commit: string, earlier: string): Promise<boolean>;
  /** The merged pull request whose merge commit is exactly `commit`, else undefined. */
  pullRequest(commit: string): Promise<MergedPullRequest | undefined>;
  /** A search for the pull requests of one branch that asks for nothing twice: for one reading. */
  mergesOnto(branch: string): FindMergeCommit;
  /** Full id of what the branch was before the merge, whatever its style; undefined when the server does not tell. */
  beforeMerge(merge: Merge): Promise<string | undefined>;
  /**
   * What to add to the process's clock (ms) to be within what the server's `Date` headers allow: 0 when they agree
   * (Date counts whole seconds), else the smallest correction.
   */
  clockOffset(): number;
}

/** A webhook of the repository as the server shows it. Its secret is never shown. */
export interface Webhook {
  id: number;
  url: string;
  /** `json` or `form`. */
  contentType: string;
  /** Sorted; a group the server knows (pull_request) stands beside its members. */
  events: string[];
  /** Glob of branches whose pushes are sent; empty: all. */
  branchFilter: string;
  active: boolean;
}

export interface WantedWebhook {
  url: string;
  secret: string;
  /** At least these. */
  events: readonly string[];
  /** Empty: all. */
  branchFilter: string;
}

/**
 * The webhooks of one repository, for whoever administers it. Every method throws TryAgainError when the answer is not the one
 * asked for, also when the server did not set what was asked.
 */
export interface Webhooks {
  /** Those that send Git events to an address, oldest first. */
  list(): Promise<Webhook[]>;
  /** Active, as JSON. `inPlaceOf`: what people added to these, events and an `Authorization` header, it has too. */
  create(wanted: WantedWebhook, inPlaceOf?: readonly Webhook[]): Promise<Webhook>;
  /**
   * Makes it active, JSON, with the filter and at least the events wanted. Everything else stays as people set it, the secret
   * too: servers cannot change it.
   */
  mend(webhook: Webhook, wanted: Pick<WantedWebhook, 'events' | 'branchFilter'>): Promise<Webhook>;
  /** Also when it is gone already. */
  remove(webhook: Webhook): Promise<void>;
  /**
   * Asks the server for a test delivery that is about this branch. Only the receiver and the webhook's history page show what
   * becomes of it: the server does not say when it sends none, because of the branch filter, for example.
   */
  test(webhook: Webhook, branch: string): Promise<void>;
}

/** What `doctor` asks. Throws as Forge does; changes nothing. */
export interface Inspection {
  /** As the server says; undefined when it does not say it to this token. */
  version(): Promise<string | undefined>;
  /** What the server calls the repository: to whoever asks as we do, and in webhooks. */
  addresses(): Promise<{ asked: string; public: string }>;
  /** Whether the token has a scope that lets it write to repositories; undefined: not known. */
  mayWrite(): Promise<boolean | undefined>;
}

/** One repository on one server, and how to get there. */
export interface ForgeOptions {
  /** Where the server is; may carry a path prefix. */
  url: string;
  /** `owner/name`. */
  repository: string;
  /** Read before every call, so that a rotated one is used; undefined for a public repository. */
  token: () => string | undefined;
  /** PEM certificates to trust instead of the system's. Read before every call. */
  ca: () => string | undefined;
  /** The setting that the token comes from, for messages. */
  tokenName: string;
}

/** Everything that one repository of a forge is asked. What it learns (routes, contents, clock) lives as long as it does. */
export interface OpenForge extends Forge, CommitStatuses, Inspection {
  webhooks: Webhooks;
}

/** All that differs from one kind of forge to another. forges/index.ts lists the adapters. */
export interface ForgeAdapter {
  open(options: ForgeOptions, io: Pick<Io, 'api' | 'clock'>): OpenForge;
  /**
   * Verifies the signature, then reads the very text that was verified. `headers`: names in lower case; `secrets`: any of them may
   * have signed. Throws StopError: 413 too big, 401 no signature or a wrong one, 400 unreadable; the message quotes nothing.
   */
  readDelivery(
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
    rawBody: string | Buffer,
    secrets: readonly string[],
  ): Delivery;
  /** The payload of a push, parsed. Throws StopError 422 with the fields that make no sense. */
  readPush(payload: unknown): Push;
  /**
   * The payload of an event `pull_request`, parsed: the merge that closed the request; undefined when the event is about anything
   * else. `before` is where the request branched off; `Forge.beforeMerge` knows better. Throws StopError 422 as readPush does.
   */
  readMerge(payload: unknown): Merge | undefined;
  /** A push or pull request of more than 256 kB without what nobody needs, so that every broker takes it; any other as it came. */
  shorten(
    delivery: Pick<Delivery, 'eventType' | 'text' | 'payload'>,
  ): Pick<Delivery, 'text' | 'payload'> & { truncated?: true };
}
