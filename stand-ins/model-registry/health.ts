// The readiness routes. They say less than their names promise, which is why they are stood in for.

import { type Answer, noSuchPage, plainError } from './answers.ts';
import type { Database } from './database.ts';
import type { Generation } from './generations.ts';
import type { Store } from './store.ts';

/** Undefined for other paths; `'hang'` before the first connection to the database, when both routes give no answer. */
export function health(
  path: string,
  query: URLSearchParams,
  world: { generation: Generation; store: Store; database: Database; now: () => number },
): Answer | 'hang' | undefined {
  const { generation, database } = world;
  const isDirty = path.endsWith('/readyz/isDirty');
  if (!isDirty && !path.endsWith('/readyz/health')) return undefined;
  if (!isDirty && generation.schemaVersion === 0) return noSuchPage();
  if (database.state === 'unreached') return 'hang';
  const problem = database.problem();
  const dirtyText = problem && `schema_migrations query error: ${problem}`;
  if (isDirty) return dirtyText === undefined ? plain(200, 'OK') : unready(dirtyText, generation);
  if (query.get('format') !== 'json') return dirtyText === undefined ? plain(200, 'OK') : plain(503, dirtyText);
  const body = report(world, problem, database.problem());
  return { status: problem === undefined ? 200 : 503, headers: [['Content-Type', 'application/json']], body };
}

function plain(status: number, body: string): Answer {
  return { status, headers: [['Content-Type', 'text/plain; charset=utf-8']], body };
}

function unready(text: string, generation: Generation): Answer {
  return generation.schemaVersion === 0 ? plainError(503, text) : plain(503, text);
}

/** Field order as the server's structs have it. */
function report(
  { generation, store, now }: { generation: Generation; store: Store; now: () => number },
  problem: string | undefined,
  second: string | undefined,
): string {
  const status = problem === undefined ? 'pass' : 'fail';
  const check = (Name: string, Status: string, Message: string, Details: object) => ({
    Name,
    Status,
    Message,
    Details,
  });
  const timestamp = `${new Date(now()).toISOString().slice(0, 19)}Z`;
  const checks = {
    database:
      problem === undefined
        ? check('database', 'pass', 'database is healthy', {
            schema_dirty: false,
            schema_version: generation.schemaVersion,
          })
        : check('database', 'fail', `schema_migrations query error: ${problem}`, {}),
    meta: check('meta', 'pass', '', { check_duration_ms: 0, timestamp }),
    'model-registry':
      problem === undefined
        ? check('model-registry', 'pass', 'model registry service is healthy', counts(store))
        : check(
            'model-registry',
            'fail',
            `failed to list registered models: error listing registered models: ${second ?? problem}`,
            {},
          ),
  };
  return `${JSON.stringify({ status, checks })}\n`;
}

function counts(store: Store): object {
  const some = (count: number) => Math.min(count, 1); // The check asks for pages of one.
  const kinds: [string, number][] = [
    ['artifacts', store.rows('artifact').length],
    ['experiment_runs', 0],
    ['experiments', 0],
    ['inference_services', store.rows('InferenceService').length],
    ['model_versions', store.rows('ModelVersion').length],
    ['registered_models', store.rows('RegisteredModel').length],
    ['serving_environments', store.rows('ServingEnvironment').length],
  ];
  const details = kinds.flatMap(([name, count]) => [
    [`${name}_accessible`, true],
    [`${name}_count`, some(count)],
  ]);
  return { ...Object.fromEntries(details), total_resources_checked: 5 };
}
