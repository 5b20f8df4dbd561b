// The contract of a place where labels live. Adapters compare names exactly, keep what they do not know, retry nothing,
// and throw TryAgainError (events/errors.ts) for any answer that is not surely the one asked for.
import type { Artifact, PropertyChange, RegisteredModel, RegisteredVersion } from '../promotions/registry-state.ts';

/** Where labels live. Every method throws TryAgainError when the answer is not the one asked for, which ends as 503 (docs/architecture.md). */
export interface Registry {
  /** Address without credentials, for events and people. */
  readonly url: string;
  /** The model of exactly that name; undefined only when the registry surely has none. One call, whatever the name, where the server can. */
  findModel(name: string): Promise<RegisteredModel | undefined>;
  /**
   * Of one model: every version that holds the label (string property `label` with value `""`), and the versions of
   * exactly these names (absent from the map: surely not registered). One call for the holders beside one per name.
   * `label` undefined: no holders are asked for.
   */
  findVersions(
    model: RegisteredModel,
    label: string | undefined,
    names: readonly string[],
  ): Promise<{ holders: RegisteredVersion[]; named: ReadonlyMap<string, RegisteredVersion> }>;
  /** Of one model: every version that holds the label now. For the looks before and after writing. */
  holders(model: RegisteredModel, label: string): Promise<RegisteredVersion[]>;
  /** The model artifacts of a version. */
  artifacts(version: RegisteredVersion): Promise<Artifact[]>;
  /** All registered models, in no particular order. */
  models(): Promise<RegisteredModel[]>;
  /** Every version of any model that holds the label. */
  allHolders(label: string): Promise<RegisteredVersion[]>;
  /** Writes the whole map as read with the change laid over it, and echoes `state`. Resolves to the model as written. */
  changeModel(model: RegisteredModel, change: PropertyChange): Promise<RegisteredModel>;
  /** As changeModel, for a version. */
  changeVersion(version: RegisteredVersion, change: PropertyChange): Promise<RegisteredVersion>;
  changeArtifact(artifact: Artifact, uri: string): Promise<void>;
  /** The registry's own clock (ms since epoch) by the `Date` of its latest answer; undefined before the first. */
  serverTime(): number | undefined;
}

/** For people who set it up. Throws as Registry does; changes nothing. */
export interface Inspection {
  /** Whether the server applies filters to lists; undefined when it has no model to tell by. */
  filters(): Promise<boolean | undefined>;
  /** Whether a write would be let through. `reason`: why not, as far as is known. */
  mayWrite(): Promise<{ allowed: boolean; reason?: string }>;
}
