// Reads the recorded exchanges, server by server, in the order in which they were made.

import { existsSync, readFileSync } from 'node:fs';
import type { GenerationName } from '../../../../stand-ins/model-registry/index.ts';

export interface Exchange {
  note?: string;
  request: { method: string; path: string; headers: Record<string, string>; body: unknown };
  response: { status: number; headers: Record<string, string>; body: unknown };
}
export interface Recording {
  server: GenerationName;
  name: string;
  exchanges: Exchange[];
}

export const SERVERS: GenerationName[] = [
  'main-postgres',
  'v0.3.3-postgres',
  'main-mariadb',
  'v0.2.21-mariadb',
  'v0.2.21-postgres',
];

/** By the times in the answers: one case works on what the earlier ones left. */
export const CASES = [
  'setup-model-three-versions',
  'find',
  'list-labels',
  'promote',
  'rollback',
  'promote-with-author-and-properties',
  'last-label-removed',
  'version-without-properties',
  'artifact-uri',
  'archived-version',
  'errors-write',
  'paging',
  'struct-value',
  'wildcards',
  'concurrent-patch',
  'small-surprises',
  'python-client-register-model',
  'workshop-script-promotes',
  'workshop-script-last-label',
  'workshop-script-crashes',
  'database-outage',
  'start-before-database',
  'paging-filtered-while-label-moves',
  'interleaved-promotions',
  'field-updates',
];

/** Recorded apart, each on an empty server. */
export const CASES_ON_EMPTY = ['edges'];

/** Cases without exchanges: they state counts and times only. */
export const SUMMARIES_ONLY = ['large-map', 'interrupted-patch'];

const FOLDER = new URL('../../../fixtures/model-registry/', import.meta.url);

export function readRecordings(server: GenerationName, cases = CASES): Recording[] {
  return cases
    .filter((name) => existsSync(new URL(`${server}/${name}.json`, FOLDER)))
    .map((name) => ({
      server,
      name,
      exchanges: readExchanges(server, name),
    }));
}

export function readExchanges(server: GenerationName, name: string): Exchange[] {
  const text = readFileSync(new URL(`${server}/${name}.json`, FOLDER), 'utf8');
  return (JSON.parse(text) as { exchanges: Exchange[] }).exchanges;
}
