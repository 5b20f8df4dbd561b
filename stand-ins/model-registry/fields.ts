// The fields of every resource: JSON name, where each is stored, which bodies may carry it, and the defaults of absent ones.

import type { Kind } from './store.ts';

/** `strings` is a list of strings; the enums refuse other values by name. */
export type FieldType = 'string' | 'strings' | 'properties' | keyof typeof ENUMS;

export const ENUMS = {
  RegisteredModelState: ['LIVE', 'ARCHIVED'],
  ModelVersionState: ['LIVE', 'ARCHIVED'],
  ArtifactState: ['UNKNOWN', 'PENDING', 'LIVE', 'MARKED_FOR_DELETION', 'DELETED', 'ABANDONED', 'REFERENCE'],
  InferenceServiceState: ['DEPLOYED', 'UNDEPLOYED'],
  ExecutionState: ['UNKNOWN', 'NEW', 'RUNNING', 'COMPLETE', 'FAILED', 'CACHED', 'CANCELED'],
} as const;

export interface Field {
  type: FieldType;
  /** Column of the row, or name of the property row that holds it; ids are stored as numbers. */
  column?: 'externalId' | 'uri' | 'state';
  property?: string;
  number?: true;
  /** May not be changed later. */
  fixed?: true;
  required?: true;
}

const text = (property: string): Field => ({ type: 'string', property });
const BASE: Record<string, Field> = {
  customProperties: { type: 'properties' },
  description: text('description'),
  externalId: { type: 'string', column: 'externalId' },
};
const NAME: Field = { type: 'string', fixed: true };
const REQUIRED_NAME: Field = { ...NAME, required: true };

const ARTIFACT: Record<string, Field> = {
  ...BASE,
  name: NAME,
  artifactType: { type: 'string' },
  uri: { type: 'string', column: 'uri' },
  state: { type: 'ArtifactState', column: 'state' },
};

/** In the order in which the server looks for what is missing. */
export const FIELDS: Record<Kind, Record<string, Field>> = {
  RegisteredModel: {
    ...BASE,
    name: REQUIRED_NAME,
    readme: text('readme'),
    maturity: text('maturity'),
    language: { type: 'strings', property: 'language' },
    tasks: { type: 'strings', property: 'tasks' },
    provider: text('provider'),
    logo: text('logo'),
    license: text('license'),
    licenseLink: text('license_link'),
    libraryName: text('library_name'),
    owner: text('owner'),
    state: { type: 'RegisteredModelState', property: 'state' },
  },
  ModelVersion: {
    ...BASE,
    name: REQUIRED_NAME,
    state: { type: 'ModelVersionState', property: 'state' },
    author: text('author'),
    registeredModelId: { type: 'string', property: 'registered_model_id', number: true, fixed: true, required: true },
  },
  ModelArtifact: {
    ...ARTIFACT,
    modelFormatName: text('model_format_name'),
    storageKey: text('storage_key'),
    storagePath: text('storage_path'),
    modelFormatVersion: text('model_format_version'),
    serviceAccountName: text('service_account_name'),
    modelSourceKind: text('model_source_kind'),
    modelSourceClass: text('model_source_class'),
    modelSourceGroup: text('model_source_group'),
    modelSourceId: text('model_source_id'),
    modelSourceName: text('model_source_name'),
  },
  DocArtifact: ARTIFACT,
  ServingEnvironment: { ...BASE, name: REQUIRED_NAME },
  InferenceService: {
    ...BASE,
    name: NAME,
    modelVersionId: { type: 'string', property: 'model_version_id', number: true },
    runtime: text('runtime'),
    desiredState: { type: 'InferenceServiceState', property: 'desired_state' },
    registeredModelId: { type: 'string', property: 'registered_model_id', number: true, fixed: true, required: true },
    servingEnvironmentId: {
      type: 'string',
      property: 'serving_environment_id',
      number: true,
      fixed: true,
      required: true,
    },
  },
  ServeModel: {
    ...BASE,
    name: NAME,
    lastKnownState: { type: 'ExecutionState', column: 'state' },
    modelVersionId: { type: 'string', property: 'model_version_id', number: true, fixed: true, required: true },
  },
};

/** What the server fills in before it reads a body: an absent state is therefore reset, a `null` one is kept. */
export const DEFAULTS: Record<Kind, Record<string, string>> = {
  RegisteredModel: { state: 'LIVE' },
  ModelVersion: { state: 'LIVE' },
  ModelArtifact: { artifactType: 'model-artifact', state: 'UNKNOWN' },
  DocArtifact: { artifactType: 'doc-artifact', state: 'UNKNOWN' },
  ServingEnvironment: {},
  InferenceService: { desiredState: 'DEPLOYED' },
  ServeModel: { lastKnownState: 'UNKNOWN' },
};

/** Fields that only the server sets; full bodies (upserts) may carry them. */
export const SERVER_FIELDS = ['id', 'createTimeSinceEpoch', 'lastUpdateTimeSinceEpoch'] as const;

/** `model version` and so on, as in the messages. */
export const LABELS: Record<Kind, string> = {
  RegisteredModel: 'registered model',
  ModelVersion: 'model version',
  ModelArtifact: 'model artifact',
  DocArtifact: 'doc artifact',
  ServingEnvironment: 'serving environment',
  InferenceService: 'inference service',
  ServeModel: 'serve model',
};
