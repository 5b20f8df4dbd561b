// Routes of model versions, alone and below their model.

import { decodeStrictly, type Resource } from '../decode.ts';
import { answerOne, findOne, list, nameIs, parameter, readId, rowById } from '../lookups.ts';
import { badRequest } from '../refusals.ts';
import type { Call, Routes } from '../routing.ts';
import type { Row } from '../store.ts';
import { change, create, fullName } from '../writes.ts';

export const MODEL_VERSIONS: Routes = {
  'GET /model_version': (call) => answerOne(findVersion(call), call.generation),
  'GET /model_versions': (call) => list(call, { of: 'ModelVersion' }),
  'POST /model_versions': (call) => createVersion(call, decodeStrictly(call.body, 'ModelVersion', 'Create')),
  'GET /model_versions/{id}': (call) => answerOne(rowById(call, 'ModelVersion', call.params.id!), call.generation),
  'PATCH /model_versions/{id}': (call) => {
    const update = decodeStrictly(call.body, 'ModelVersion', 'Update');
    return change(call, rowById(call, 'ModelVersion', call.params.id!), update);
  },
  'GET /registered_models/{id}/versions': (call) => {
    const parent = readId(call.params.id!, 'registered model', call.generation);
    return list(call, { of: 'ModelVersion', nested: true, wanted: (row) => row.parents.includes(parent) });
  },
  'POST /registered_models/{id}/versions': (call) => {
    const version = decodeStrictly(call.body, 'ModelVersion', '');
    return createVersion(call, { ...version, registeredModelId: call.params.id! });
  },
};

/** The model need not exist, except on the oldest kind. */
function createVersion(call: Call, version: Resource) {
  const model = version.registeredModelId as string;
  if (call.generation.checksModel) rowById(call, 'RegisteredModel', model);
  const parent = { prefix: model, id: Number(model) };
  const shownAs = call.generation.filters ? undefined : fullName('ModelVersion', version, parent);
  return create(call, 'ModelVersion', version, parent, shownAs);
}

/** By name and model: the older servers put the two together and never read the model's id as a number. */
function findVersion(call: Call): Row {
  const { generation, query } = call;
  const name = parameter(query, 'name');
  const parent = parameter(query, 'parentResourceId');
  const words = generation.plainFindWords ? ['name', 'parentResourceId'] : ['versionName', 'registeredModelId'];
  if (name === undefined || parent === undefined) {
    throw badRequest(`invalid parameters call, supply either (${words[0]} and ${words[1]}), or externalId`);
  }
  const finding = { plural: 'model versions', asked: `${words[0]}=${name}, ${words[1]}=${parent}, externalId=` };
  const id = generation.filters ? readId(parent, 'registered model', generation) : undefined;
  const named = nameIs(call, `${id ?? parent}:${name}`);
  return findOne(call, 'ModelVersion', finding, (row) => named(row) && (id === undefined || row.parents.includes(id)));
}
