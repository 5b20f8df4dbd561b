// From a request behind the sidecar to the answer of the right route: the database's state, refusals in words. Knows no socket and no order of faults.

import { type Answer, plainError } from '../registry-faults.ts';
import type { ApiRequest } from '../registry-server.ts';
import { refused } from './answers.ts';
import { type Database, DatabaseFailure } from './database.ts';
import { ARTIFACTS } from './entities/artifacts.ts';
import { MODEL_VERSIONS } from './entities/model-versions.ts';
import { REGISTERED_MODELS } from './entities/registered-models.ts';
import { databaseError, Refusal } from './refusals.ts';
import { findRoute, type Routes, type World } from './routing.ts';

export const BASE_PATH = '/api/model_registry/v1alpha3';

const ROUTES: Routes = { ...REGISTERED_MODELS, ...MODEL_VERSIONS, ...ARTIFACTS };

/** A stalled database lets this wait. */
export async function dispatch(
  world: World,
  database: Database,
  { method, path, url, body }: Omit<ApiRequest, 'headers'>,
): Promise<Answer> {
  const { generation } = world;
  if (database.state === 'unreached') {
    return plainError(
      503,
      'Datastore service is down or unavailable. Please check that the database is reachable and try again later.',
    );
  }
  try {
    const route = findRoute(ROUTES, method, path.startsWith(`${BASE_PATH}/`) ? path.slice(BASE_PATH.length) : '');
    if ('status' in route) return route;
    await database.awake();
    return await route.handler({ ...world, params: route.params, query: url.searchParams, body });
  } catch (error) {
    if (error instanceof Refusal) return refused(error, generation);
    if (error instanceof DatabaseFailure) return refused(databaseError(error.message), generation);
    throw error;
  }
}
