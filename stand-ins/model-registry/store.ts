// The tables of the server in memory: rows, property rows, parents, ids and times, with the limits of the database. It knows no HTTP.

import { type Collation, MARIADB, POSTGRES } from './collation.ts';
import type { Generation } from './generations.ts';
import type { PropertyColumns } from './property-values.ts';
import { databaseError } from './refusals.ts';

export type Kind = 'RegisteredModel' | 'ModelVersion' | 'ModelArtifact' | 'DocArtifact';
export type Table = 'context' | 'artifact';

/** Models and versions share one table and so one sequence of ids. */
export const TABLE_OF: Record<Kind, Table> = {
  RegisteredModel: 'context',
  ModelVersion: 'context',
  ModelArtifact: 'artifact',
  DocArtifact: 'artifact',
};

export interface PropertyRow extends PropertyColumns {
  name: string;
  custom: boolean;
}

export interface Row {
  id: number;
  kind: Kind;
  /** As stored: `<parent id>:<name>` for what has a parent. */
  name: string;
  externalId?: string | undefined;
  uri?: string | undefined;
  /** Of an artifact; other states are properties. */
  state?: string | undefined;
  /** Milliseconds since 1970. */
  createTime: number;
  updateTime: number;
  properties: PropertyRow[];
  parents: number[];
}

/** What a write brings; `customMap` true replaces the whole custom map, false leaves it. */
export interface Write {
  kind: Kind;
  id?: number | undefined;
  name: string;
  externalId?: string | undefined;
  uri?: string | undefined;
  state?: string | undefined;
  properties: PropertyRow[];
  customMap: boolean;
  /** Of what is changed; the older servers write it back, and an upsert that does not bring it sets it to 0. */
  createTime?: number;
  parent?: number | undefined;
}

/** Another row has the name or the externalId; the routes turn it into 409. */
export class DuplicateKey extends Error {
  override name = 'DuplicateKey';
}

export interface Store {
  collation: Collation;
  /** Rows of a kind, or of a table, by id. */
  rows(of: Kind | Table): Row[];
  find(of: Kind | Table, id: number): Row | undefined;
  /** Inserts or updates, all or nothing. Throws DuplicateKey, or Refusal 500 with the database's words on over-long text. */
  save(write: Write, words: SaveWords): Row;
  /** The next row of the table gets this id: what failed inserts leave behind. Throws when it was given out already. */
  skipIdsTo(table: Table, id: number): void;
}

/** How the generation names the steps of a write in its errors. */
export interface SaveWords {
  saving: string;
  creatingProperty(name: string): string;
}

/** `varchar(255)` of names, external ids and property names, in characters. */
const VARCHAR = 255;

export function createStore(generation: Generation, now: () => number): Store {
  const collation = generation.database === 'mariadb' ? MARIADB : POSTGRES;
  const tables: Record<Table, Map<number, Row>> = { context: new Map(), artifact: new Map() };
  const nextId: Record<Table, number> = { context: 1, artifact: 1 };

  const tableOf = (of: Kind | Table): Table => (of in tables ? (of as Table) : TABLE_OF[of as Kind]);

  function rows(of: Kind | Table): Row[] {
    const all = [...tables[tableOf(of)].values()].sort((a, b) => a.id - b.id);
    return of in tables ? all : all.filter((row) => row.kind === of);
  }

  function find(of: Kind | Table, id: number): Row | undefined {
    const row = tables[tableOf(of)].get(id);
    return row && (of in tables || row.kind === of) ? row : undefined;
  }

  function checkLength(text: string | undefined, column: string, words: string): void {
    if (text === undefined || [...text].length <= VARCHAR) return;
    throw databaseError(
      generation.database === 'mariadb'
        ? `${words}: Error 1406 (22001): Data too long for column '${column}' at row 1`
        : `${words}: ERROR: value too long for type character varying(${VARCHAR}) (SQLSTATE 22001)`,
    );
  }

  function checkUnique(write: Write): void {
    for (const other of tables[TABLE_OF[write.kind]].values()) {
      if (other.id === write.id) continue;
      const sameName = other.kind === write.kind && write.id === undefined && collation.equal(other.name, write.name);
      const sameExternal =
        write.externalId !== undefined &&
        other.externalId !== undefined &&
        collation.equal(other.externalId, write.externalId);
      if (sameName || sameExternal) throw new DuplicateKey();
    }
  }

  function save(write: Write, words: SaveWords): Row {
    const table = TABLE_OF[write.kind];
    if (write.id === undefined) checkLength(write.name, 'name', words.saving);
    checkLength(write.externalId, 'external_id', words.saving);
    // An insert that fails on a taken name has used up its id.
    const id = write.id ?? nextId[table]++;
    checkUnique(write);
    const time = now();
    const before = tables[table].get(id);
    const row: Row = before
      ? { ...before, updateTime: time }
      : { id, kind: write.kind, name: write.name, createTime: time, updateTime: time, properties: [], parents: [] };
    // The newer servers leave a column alone that the write does not bring; the older ones write the whole row.
    for (const column of ['externalId', 'uri', 'state'] as const) {
      if (write[column] !== undefined || generation.answersFromRequest) row[column] = write[column];
    }
    if (before && generation.answersFromRequest) row.createTime = write.createTime ?? 0;
    row.properties = mergeProperties(row.properties, write, words);
    if (write.parent !== undefined && !row.parents.includes(write.parent)) row.parents = [...row.parents, write.parent];
    tables[table].set(id, row);
    return row;
  }

  function mergeProperties(before: PropertyRow[], write: Write, words: SaveWords): PropertyRow[] {
    // Deleting compares names exactly, in the server's own code; finding the row to write is left to the database.
    const kept = before.filter(
      (old) => !old.custom || !write.customMap || write.properties.some((p) => p.custom && p.name === old.name),
    );
    const merged = kept.map((old) => ({ ...old }));
    for (const property of write.properties) {
      const old = merged.find((p) => p.custom === property.custom && collation.equal(p.name, property.name));
      if (!old) {
        checkLength(property.name, 'name', words.creatingProperty(property.name));
        merged.push({ ...property });
        continue;
      }
      for (const column of ['int', 'double', 'string', 'bool'] as const) {
        if (property[column] !== undefined) Object.assign(old, { [column]: property[column] });
        else if (generation.rewritesWholeValue) delete old[column];
      }
    }
    return merged;
  }

  function skipIdsTo(table: Table, id: number): void {
    if (id < nextId[table])
      throw new Error(`Id ${id} of ${table} cannot come next: ${nextId[table] - 1} was given out`);
    nextId[table] = id;
  }

  return { collation, rows, find, save, skipIdsTo };
}
