// What the recorded exchanges do not carry and a replay needs: unrecorded resources, the database's state, bodies lost in parsing.

import type { StandIn } from '../../../../stand-ins/model-registry/index.ts';
import type { Exchange } from './recordings.ts';

/** A resource that the case shows without a request that made it. */
export interface LeftBehind {
  table: 'context' | 'artifact';
  id: number;
  /** The version of an artifact, which its answers do not tell. */
  parent?: string;
  /** Where the first answer that shows it is that of a change: what it carried before. */
  labels?: string[];
}

const contexts = (from: number, to: number): LeftBehind[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ table: 'context', id: from + i }));
const artifact = (id: number, parent: string): LeftBehind => ({ table: 'artifact', id, parent });

/** Before `server/case#index` these were made by requests that were not recorded. */
export const LEFT_BEHIND: Record<string, LeftBehind[]> = {
  'main-postgres/paging#1': contexts(20, 44),
  'v0.3.3-postgres/paging#1': contexts(20, 44),
  'main-mariadb/paging#1': contexts(19, 43),
  'v0.2.21-mariadb/paging#1': contexts(19, 43),
  'main-postgres/concurrent-patch#0': contexts(237, 237),
  'v0.3.3-postgres/concurrent-patch#0': contexts(237, 237),
  'main-mariadb/concurrent-patch#0': contexts(236, 236),
  'v0.2.21-mariadb/concurrent-patch#0': contexts(236, 236),
  'main-postgres/workshop-script-promotes#0': [...contexts(286, 289), artifact(19, '288')],
  'main-postgres/workshop-script-last-label#0': [...contexts(290, 292), artifact(22, '292')],
  'main-postgres/database-outage#0': [...contexts(293, 294), artifact(23, '294')],
  'v0.2.21-mariadb/database-outage#0': [...contexts(281, 282), artifact(16, '282')],
  'main-postgres/paging-filtered-while-label-moves#1': contexts(344, 351)
    .filter(({ id }) => ![345, 346].includes(id))
    .map((version) => (version.id === 349 ? { ...version, labels: ['prod'] } : version))
    .map((version) => (version.id === 344 ? { ...version, labels: [] } : version)),
};

/** Before `case#index` the map of this version was replaced by a request that was not recorded. */
export const MAP_REPLACED: Record<string, { id: number; properties: Record<string, string> }> = {
  'main-postgres/errors-write#26': { id: 5, properties: { k: 'v' } },
  'v0.3.3-postgres/errors-write#26': { id: 5, properties: { k: 'v' } },
  'main-mariadb/errors-write#26': { id: 5, properties: { k: 'v' } },
  'v0.2.21-mariadb/errors-write#26': { id: 5, properties: { k: 'v' } },
};

/** Texts that parsing changed: a JSON string looks like bare text, `null` like no body, the first of two equal keys is gone. */
export const BODIES: Record<string, string> = {
  'main-postgres/errors-write#36': '"x"',
  'v0.3.3-postgres/errors-write#36': '"x"',
  'main-mariadb/errors-write#36': '"x"',
  'v0.2.21-mariadb/errors-write#41': '"x"',
  'v0.2.21-mariadb/errors-write#42': '{"state":"LIVE","state":"ARCHIVED"}',
};

export function outageAt(standIn: StandIn, name: string, { note = '' }: Exchange): void {
  if (name === 'start-before-database') standIn.database.set('unreached');
  if (name !== 'database-outage') return;
  // The first look-up of a model met no broken connection; each other kind of call did.
  if (/call 1 after the stop/.test(note)) standIn.database.set('stopped', note.startsWith('find model') ? 0 : 1);
  if (/first call after the restart/.test(note)) standIn.database.set('up');
}
