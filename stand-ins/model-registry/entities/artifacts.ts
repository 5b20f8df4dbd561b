// Routes of artifacts: model and doc artifacts, of any kind together, alone and below their version.

import { randomUUID } from 'node:crypto';
import { type Answer, json } from '../answers.ts';
import { decodeLeniently, decodeStrictly, type Resource, readBody, type Shape } from '../decode.ts';
import { isObject } from '../go-json.ts';
import {
  answerOne,
  combinedFilter,
  externalIdIs,
  findOne,
  list,
  nameIs,
  parameter,
  readId,
  rowById,
} from '../lookups.ts';
import { present, toResource } from '../records.ts';
import { badRequest, Crash, notFound, Refusal, undecodable } from '../refusals.ts';
import type { Call, Routes } from '../routing.ts';
import type { Row } from '../store.ts';
import { change, fullName, type Parent, save } from '../writes.ts';
import { belowParent } from './model-versions.ts';

type ArtifactKind = 'ModelArtifact' | 'DocArtifact';
const KINDS: Record<string, ArtifactKind> = { 'model-artifact': 'ModelArtifact', 'doc-artifact': 'DocArtifact' };
const TYPE_OF = { ModelArtifact: 'model-artifact', DocArtifact: 'doc-artifact' } as const;
/** Other kinds belong to experiments, which are not stood in for. */
const OTHER_TYPES = ['dataset-artifact', 'metric', 'parameter'];

export const ARTIFACTS: Routes = {
  'GET /artifact': (call) => answerOne(findArtifact(call, ''), call.generation),
  'GET /model_artifact': (call) => {
    const row = findArtifact(call, 'model ');
    if (row.kind !== 'ModelArtifact') throw notFound(`artifact with ${asked(call)} is not a model artifact`);
    return answerOne(row, call.generation);
  },
  'GET /artifacts': (call) => listArtifacts(call, parameter(call.query, 'filterQuery')),
  'GET /model_artifacts': (call) => list(call, { of: 'ModelArtifact' }),
  'GET /model_versions/{id}/artifacts': (call) => {
    const label = 'parent resource';
    return listArtifacts(call, combinedFilter(call.query), readId(call.params.id!, label, call.generation));
  },
  'GET /artifacts/{id}': (call) => answerOne(rowById(call, 'artifact', call.params.id!), call.generation),
  'GET /model_artifacts/{id}': (call) => answerOne(modelArtifact(call), call.generation),
  'POST /artifacts': (call) => {
    const { kind, resource } = decodeAny(call.body, 'Create');
    return upsert(call, kind, resource);
  },
  'POST /model_artifacts': (call) =>
    upsert(call, 'ModelArtifact', decodeStrictly(readBody(call.body), 'ModelArtifact', 'Create')),
  'POST /model_versions/{id}/artifacts': (call) => {
    const { kind, resource } = decodeAny(call.body, '');
    const id = call.params.id!;
    if (call.generation.checksArtifactParent) rowById(call, 'ModelVersion', id);
    return upsert(call, kind, resource, { prefix: id, id: readId(id, 'parent resource', call.generation) });
  },
  'PATCH /model_artifacts/{id}': (call) => {
    const update = decodeStrictly(readBody(call.body), 'ModelArtifact', 'Update');
    return change(call, modelArtifact(call), update);
  },
  'PATCH /artifacts/{id}': (call) => {
    const { kind, resource } = decodeAny(call.body, 'Update');
    const row = rowById(call, 'artifact', call.params.id!);
    if (kind !== row.kind) {
      const given = kind ? TYPE_OF[kind] : 'unknown';
      if (call.generation.checksArtifactType) {
        const was = TYPE_OF[row.kind as ArtifactKind];
        throw undecodable(`cannot change artifact type from '${was}' to '${given}': artifact type is immutable`);
      }
      if (kind) throw new Crash(`an update of ${given} for a ${row.kind}`);
    }
    return change(call, row, resource);
  },
};

function modelArtifact(call: Call): Row {
  const id = call.params.id!;
  const row = rowById(call, 'artifact', id);
  if (row.kind !== 'ModelArtifact') throw notFound(`artifact with id ${id} is not a model artifact`);
  return row;
}

/** Reads `artifactType` first; without one that is known nothing of the body counts. */
function decodeAny(body: string, shape: Shape): { kind: ArtifactKind | undefined; resource: Resource } {
  const parsed = readBody(body);
  if (parsed !== null && !isObject(parsed)) {
    throw undecodable('failed to unmarshal JSON into map for the discriminator lookup');
  }
  const type = parsed?.pairs.findLast(([key]) => key === 'artifactType')?.[1];
  if (OTHER_TYPES.includes(type as string)) throw new Refusal(501, `the stand-in knows no artifacts of type ${type}`);
  const kind = typeof type === 'string' && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (!kind) return { kind, resource: {} };
  const decoded = decodeLeniently(parsed!, kind, shape);
  if ('resource' in decoded) return { kind, resource: decoded.resource };
  const goName = shape === '' ? 'Artifact' : `Artifact${shape}`;
  throw undecodable(`failed to unmarshal ${goName} as ${kind}${shape}: ${decoded.error}`);
}

