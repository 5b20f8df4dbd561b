// Routes of model versions, alone and below their model.

import { json } from '../answers.ts';
import { decodeStrictly, type Resource, readBody } from '../decode.ts';
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
import { badRequest } from '../refusals.ts';
import type { Call, Routes, World } from '../routing.ts';
import type { Row } from '../store.ts';
import { change, create, fullName, save } from '../writes.ts';

export const MODEL_VERSIONS: Routes = {
  'GET /model_version': (call) => answerOne(findVersion(call), call.generation),
  'GET /model_versions': (call) =>
    list(call, {
      of: 'ModelVersion',
      filterQuery: call.generation.filters ? parameter(call.query, 'filterQuery') : undefined,
    }),
  'POST /model_versions': (call) => {
    const version = decodeStrictly(readBody(call.body), 'ModelVersion', 'Create');
    return createVersion(call, version);
  },
  'GET /model_versions/{id}': (call) => answerOne(rowById(call, 'ModelVersion', call.params.id!), call.generation),
  'PATCH /model_versions/{id}': (call) => {
    const update = decodeStrictly(readBody(call.body), 'ModelVersion', 'Update');
    return change(call, rowById(call, 'ModelVersion', call.params.id!), update);
  },
  'GET /registered_models/{id}/versions': (call) => {
    const { generation, query } = call;
    const parent = readId(call.params.id!, 'registered model', generation);
    return list(call, {
      of: 'ModelVersion',
      nested: true,
      wanted: (row) => row.parents.includes(parent),
      filterQuery: generation.filters ? combinedFilter(query) : undefined,
    });
  },
  'POST /registered_models/{id}/versions': (call) => {
    const version = decodeStrictly(readBody(call.body), 'ModelVersion', '');
    version.registeredModelId = call.params.id!;
    return version.id === undefined ? createVersion(call, version) : replaceVersion(call, version);
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

/** A full version with an id is an update that answers 201. */
function replaceVersion(call: Call, version: Resource) {
  const row = rowById(call, 'ModelVersion', version.id!);
  const before = toResource(row, call.generation);
  const merged: Resource = { ...before, ...version, name: before.name };
  const model = version.registeredModelId as string;
  const saved = save(call, 'ModelVersion', merged, before.name as string, { prefix: model, id: Number(model) });
  return json(201, present(saved));
}

function findVersion(call: Call): Row {
  const { generation, query } = call;
  const name = parameter(query, 'name');
  const parent = parameter(query, 'parentResourceId');
  const externalId = parameter(query, 'externalId');
  const words = generation.plainFindWords ? ['name', 'parentResourceId'] : ['versionName', 'registeredModelId'];
  if ((name === undefined || parent === undefined) && externalId === undefined) {
    throw badRequest(`invalid parameters call, supply either (${words[0]} and ${words[1]}), or externalId`);
  }
  const asked = `${words[0]}=${name ?? ''}, ${words[1]}=${parent ?? ''}, externalId=${externalId ?? ''}`;
  return findOne(
    call,
    'ModelVersion',
    { plural: 'model versions', asked },
    wantedVersion(call, name, parent, externalId),
  );
}

function wantedVersion(
  call: Call,
  name: string | undefined,
  parent: string | undefined,
  externalId: string | undefined,
): (row: Row) => boolean {
  const { generation } = call;
  if (!generation.filters) {
    // The older servers put the two together and never read the parent as a number.
    return name !== undefined && parent !== undefined
      ? nameIs(call, `${parent}:${name}`)
      : externalIdIs(call, externalId!);
  }
  const below = belowParent(call, parent, 'registered model');
  const named =
    name === undefined
      ? externalIdIs(call, externalId!)
      : nameIs(call, `${parent === undefined ? '%' : Number(parent)}:${name}`);
  return (row) => named(row) && below(row);
}

/** Also used by what else is looked up below a parent. Throws 400 for a parent that is no number. */
export function belowParent(world: World, parent: string | undefined, label: string): (row: Row) => boolean {
  if (parent === undefined) return () => true;
  const id = readId(parent, label, world.generation);
  return (row) => row.parents.includes(id);
}
