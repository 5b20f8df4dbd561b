// The database behind the server, as far as it can fail: away, coming back, stalled, never reached. What was measured, in its words.

import type { Generation } from './generations.ts';
import type { Store } from './store.ts';

/**
 * `up`; `stopped`: away while the server runs; `recovering`: starting again after a crash; `stalled`: connected, but it
 * answers nothing; `unreached`: away since the server started.
 */
export type DatabaseState = 'up' | 'stopped' | 'recovering' | 'stalled' | 'unreached';

/** Where a write ends that the database does not survive: all of it is lost (measured: a killed database, 5 of 5). */
export class DatabaseFailure extends Error {
  override name = 'DatabaseFailure';
}

const REFUSED = {
  postgres:
    'failed to connect to `user=registry database=mr_main`: 127.0.0.1:55432 (127.0.0.1): dial error: dial tcp 127.0.0.1:55432: connect: connection refused',
  mariadb: 'dial tcp 127.0.0.1:53306: connect: connection refused',
};
const BROKEN = 'FATAL: terminating connection due to administrator command (SQLSTATE 57P01)';
const STARTING = 'FATAL: the database system is starting up (SQLSTATE 57P03)';

export interface Database {
  readonly state: DatabaseState;
  /**
   * `brokenConnections`: connections of the pool that were open at the stop; PostgreSQL's driver meets each of them once,
   * MariaDB's opens a new one by itself.
   */
  set(state: DatabaseState, brokenConnections?: number): void;
  /** What the next statement meets; undefined while it is up. */
  problem(): string | undefined;
  /** At once, or when a stalled database goes on. */
  awake(): Promise<void>;
}

export function createDatabase(generation: Generation): Database {
  let state: DatabaseState = 'up';
  let broken = 0;
  let waiting: (() => void)[] = [];
  return {
    get state() {
      return state;
    },
    set(next, brokenConnections = 0) {
      state = next;
      broken = brokenConnections;
      if (state === 'stalled') return;
      for (const go of waiting) go();
      waiting = [];
    },
    problem() {
      if (state === 'up') return undefined;
      if (generation.database === 'mariadb') return REFUSED.mariadb;
      if (state === 'recovering') return STARTING;
      if (broken <= 0) return REFUSED.postgres;
      broken--;
      return BROKEN;
    },
    awake() {
      return state === 'stalled' ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve();
    },
  };
}

/** The store as the routes see it: every statement meets the database's state. Throws DatabaseFailure. */
export function behindDatabase(store: Store, database: Database): Store {
  const reach = () => {
    const problem = database.problem();
    if (problem !== undefined) throw new DatabaseFailure(problem);
  };
  return {
    ...store,
    rows(of) {
      reach();
      return store.rows(of);
    },
    find(of, id) {
      reach();
      return store.find(of, id);
    },
    save(write, words) {
      reach();
      return store.save(write, words);
    },
  };
}
