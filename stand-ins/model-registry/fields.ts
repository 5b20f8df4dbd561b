// The fields of every resource: JSON name, where each is stored, which bodies may carry it, and the defaults of absent ones.

import type { Kind } from './store.ts';

export interface Field {
  /** `strings` is a list of strings; a list of words are the only values that are taken. */
  type: 'string' | 'strings' | 'properties' | readonly string[];
  /** Column of the row, or name of the property row that holds it; ids are stored as numbers. */
  column?: 'externalId' | 'uri' | 'state';
  property?: string;
  number?: true;
  /** May not be changed later. */
  fixed?: true;
  required?: true;
}

/** Texts that are stored as properties, named in snake case. */
const texts = (...names: string[]): Record<string, Field> =>
  Object.fromEntries(
    names.map((name) => [
      name,
      { type: 'string', property: name.replace(/[A-Z]/g, (sign) => `_${sign.toLowerCase()}`) },
    ]),
  );
const STATE: Field = { type: ['LIVE', 'ARCHIVED'], property: 'state' };
const BASE: Record<string, Field> = {
  customProperties: { type: 'properties' },
  ...texts('description'),
  externalId: { type: 'string', column: 'externalId' },
};
const NAME: Field = { type: 'string', fixed: true };
const REQUIRED_NAME: Field = { ...NAME, required: true };

const ARTIFACT: Record<string, Field> = {
  ...BASE,
  name: NAME,
  artifactType: { type: 'string' },
  uri: { type: 'string', column: 'uri' },
  state: {
    type: ['UNKNOWN', 'PENDING', 'LIVE', 'MARKED_FOR_DELETION', 'DELETED', 'ABANDONED', 'REFERENCE'],
    column: 'state',
  },
};

export const FIELDS: Record<Kind, Record<string, Field>> = {
  RegisteredModel: {
    ...BASE,
    name: REQUIRED_NAME,
    ...texts('readme', 'maturity', 'provider', 'logo', 'license', 'licenseLink', 'libraryName', 'owner'),
    language: { type: 'strings', property: 'language' },
    tasks: { type: 'strings', property: 'tasks' },
    state: STATE,
  },
  ModelVersion: {
    ...BASE,
    name: REQUIRED_NAME,
    state: STATE,
    ...texts('author'),
    registeredModelId: { type: 'string', property: 'registered_model_id', number: true, fixed: true, required: true },
  },
  ModelArtifact: {
    ...ARTIFACT,
    ...texts('modelFormatName', 'storageKey', 'storagePath', 'modelFormatVersion', 'serviceAccountName'),
    ...texts('modelSourceKind', 'modelSourceClass', 'modelSourceGroup', 'modelSourceId', 'modelSourceName'),
  },
  DocArtifact: ARTIFACT,
};

/** What the server fills in before it reads a body: an absent state is therefore reset, a `null` one is kept. */
export const DEFAULTS: Record<Kind, Record<string, string>> = {
  RegisteredModel: { state: 'LIVE' },
  ModelVersion: { state: 'LIVE' },
  ModelArtifact: { artifactType: 'model-artifact', state: 'UNKNOWN' },
  DocArtifact: { artifactType: 'doc-artifact', state: 'UNKNOWN' },
};

/** Fields that only the server sets; full bodies may carry them. */
export const SERVER_FIELDS = ['id', 'createTimeSinceEpoch', 'lastUpdateTimeSinceEpoch'] as const;

/** `model version` and so on, as in the messages. */
export const LABELS: Record<Kind, string> = {
  RegisteredModel: 'registered model',
  ModelVersion: 'model version',
  ModelArtifact: 'model artifact',
  DocArtifact: 'doc artifact',
};
