// Builds a recorded server's Git objects in the stand-in's store, from what deliveries and answers show of them, and
// notes which ids came out as recorded. What no recording shows comes from history.json beside it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Commit, Signature } from '../../../stand-ins/gitea/git/objects.ts';
import { ObjectStore } from '../../../stand-ins/gitea/git/store.ts';
import { applyChanges, type FileEntry, writeFiles } from '../../../stand-ins/gitea/git/trees.ts';
import type { GenerationName } from '../../../stand-ins/gitea/index.ts';

export type ServerName = 'gitea' | 'gitea-1.22' | 'forgejo';

export const SERVERS: readonly ServerName[] = ['gitea', 'gitea-1.22', 'forgejo'];

export const GENERATION_OF: Record<ServerName, GenerationName> = {
  gitea: 'gitea-1.26',
  'gitea-1.22': 'gitea-1.22',
  forgejo: 'forgejo-7',
};

export const FIXTURES = new URL('../../fixtures/', import.meta.url);

export function readJson<Value>(path: string): Value {
  return JSON.parse(readFileSync(new URL(path, FIXTURES), 'utf8')) as Value;
}

type Text = { text?: string; base64?: string };
type Entry = { path: string; mode: string; type: string; sha: string } & Text;
type ShownCommit = { tree: string; parents: string[]; message: string; entries?: Entry[]; tag_of?: string };
type WorkedOut = {
  id: string;
  parents: string[];
  author: Omit<Signature, 'zone'>;
  committer: Omit<Signature, 'zone'>;
  message: string;
  tree?: string;
  files?: Record<string, { mode: string; text: string } | null>;
};
type People = { author: Signature; committer: Signature };

export type RecordedHistory = {
  store: ObjectStore;
  /** How many ids of each kind came out as recorded. */
  agreeing: { blob: number; tree: number; commit: number };
  /** Ids that did not: nothing but an error of the stand-in explains one. */
  differing: string[];
  /** Commits and tags put under their recorded id without being known in full. */
  injected: string[];
};

const bytesOf = ({ text, base64 }: Text) => (text === undefined ? Buffer.from(base64!, 'base64') : Buffer.from(text));

export function deliveryCases(server: ServerName): string[] {
  return readdirSync(new URL(`${server}/deliveries/`, FIXTURES)).sort();
}

export function buildHistory(server: ServerName): RecordedHistory {
  const store = new ObjectStore();
  const history: RecordedHistory = { store, agreeing: { blob: 0, tree: 0, commit: 0 }, differing: [], injected: [] };
  const note = (kind: keyof RecordedHistory['agreeing'], wanted: string, got: string) => {
    if (wanted === got) history.agreeing[kind] += 1;
    else history.differing.push(`${kind} ${wanted} came out as ${got}`);
  };
  const shown = new Map<string, ShownCommit>();
  const seenTrees = new Set<string>();
  const addTree = (id: string, entries: readonly Entry[]) => {
    if (seenTrees.has(id)) return;
    seenTrees.add(id);
    const files = new Map<string, FileEntry>();
    for (const entry of entries) if (entry.type !== 'tree') files.set(entry.path, { mode: entry.mode, id: entry.sha });
    note('tree', id, writeFiles(store, files));
    for (const entry of entries)
      if (entry.type === 'tree') note('tree', entry.sha, store.has(entry.sha) ? entry.sha : '');
  };
  const seenBlobs = new Set<string>();
  const addBlob = (id: string, content: Text) => {
    if (seenBlobs.has(id)) return;
    seenBlobs.add(id);
    note('blob', id, store.writeBlob(bytesOf(content)));
  };
  for (const name of deliveryCases(server)) {
    const folder = `${server}/deliveries/${name}`;
    const { commits, blobs } = readJson<{ commits: Record<string, ShownCommit>; blobs: Record<string, Text> }>(
      `${folder}/commits.json`,
    );
    for (const [id, content] of Object.entries(blobs)) addBlob(id, content);
    const ends = readJson<{ before_tree?: string; after_tree?: string }>(`${folder}/case.json`);
    for (const [file, id] of [
      ['tree-before', ends.before_tree],
      ['tree-after', ends.after_tree],
    ] as const) {
      if (!id || !existsSync(new URL(`${folder}/${file}.json`, FIXTURES))) continue;
      const entries = readJson<Entry[]>(`${folder}/${file}.json`);
      for (const entry of entries)
        if (entry.type === 'blob' && (entry.text ?? entry.base64) !== undefined) addBlob(entry.sha, entry);
      addTree(id, entries);
    }
    for (const [id, commit] of Object.entries(commits)) {
      shown.set(id, commit);
      if (commit.entries) addTree(commit.tree, commit.entries);
    }
  }
  addCommits(server, history, shown, note);
  return history;
}

