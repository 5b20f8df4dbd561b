// Routes of the native deployment entities: serving environments, inference services in them, serves of a service.

import { randomUUID } from 'node:crypto';
import { decodeStrictly, type Resource, readBody } from '../decode.ts';
import { answerOne, externalIdIs, findOne, list, nameIs, parameter, readId, rowById } from '../lookups.ts';
import { badRequest, databaseError, notFound } from '../refusals.ts';
import type { Call, Routes } from '../routing.ts';
import type { Row } from '../store.ts';
import { change, create, fullName } from '../writes.ts';
import { belowParent } from './model-versions.ts';

export const SERVING: Routes = {
  'GET /serving_environment': (call) => {
    const name = parameter(call.query, 'name');
    const externalId = parameter(call.query, 'externalId');
    if (name === undefined && externalId === undefined) {
      throw badRequest('invalid parameters call, supply either name or externalId');
    }
    const asked = `name=${name ?? ''}, externalId=${externalId ?? ''}`;
    const wanted = name === undefined ? externalIdIs(call, externalId!) : nameIs(call, name);
    const finding = { plural: 'serving environments', none: 'serving environment', asked };
    return answerOne(findOne(call, 'ServingEnvironment', finding, wanted), call.generation);
  },
  'GET /serving_environments': (call) => list(call, { of: 'ServingEnvironment' }),
  'POST /serving_environments': (call) =>
    create(call, 'ServingEnvironment', decodeStrictly(readBody(call.body), 'ServingEnvironment', 'Create')),
  'GET /serving_environments/{id}': (call) =>
    answerOne(rowById(call, 'ServingEnvironment', call.params.id!), call.generation),
  'PATCH /serving_environments/{id}': (call) => {
    const update = decodeStrictly(readBody(call.body), 'ServingEnvironment', 'Update');
    return change(call, rowById(call, 'ServingEnvironment', call.params.id!), update);
  },
  'GET /serving_environments/{id}/inference_services': (call) => {
    const parent = readId(call.params.id!, 'serving environment', call.generation);
    return list(call, { of: 'InferenceService', nested: true, wanted: (row) => row.parents.includes(parent) });
  },
  'POST /serving_environments/{id}/inference_services': (call) => createService(call, call.params.id),
  'GET /inference_service': (call) => answerOne(findService(call), call.generation),
  'GET /inference_services': (call) => list(call, { of: 'InferenceService' }),
  'POST /inference_services': (call) => createService(call),
  'GET /inference_services/{id}': (call) =>
    answerOne(rowById(call, 'InferenceService', call.params.id!), call.generation),
  'PATCH /inference_services/{id}': (call) => {
    const update = decodeStrictly(readBody(call.body), 'InferenceService', 'Update');
    const row = rowById(call, 'InferenceService', call.params.id!);
    return change(call, row, update);
  },
  'GET /inference_services/{id}/model': (call) => {
    const model = idOf(service(call), 'registered_model_id');
    if (model === undefined) throw notFound('no registered model id found for inference service');
    return answerOne(rowById(call, 'RegisteredModel', String(model)), call.generation);
  },
  'GET /inference_services/{id}/version': (call) => answerOne(servedVersion(call), call.generation),
  'GET /inference_services/{id}/serves': (call) => {
    const parent = readId(call.params.id!, 'inference service', call.generation);
    return list(call, { of: 'ServeModel', nested: true, wanted: (row) => row.parents.includes(parent) });
  },
  'POST /inference_services/{id}/serves': (call) => {
    const serve = decodeStrictly(readBody(call.body), 'ServeModel', 'Create');
    const prefix = call.params.id!;
    if (call.generation.checksServedVersion) rowById(call, 'ModelVersion', serve.modelVersionId as string);
    const id = readId(prefix, 'inference service', call.generation);
    rowById(call, 'InferenceService', prefix);
    return create(call, 'ServeModel', named(call, serve), { prefix, id });
  },
};

function createService(call: Call, environment?: string) {
  const given = decodeStrictly(readBody(call.body), 'InferenceService', 'Create');
  const wanted = environment ?? (given.servingEnvironmentId as string);
  try {
    rowById(call, 'ServingEnvironment', wanted);
  } catch {
    throw notFound(`no serving environment found for id ${wanted}`);
  }
  const resource = named(call, { ...given, servingEnvironmentId: wanted });
  const parent = { prefix: wanted, id: Number(wanted) };
  return create(call, 'InferenceService', resource, parent, fullName('InferenceService', resource, parent));
}

/** The newer servers make up a name where none is given; the older ones store the parent's id alone. */
function named(call: Call, resource: Resource): Resource {
  return call.generation.filters ? { ...resource, name: resource.name ?? randomUUID() } : resource;
}

function findService(call: Call): Row {
  const name = parameter(call.query, 'name');
  const parent = parameter(call.query, 'parentResourceId');
  const externalId = parameter(call.query, 'externalId');
  if ((name === undefined || parent === undefined) && externalId === undefined) {
    throw badRequest('invalid parameters call, supply either (name and parentResourceId), or externalId');
  }
  const asked = `name=${name ?? ''}, parentResourceId=${parent ?? ''}, externalId=${externalId ?? ''}`;
  const below = call.generation.filters ? belowParent(call, parent, 'parent resource') : () => true;
  const byName = name !== undefined && nameIs(call, `${parent ?? '%'}:${name}`);
  const wanted = byName || externalIdIs(call, externalId!);
  const finding = { plural: 'inference services', none: 'inference service', asked };
  return findOne(call, 'InferenceService', finding, (row) => wanted(row) && below(row));
}

/** These two routes have a message of their own. */
function service(call: Call): Row {
  const id = call.params.id!;
  readId(id, 'inference service', call.generation);
  try {
    return rowById(call, 'InferenceService', id);
  } catch {
    throw notFound(`no inference service found for id ${id}`);
  }
}

/** Without a version of its own a service serves the newest one. */
function servedVersion(call: Call): Row {
  const row = service(call);
  const version = idOf(row, 'model_version_id');
  if (version !== undefined) return rowById(call, 'ModelVersion', String(version));
  if (call.generation.cannotListChildren) {
    throw databaseError(
      'error listing model versions: ERROR: relation "parentcontext" does not exist (SQLSTATE 42P01)',
    );
  }
  const model = idOf(row, 'registered_model_id')!;
  const versions = call.store.rows('ModelVersion').filter((candidate) => candidate.parents.includes(model));
  const newest = versions.sort((a, b) => b.createTime - a.createTime)[0];
  if (!newest) throw notFound(`no model versions found for id ${call.params.id}`);
  return newest;
}

function idOf(row: Row, property: string): number | undefined {
  return row.properties.find((stored) => !stored.custom && stored.name === property)?.int;
}
