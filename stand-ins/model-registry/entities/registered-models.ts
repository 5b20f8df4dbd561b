// Routes of registered models.

import { decodeStrictly, readBody } from '../decode.ts';
import { answerOne, externalIdIs, findOne, list, nameIs, parameter, rowById } from '../lookups.ts';
import { badRequest } from '../refusals.ts';
import type { Routes } from '../routing.ts';
import { change, create } from '../writes.ts';

export const REGISTERED_MODELS: Routes = {
  'GET /registered_model': (call) => {
    const name = parameter(call.query, 'name');
    const externalId = parameter(call.query, 'externalId');
    if (name === undefined && externalId === undefined) {
      throw badRequest('invalid parameters call, supply either name or externalId');
    }
    const asked = `name=${name ?? ''}, externalId=${externalId ?? ''}`;
    const wanted = name === undefined ? externalIdIs(call, externalId!) : nameIs(call, name);
    return answerOne(findOne(call, 'RegisteredModel', { plural: 'registered models', asked }, wanted), call.generation);
  },
  'GET /registered_models': (call) =>
    list(call, {
      of: 'RegisteredModel',
      filterQuery: call.generation.filters ? parameter(call.query, 'filterQuery') : undefined,
    }),
  'POST /registered_models': (call) =>
    create(call, 'RegisteredModel', decodeStrictly(readBody(call.body), 'RegisteredModel', 'Create')),
  'GET /registered_models/{id}': (call) =>
    answerOne(rowById(call, 'RegisteredModel', call.params.id!), call.generation),
  'PATCH /registered_models/{id}': (call) => {
    const update = decodeStrictly(readBody(call.body), 'RegisteredModel', 'Update');
    return change(call, rowById(call, 'RegisteredModel', call.params.id!), update);
  },
};