function addCommits(
  server: ServerName,
  history: RecordedHistory,
  shown: ReadonlyMap<string, ShownCommit>,
  note: (kind: 'commit', wanted: string, got: string) => void,
): void {
  const { store } = history;
  const people = whoAndWhen(server);
  const tags = [...shown].filter(([, commit]) => commit.tag_of);
  for (const [id, commit] of shown) {
    const who = people.get(id);
    if (commit.tag_of || !who) continue;
    note(
      'commit',
      id,
      writeAsRecorded(store, id, { tree: commit.tree, parents: commit.parents, ...who, message: commit.message }),
    );
  }
  const { commits, placeholders } = readJson<{ commits: WorkedOut[]; placeholders: WorkedOut[] }>(
    `${server}/history.json`,
  );
  const zone = '+0000';
  const complete = (one: WorkedOut): Commit => ({
    tree: one.tree ?? treeOf(store, one),
    parents: one.parents,
    author: { ...one.author, zone },
    committer: { ...one.committer, zone },
    message: one.message,
  });
  for (const one of inOrder(commits, store)) note('commit', one.id, store.writeCommit(complete(one)));
  for (const one of placeholders) {
    const written = store.writeCommit(complete(one));
    store.inject(one.id, 'commit', store.bytes(written));
    history.injected.push(one.id);
  }
  // Parents of the oldest commit of a case, where nothing shows them: a history may begin there.
  const known = [...shown.values()].filter((commit) => !commit.tag_of);
  for (const id of new Set(known.flatMap((commit) => commit.parents))) {
    if (store.has(id)) continue;
    const nobody = { name: 'unknown', email: 'unknown', seconds: 0, zone };
    const commit = { tree: store.writeTree([]), parents: [], author: nobody, committer: nobody, message: id };
    store.inject(id, 'commit', store.bytes(store.writeCommit(commit)));
    history.injected.push(id);
  }
  for (const [id, { tag_of }] of tags) {
    const tagger = { name: 'unknown', email: 'unknown', seconds: 0, zone };
    const made = store.writeTag({ object: tag_of!, type: 'commit', name: 'unknown', tagger, message: '\n' });
    store.inject(id, 'tag', store.bytes(made));
    history.injected.push(id);
  }
}

/** Messages are recorded as `git log` prints them, sometimes without the line end they were stored with. */
function writeAsRecorded(store: ObjectStore, id: string, commit: Commit): string {
  let made = '';
  for (const message of [`${commit.message}\n`, commit.message]) {
    made = store.writeCommit({ ...commit, message });
    if (made === id) return made;
  }
  return made;
}

/** Parents before children, as far as they are in the list. */
function inOrder(commits: readonly WorkedOut[], store: ObjectStore): WorkedOut[] {
  const waiting = [...commits];
  const sorted: WorkedOut[] = [];
  const ready = new Set<string>();
  while (waiting.length > 0) {
    const at = waiting.findIndex(
      (one) => one.tree || one.parents.every((parent) => ready.has(parent) || store.has(parent)),
    );
    const one = waiting.splice(Math.max(0, at), 1)[0]!;
    ready.add(one.id);
    sorted.push(one);
  }
  return sorted;
}

function treeOf(store: ObjectStore, one: WorkedOut): string {
  const changes = Object.fromEntries(
    Object.entries(one.files ?? {}).map(([path, file]) => [path, file && { content: file.text, mode: file.mode }]),
  );
  return applyChanges(store, store.commit(one.parents[0]!).tree, changes);
}

type PayloadPerson = { name: string; email: string; date?: string };

/** Authors, committers and their times, wherever a payload or an answer shows them. */
function whoAndWhen(server: ServerName): Map<string, People> {
  const people = new Map<string, People>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (typeof value !== 'object' || value === null) return;
    const one = value as Record<string, never> & {
      id?: string;
      sha?: string;
      timestamp?: string;
      author?: PayloadPerson;
      committer?: PayloadPerson;
      commit?: { author?: PayloadPerson; committer?: PayloadPerson };
    };
    const { author, committer } = one.commit ?? {};
    if (one.sha && author?.date && committer?.date) {
      people.set(one.sha, { author: signature(author, author.date), committer: signature(committer, committer.date) });
    } else if (one.id && one.timestamp && one.author && one.committer && !people.has(one.id)) {
      // A payload shows only when the author wrote; but for rebased commits that is when it was committed.
      people.set(one.id, {
        author: signature(one.author, one.timestamp),
        committer: signature(one.committer, one.timestamp),
      });
    }
    for (const inner of Object.values(value)) visit(inner);
  };
  for (const name of readdirSync(new URL(`${server}/api/`, FIXTURES))) visit(readJson(`${server}/api/${name}`));
  for (const name of deliveryCases(server)) {
    const folder = new URL(`${server}/deliveries/${name}/`, FIXTURES);
    for (const file of readdirSync(folder))
      if (file.endsWith('.body')) visit(payloadOf(readFileSync(new URL(file, folder))));
  }
  return people;
}

/** The JSON of a delivery, also of one sent as a form. */
export function payloadOf(body: Buffer): unknown {
  return JSON.parse(payloadText(body));
}

export function payloadText(body: Buffer): string {
  const text = body.toString('utf8');
  return text.startsWith('payload=') ? (new URLSearchParams(text).get('payload') ?? '') : text;
}

function signature(person: PayloadPerson, date: string): Signature {
  const zone = /([+-])(\d\d):(\d\d)$/.exec(date);
  return {
    name: person.name,
    email: person.email,
    seconds: Date.parse(date) / 1000,
    zone: zone ? `${zone[1]}${zone[2]}${zone[3]}` : '+0000',
  };
}
