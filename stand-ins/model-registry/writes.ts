// Writes that all resources share: create, and change by reading, merging and writing the whole. Conflicts become 409 here.

import type { Answer } from '../registry-faults.ts';
import { json } from './answers.ts';
import type { Resource } from './decode.ts';
import { FIELDS, LABELS } from './fields.ts';
import { present, saveResource, storedName, toResource } from './records.ts';
import { conflict, databaseError } from './refusals.ts';
import type { World } from './routing.ts';
import { DuplicateKey, type Kind, type Row } from './store.ts';

export interface Parent {
  /** What the stored name begins with. */
  prefix: string;
  /** The row above, also when it does not exist. */
  id?: number | undefined;
}

/** Creates a row. `shownAs` is the name in the message of a conflict. */
export function create(world: World, kind: Kind, resource: Resource, parent?: Parent, shownAs?: string): Answer {
  const name = (resource.name as string | undefined) ?? '';
  return json(201, present(save(world, kind, resource, shownAs ?? name, parent)));
}

/** The stored form, which some messages show instead of the name. */
export const fullName = (kind: Kind, resource: Resource, parent: Parent): string =>
  storedName(kind, (resource.name as string | undefined) ?? '', parent.prefix);

/**
 * Changes a row: what the body brings over what stands there, all properties written anew, the map as a whole. Nothing is
 * locked between the read and the write, so of two changes at once the later one undoes the earlier.
 */
export async function change(world: World, row: Row, update: Resource): Promise<Answer> {
  const { kind } = row;
  const before = toResource(row, world.generation);
  const merged: Resource = { ...before };
  for (const name of Object.keys(FIELDS[kind])) {
    if (update[name] !== undefined && !FIELDS[kind][name]!.fixed && name !== 'artifactType')
      merged[name] = update[name];
  }
  await world.beforeWrite();
  const shownAs = world.generation.filters ? (before.name as string) : row.name;
  return json(200, present(save(world, kind, merged, shownAs)));
}

/** Throws 409 (500 on the oldest kind), in the words of the generation. */
export function save(world: World, kind: Kind, resource: Resource, shownAs: string, parent?: Parent): Resource {
  try {
    return saveResource(world.store, world.generation, kind, resource, parent);
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error;
    if (world.generation.conflictStatus === 500) throw databaseError('rpc error: code = AlreadyExists');
    throw conflict(`${LABELS[kind]} with name ${shownAs} already exists`);
  }
}
