// Finds by which commit of the branch another commit got there: on any other branch a commit deploys nothing. Pure.

export interface Landings {
  /** The branch as it was, newest first: head, its first parent, and so on, as far as commits are known. */
  chain: string[];
  /** The commit of the chain by which a commit got onto the branch; absent while too few commits are known. */
  landedBy: ReadonlyMap<string, string>;
}

/** `parents`: of all commits known, by id, first parent first. */
export function landings(head: string, parents: ReadonlyMap<string, readonly string[]>): Landings {
  const chain: string[] = [];
  const landedBy = new Map<string, string>();
  for (let id: string | undefined = head; id !== undefined && parents.has(id); id = parents.get(id)?.[0]) {
    chain.push(id);
    landedBy.set(id, id);
  }
  // The oldest first: what it brought was not brought by a later one.
  for (const by of chain.toReversed()) {
    const open = [...(parents.get(by) ?? [])];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (landedBy.has(id) || !parents.has(id)) continue;
      landedBy.set(id, by);
      open.push(...(parents.get(id) ?? []));
    }
  }
  return { chain, landedBy };
}
