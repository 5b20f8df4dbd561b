// Keeps Git objects in memory, by id. Never forgets one, and never gives one an id that Git would not give it,
// except by `inject`, which tests use for an object that a recording names without showing all of it.

import {
  type Commit,
  decodeCommit,
  decodeTag,
  decodeTree,
  EMPTY_TREE_ID,
  encodeCommit,
  encodeTag,
  encodeTree,
  type ObjectType,
  objectId,
  type Tag,
  type TreeEntry,
} from './objects.ts';

type Stored = { type: ObjectType; body: Buffer };

export class ObjectStore {
  readonly #objects = new Map<string, Stored>();
  readonly #trees = new Map<string, TreeEntry[]>();
  readonly #commits = new Map<string, Commit>();

  constructor() {
    this.#objects.set(EMPTY_TREE_ID, { type: 'tree', body: Buffer.alloc(0) });
  }

  write(type: ObjectType, body: Buffer): string {
    const id = objectId(type, body);
    if (!this.#objects.has(id)) this.#objects.set(id, { type, body });
    return id;
  }

  writeBlob(content: string | Buffer): string {
    return this.write('blob', typeof content === 'string' ? Buffer.from(content) : content);
  }

  writeTree(entries: readonly TreeEntry[]): string {
    return this.write('tree', encodeTree(entries));
  }

  writeCommit(commit: Commit): string {
    return this.write('commit', encodeCommit(commit));
  }

  writeTag(tag: Tag): string {
    return this.write('tag', encodeTag(tag));
  }

  /** Puts an object under an id that is not its own. Only for a replay whose recording lacks part of the object. */
  inject(id: string, type: ObjectType, body: Buffer): void {
    this.#objects.set(id, { type, body });
  }

  has(id: string): boolean {
    return this.#objects.has(id);
  }

  type(id: string): ObjectType | undefined {
    return this.#objects.get(id)?.type;
  }

  bytes(id: string): Buffer {
    return this.#read(id).body;
  }

  size(id: string): number {
    return this.#read(id).body.length;
  }

  blob(id: string): Buffer {
    return this.#read(id, 'blob').body;
  }

  tree(id: string): TreeEntry[] {
    let entries = this.#trees.get(id);
    if (!entries) {
      entries = decodeTree(this.#read(id, 'tree').body);
      this.#trees.set(id, entries);
    }
    return entries;
  }

  commit(id: string): Commit {
    let commit = this.#commits.get(id);
    if (!commit) {
      commit = decodeCommit(this.#read(id, 'commit').body);
      this.#commits.set(id, commit);
    }
    return commit;
  }

  tag(id: string): Tag {
    return decodeTag(this.#read(id, 'tag').body);
  }

  /** The commit an id stands for: itself, or what a tag points at in the end. Undefined for anything else. */
  peel(id: string): string | undefined {
    const type = this.type(id);
    if (type === 'commit') return id;
    return type === 'tag' ? this.peel(this.tag(id).object) : undefined;
  }

  /** The only object whose id begins like this, as `git rev-parse` finds it: at least 4 digits, none when ambiguous. */
  expand(prefix: string): string | undefined {
    if (!/^[0-9a-f]{4,40}$/.test(prefix)) return undefined;
    if (prefix.length === 40) return this.has(prefix) ? prefix : undefined;
    const found = [...this.#objects.keys()].filter((id) => id.startsWith(prefix));
    const commits = found.filter((id) => this.type(id) === 'commit');
    if (found.length === 1) return found[0];
    return commits.length === 1 ? commits[0] : undefined;
  }

  #read(id: string, type?: ObjectType): Stored {
    const stored = this.#objects.get(id);
    if (!stored) throw new Error(`no Git object ${id} in this store`);
    if (type && stored.type !== type) throw new Error(`Git object ${id} is a ${stored.type}, expected a ${type}`);
    return stored;
  }
}
