// Makes and renames repositories.

import { ObjectStore } from './git/store.ts';
import { BRANCHES, fullName, nextId, type Repository, type User, type World } from './world.ts';

export type NewRepository = {
  owner: User;
  name: string;
  private: boolean;
  defaultBranch: string;
  autoInit?: boolean;
};

export function createRepository(world: World, wanted: NewRepository): Repository {
  const now = world.now();
  const repository: Repository = {
    id: nextId(world, 'repository'),
    owner: wanted.owner,
    name: wanted.name,
    private: wanted.private,
    formerNames: [],
    defaultBranch: wanted.defaultBranch,
    store: new ObjectStore(),
    refs: new Map(),
    collaborators: new Map(),
    hooks: [],
    pulls: [],
    statuses: [],
    allowManualMerge: false,
    autodetectManualMerge: false,
    size: 0,
    language: '',
    created: now,
    updated: now,
  };
  world.repositories.push(repository);
  if (wanted.autoInit) initialise(world, repository);
  return repository;
}

/** Measured: a first commit by `auto_init` sends no push. */
function initialise(world: World, repository: Repository): void {
  const { store, owner } = repository;
  const name = owner.fullName || owner.login;
  const who = { name, email: owner.email, seconds: Math.floor(world.now().getTime() / 1000), zone: '+0000' };
  const readme = store.writeBlob(`# ${repository.name}\n\n`);
  const tree = store.writeTree([{ mode: '100644', name: 'README.md', id: readme }]);
  const commit = store.writeCommit({ tree, parents: [], author: who, committer: who, message: 'Initial commit\n' });
  repository.refs.set(BRANCHES + repository.defaultBranch, commit);
}

/** The former name leads here for as long as nobody takes it. No webhook is sent for it. */
export function renameRepository(repository: Repository, name: string): void {
  if (name.toLowerCase() !== repository.name.toLowerCase()) {
    repository.formerNames.push(fullName(repository).toLowerCase());
  }
  repository.name = name;
}
