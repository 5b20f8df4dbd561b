// Routes of registered models.

import { decodeStrictly } from '../decode.ts';
import { answerOne, findOne, list, nameIs, parameter, rowById } from '../lookups.ts';
import { badRequest } from '../refusals.ts';
import type { Routes } from '../routing.ts';
import { change, create } from '../writes.ts';

export const REGISTERED_MODELS: Routes = {
  'GET /registered_model': (call) => {
    const name = parameter(call.query, 'name');
    if (name === undefined) throw badRequest('invalid parameters call, supply either name or externalId');
    const finding = { plural: 'registered models', asked: `name=${name}, externalId=` };
    return answerOne(findOne(call, 'RegisteredModel', finding, nameIs(call, name)), call.generation);
  },
  'GET /registered_models': (call) => list(call, { of: 'RegisteredModel' }),
  'POST /registered_models': (call) =>
    create(call, 'RegisteredModel', decodeStrictly(call.body, 'RegisteredModel', 'Create')),
  'GET /registered_models/{id}': (call) =>
    answerOne(rowById(call, 'RegisteredModel', call.params.id!), call.generation),
  'PATCH /registered_models/{id}': (call) => {
    const update = decodeStrictly(call.body, 'RegisteredModel', 'Update');
    return change(call, rowById(call, 'RegisteredModel', call.params.id!), update);
  },
};
