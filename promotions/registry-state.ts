// What a model registry holds, independent of any product: the input of the plan.

/** A property as the registry has it. Only strings matter here; any other value is kept as the registry gave it. */
export type PropertyValue = { type: 'string'; value: string } | { type: 'other'; value: unknown };

/** By key. A Map, because keys are arbitrary text (`__proto__`). */
export type Properties = ReadonlyMap<string, PropertyValue>;

export interface RegisteredModel {
  id: string;
  name: string;
  properties: Properties;
  /** Each alias with the id of the version it belongs to. Undefined where the registry knows no aliases. */
  aliases?: ReadonlyMap<string, string>;
  /** Id of the version that was registered last, where several versions may have one name: the youngest of them counts. */
  newest?: string;
  /** Why nothing is to be written about it, although it has this name. */
  leftAlone?: string;
}

export interface RegisteredVersion {
  id: string;
  modelId: string;
  /** What people call it, and Git. */
  name: string;
  /** Further names by which Git may mean it. */
  otherNames?: readonly string[];
  /** Its page, below the address of the registry's user interface. */
  page?: string;
  /** Somebody has put it away. */
  archived?: boolean;
  properties: Properties;
}

/** A model artifact of a version. */
export interface Artifact {
  id: string;
  versionId: string;
  name?: string;
  uri?: string;
}

/** Which string properties to set and which keys to remove; every other key stays as it was read. */
export interface PropertyChange {
  set: Readonly<Record<string, string>>;
  remove: readonly string[];
  /**
   * One of `set` without which the others mean nothing. Where a change takes several calls it is removed first and set last, so that
   * a change that was cut short is seen as such.
   */
  completes?: string;
}

/** Whether Git means this version by that name. */
export function isNamed({ name, otherNames = [] }: RegisteredVersion, wanted: string): boolean {
  return name === wanted || otherNames.includes(wanted);
}