/** With an id it changes that artifact (200), else it makes a new one (201), named by the server where it has no name. */
function upsert(call: Call, kind: ArtifactKind | undefined, given: Resource, parent?: Parent): Answer {
  const { generation } = call;
  if (!kind) {
    const types = generation.filters
      ? 'ModelArtifact, DocArtifact, DataSet, Metric, or Parameter'
      : 'ModelArtifact or DocArtifact';
    throw badRequest(`invalid artifact type, must be either ${types}`);
  }
  if (given.id !== undefined) return replace(call, kind, given, parent);
  const resource: Resource = { ...given };
  if (generation.filters) resource.name ??= randomUUID();
  const owner = parent ?? { prefix: randomUUID() };
  const shownAs = generation.filters ? (resource.name as string) : fullName(kind, resource, owner);
  return json(201, present(save(call, kind, resource, shownAs, owner)));
}

function replace(call: Call, kind: ArtifactKind, given: Resource, parent: Parent | undefined): Answer {
  const { generation } = call;
  const what = kind === 'ModelArtifact' ? 'a model artifact' : 'a doc artifact';
  let row: Row;
  try {
    row = rowById(call, 'artifact', given.id!);
  } catch {
    throw badRequest(`mismatched types, artifact with id ${given.id} is not ${what}`);
  }
  if (row.kind !== kind) throw badRequest(`artifact with id ${given.id} is not ${what}`);
  const before = toResource(row, generation);
  const merged: Resource = { ...given, name: before.name };
  merged.customProperties ??= generation.upsertKeepsAbsentMap ? before.customProperties! : new Map();
  return json(200, present(save(call, kind, merged, before.name as string, parent)));
}

function listArtifacts(call: Call, filterQuery: string | undefined, parent?: number): Answer {
  const { generation } = call;
  // The older servers read neither the type nor a filter.
  const type = generation.filters ? parameter(call.query, 'artifactType') : undefined;
  if (type === 'null') throw badRequest('invalid artifact type: empty or null value provided');
  if (type !== undefined && !Object.hasOwn(KINDS, type) && !OTHER_TYPES.includes(type)) {
    throw badRequest(`invalid artifact type ${type}`);
  }
  return list(call, {
    of: 'artifact',
    nested: parent !== undefined,
    parameters: type === undefined ? 1 : 2,
    wanted: (row) =>
      (parent === undefined || row.parents.includes(parent)) && (type === undefined || KINDS[type] === row.kind),
    filterQuery: generation.filters ? filterQuery : undefined,
  });
}

const nameOf = (call: Call): string | undefined => parameter(call.query, 'name');
const parentOf = (call: Call): string | undefined => parameter(call.query, 'parentResourceId');
const externalIdOf = (call: Call): string | undefined => parameter(call.query, 'externalId');

/** The look-up in words; the older servers show the name as they look for it. */
function asked(call: Call): string {
  const name = nameOf(call);
  const parent = parentOf(call);
  const external = externalIdOf(call) ?? '';
  if (call.generation.filters) return `name=${name ?? ''}, parentResourceId=${parent ?? ''}, externalId=${external}`;
  const shown =
    name !== undefined && parent !== undefined && call.generation.name !== 'mlmd' ? `${parent}:${name}` : name;
  const word = call.generation.name === 'mlmd' ? 'artifactName' : 'name';
  return `${word}=${shown ?? ''}, modelVersionId=${parent ?? ''}, externalId=${external}`;
}

function findArtifact(call: Call, type: '' | 'model '): Row {
  const [name, parent, externalId] = [nameOf(call), parentOf(call), externalIdOf(call)];
  const finding = { plural: `${type}artifacts`, asked: asked(call) };
  if (!call.generation.filters) {
    if (name === undefined && parent === undefined && externalId === undefined) {
      throw badRequest('invalid parameters call, supply either (artifactName and modelVersionId), or externalId');
    }
    // A parent alone is no condition there: all artifacts of the server come back.
    const stored = name !== undefined && parent !== undefined ? `${parent}:${name}` : name;
    const wanted =
      stored !== undefined
        ? nameIs(call, stored)
        : externalId !== undefined
          ? externalIdIs(call, externalId)
          : () => true;
    return findOne(call, 'artifact', finding, wanted);
  }
  if ((name === undefined || parent === undefined) && externalId === undefined) {
    throw badRequest('invalid parameters call, supply either (artifactName and parentResourceId), or externalId');
  }
  const below = belowParent(call, parent, 'parent resource');
  const named = name === undefined ? externalIdIs(call, externalId!) : nameIs(call, `%:${name}`);
  return findOne(call, 'artifact', finding, (row) => named(row) && below(row));
}
