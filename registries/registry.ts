// The contract of a model registry: what is read and written there. Adapters compare names exactly, keep what they do not know,
// retry nothing, and throw TryAgainError (events/errors.ts) for any answer that is not surely the one asked for.
import type { HttpRequest, Io } from '../io/io.ts';
import type { Artifact, PropertyChange, RegisteredModel, RegisteredVersion } from '../promotions/registry-state.ts';

/** Every method throws TryAgainError when the answer is not the one asked for, which ends as 503 (docs/architecture.md). */
export interface Registry {
  /** Address without credentials, for events and people. */
  readonly url: string;
  /** The model of exactly that name; undefined only when the registry surely has none. One call, whatever the name, where the server can. */
  findModel(name: string): Promise<RegisteredModel | undefined>;
  /**
   * Of one model: every version that holds the label (a property of that name whose value is `""`), and the versions of exactly
   * these names, as Git has them (absent from the map: surely not registered). One call for the holders beside one per name, where
   * the server can. `label` undefined: no holders are asked for.
   */
  findVersions(
    model: RegisteredModel,
    label: string | undefined,
    names: readonly string[],
  ): Promise<{ holders: RegisteredVersion[]; named: ReadonlyMap<string, RegisteredVersion> }>;
  /** Of one model: every version that holds the label now. For the looks before and after writing. */
  holders(model: RegisteredModel, label: string): Promise<RegisteredVersion[]>;
  /** Of one model: every version, in no particular order. One call for each page. */
  versions(model: RegisteredModel): Promise<RegisteredVersion[]>;
  /** All registered models, in no particular order. */
  models(): Promise<RegisteredModel[]>;
  /** Every version of any model that holds the label. */
  allHolders(label: string): Promise<RegisteredVersion[]>;
  /**
   * Sets and removes these properties, and leaves everything else as it is. Where that takes several calls, a label is set before
   * what belongs to it and removed after it: whatever holds a label is looked at again. Safe to repeat. Resolves to the model as written.
   */
  changeModel(model: RegisteredModel, change: PropertyChange): Promise<RegisteredModel>;
  /** As changeModel, for a version. */
  changeVersion(version: RegisteredVersion, change: PropertyChange): Promise<RegisteredVersion>;
  /** Absent where a version keeps the address of what it is with which it was registered. */
  readonly artifacts?: Artifacts;
  /**
   * Gives the alias to this version, whichever had it, or takes it away. Only where models have aliases, and only for names that
   * `isAlias` (promotions/alias.ts) lets through. Safe to repeat.
   */
  changeAlias?(model: RegisteredModel, alias: string, version: RegisteredVersion | undefined): Promise<void>;
  /** The registry's own clock (ms since epoch) by the `Date` of its latest answer; undefined before the first. */
  serverTime(): number | undefined;
}

/** The model artifacts of versions. */
export interface Artifacts {
  of(version: RegisteredVersion): Promise<Artifact[]>;
  /** Of one that `of` gave. */
  changeUri(artifact: Artifact, uri: string): Promise<void>;
}

/** What `doctor` asks. Throws as Registry does; changes nothing. */
export interface Inspection {
  /** What is to be known of this server and of what it cannot do, as sentences. `ok`: nothing to think about. */
  remarks(): Promise<{ level: 'ok' | 'note'; text: string }[]>;
  /** Whether a write would be let through. `reason`: why not, as far as is known. */
  mayWrite(): Promise<{ allowed: boolean; reason?: string }>;
}

/** One registry, and how to get there. */
export interface RegistryOptions {
  /** May carry a path prefix (`https://host/model-registry/team/`). */
  url: string;
  /** Path of the API below the address. */
  api: string;
  /** The token is the password of this user. Undefined: the token is sent as it is. */
  user?: string | undefined;
  /** The tag that has the name of a version, where versions have none of their own. */
  versionTag?: string | undefined;
  /** The part of the server in which the models are, where it has several. */
  workspace?: string | undefined;
  /** Read before every call, because service-account tokens rotate. */
  token: () => string | undefined;
  /** PEM certificates; undefined for the system's. Read before every call. */
  ca: () => string | undefined;
}

/** A request that would change something. */
export type Write = Pick<HttpRequest, 'method' | 'url' | 'body'>;

/** All that differs from one kind of registry to another. registries/index.ts lists the adapters. */
export interface RegistryAdapter {
  /**
   * With `pretend` no write is sent: each is given to `pretend` and taken for done (dry-run.ts). What the adapter learns of the
   * server lives as long as the result.
   */
  open(options: RegistryOptions, io: Io, pretend?: (write: Write) => void): Registry & Inspection;
}
