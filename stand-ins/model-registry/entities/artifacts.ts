// Routes of artifacts, model and doc artifacts: below their version, and by id.

import { randomUUID } from 'node:crypto';
import type { Answer } from '../../registry-faults.ts';
import { json } from '../answers.ts';
import { decodeLeniently, decodeStrictly, type Resource, readBody, type Shape } from '../decode.ts';
import { answerOne, findOne, list, nameIs, parameter, readId, rowById } from '../lookups.ts';
import { present } from '../records.ts';
import { badRequest, notFound, undecodable } from '../refusals.ts';
import type { Call, Routes } from '../routing.ts';
import type { Row } from '../store.ts';
import { change, fullName, save } from '../writes.ts';

type ArtifactKind = 'ModelArtifact' | 'DocArtifact';
const KINDS: Record<string, ArtifactKind> = { 'model-artifact': 'ModelArtifact', 'doc-artifact': 'DocArtifact' };

export const ARTIFACTS: Routes = {
  'GET /model_artifact': (call) => answerOne(findModelArtifact(call), call.generation),
  'GET /model_versions/{id}/artifacts': (call) => {
    const { generation, query } = call;
    const parent = readId(call.params.id!, 'parent resource', generation);
    // The older servers do not read the type.
    const type = generation.filters ? parameter(query, 'artifactType') : undefined;
    if (type !== undefined && !Object.hasOwn(KINDS, type)) throw badRequest(`invalid artifact type ${type}`);
    const wanted = ({ parents, kind }: Row) => parents.includes(parent) && (type === undefined || KINDS[type] === kind);
    return list(call, { of: 'artifact', nested: true, wanted });
  },
  'GET /model_artifacts/{id}': (call) => answerOne(modelArtifact(call), call.generation),
  'POST /model_versions/{id}/artifacts': (call) => {
    const { kind, resource } = decodeAny(call.body, '');
    if (call.generation.checksArtifactParent) rowById(call, 'ModelVersion', call.params.id!);
    return create(call, kind, resource, call.params.id!);
  },
  'PATCH /model_artifacts/{id}': (call) => {
    const update = decodeStrictly(call.body, 'ModelArtifact', 'Update');
    return change(call, modelArtifact(call), update);
  },
  'PATCH /artifacts/{id}': (call) => {
    const { kind, resource } = decodeAny(call.body, 'Update');
    const row = rowById(call, 'artifact', call.params.id!);
    if (kind !== row.kind) throw undecodable(`cannot change artifact type to ${kind}: artifact type is immutable`);
    return change(call, row, resource);
  },
};

function modelArtifact(call: Call): Row {
  const id = call.params.id!;
  const row = rowById(call, 'artifact', id);
  if (row.kind !== 'ModelArtifact') throw notFound(`artifact with id ${id} is not a model artifact`);
  return row;
}

/** `artifactType` says what the body is; without one that is known nothing of it counts. */
function decodeAny(body: string, shape: Shape): { kind: ArtifactKind | undefined; resource: Resource } {
  const json = readBody(body);
  const type = String(json.artifactType);
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  return { kind, resource: kind ? decodeLeniently(json, kind, shape) : {} };
}

/** Named by the server where it has no name. */
function create(call: Call, kind: ArtifactKind | undefined, given: Resource, versionId: string): Answer {
  const { generation } = call;
  if (!kind) {
    const types = generation.filters
      ? 'ModelArtifact, DocArtifact, DataSet, Metric, or Parameter'
      : 'ModelArtifact or DocArtifact';
    throw badRequest(`invalid artifact type, must be either ${types}`);
  }
  const parent = { prefix: versionId, id: readId(versionId, 'parent resource', generation) };
  const resource = generation.filters ? { ...given, name: given.name ?? randomUUID() } : given;
  const shownAs = generation.filters ? (resource.name as string) : fullName(kind, resource, parent);
  return json(201, present(save(call, kind, resource, shownAs, parent)));
}

/** By name and version; the older servers look for both as one text. */
function findModelArtifact(call: Call): Row {
  const { generation, query } = call;
  const [name, parent] = [parameter(query, 'name'), parameter(query, 'parentResourceId')];
  if (name === undefined || parent === undefined) {
    throw badRequest('invalid parameters call, supply either (artifactName and parentResourceId), or externalId');
  }
  const id = generation.filters ? readId(parent, 'parent resource', generation) : undefined;
  const named = nameIs(call, id === undefined ? `${parent}:${name}` : `%:${name}`);
  const asked = `name=${name}, parentResourceId=${parent}, externalId=`;
  const wanted = (row: Row) => named(row) && (id === undefined || row.parents.includes(id));
  return findOne(call, 'artifact', { plural: 'model artifacts', asked }, wanted);
}
