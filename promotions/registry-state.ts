// What a model registry holds, independent of any product: the input of the plan. Has no behaviour.

/** A property as the registry has it. Only strings matter here; any other value is kept as the registry gave it. */
export type PropertyValue = { type: 'string'; value: string } | { type: 'other'; value: unknown };

/** By key. A Map, because keys are arbitrary text (`__proto__`). */
export type Properties = ReadonlyMap<string, PropertyValue>;

export interface RegisteredModel {
  id: string;
  name: string;
  properties: Properties;
}

export interface RegisteredVersion {
  id: string;
  modelId: string;
  name: string;
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
}
