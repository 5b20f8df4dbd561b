// Git's four objects as bytes and back, with the ids Git gives them. Knows nothing of where objects are kept.
// Source: git hash-object, and Documentation/gitformat-pack and gitdatamodel: id = sha1("<type> <length>\0<body>").

import { createHash } from 'node:crypto';

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

/** Who did something and when: seconds since 1970 and the zone as Git writes it (`+0100`). */
export type Signature = { name: string; email: string; seconds: number; zone: string };

/** One line of a tree. Modes as Git stores them: 100644, 100755, 120000 (link), 160000 (submodule), 40000 (folder). */
export type TreeEntry = { mode: string; name: string; id: string };

export type Commit = { tree: string; parents: string[]; author: Signature; committer: Signature; message: string };

export type Tag = { object: string; type: ObjectType; name: string; tagger: Signature; message: string };

export const ZERO_ID = '0'.repeat(40);

/** The id of the tree without entries; a diff against it names everything. */
export const EMPTY_TREE_ID = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export function objectId(type: ObjectType, body: Buffer): string {
  return createHash('sha1').update(`${type} ${body.length}\0`).update(body).digest('hex');
}

export function isFolder(mode: string): boolean {
  return mode === '40000';
}

export function isSubmodule(mode: string): boolean {
  return mode === '160000';
}

export function isLink(mode: string): boolean {
  return mode === '120000';
}

/** Git sorts a tree by bytes, a folder as if its name ended in a slash (read-cache.c, base_name_compare). */
export function compareEntries(a: { mode: string; name: string }, b: { mode: string; name: string }): number {
  return Buffer.compare(
    Buffer.from(isFolder(a.mode) ? `${a.name}/` : a.name),
    Buffer.from(isFolder(b.mode) ? `${b.name}/` : b.name),
  );
}

export function encodeTree(entries: readonly TreeEntry[]): Buffer {
  const sorted = [...entries].sort(compareEntries);
  return Buffer.concat(
    sorted.flatMap((entry) => [Buffer.from(`${entry.mode} ${entry.name}\0`), Buffer.from(entry.id, 'hex')]),
  );
}

export function decodeTree(body: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const end = body.indexOf(0, space);
    entries.push({
      mode: body.toString('latin1', at, space),
      name: body.toString('utf8', space + 1, end),
      id: body.toString('hex', end + 1, end + 21),
    });
    at = end + 21;
  }
  return entries;
}

function signatureText(who: Signature): string {
  return `${who.name} <${who.email}> ${who.seconds} ${who.zone}`;
}

function readSignature(text: string): Signature {
  const match = /^(.*) <(.*)> (\d+) ([+-]\d{4})$/.exec(text);
  if (!match) throw new Error(`expected "name <email> seconds zone", got ${JSON.stringify(text)}`);
  return { name: match[1]!, email: match[2]!, seconds: Number(match[3]), zone: match[4]! };
}

export function encodeCommit(commit: Commit): Buffer {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${signatureText(commit.author)}`,
    `committer ${signatureText(commit.committer)}`,
  ];
  return Buffer.from(`${lines.join('\n')}\n\n${commit.message}`);
}

/** Header lines up to the first empty line, then the message. A line that begins with a space continues the one before. */
function splitHeaders(body: Buffer): { headers: [string, string][]; message: string } {
  const text = body.toString('utf8');
  const end = text.indexOf('\n\n');
  const head = (end < 0 ? text : text.slice(0, end)).replaceAll('\n ', '\u0000').split('\n');
  const headers = head.map((line): [string, string] => {
    const space = line.indexOf(' ');
    return [line.slice(0, space), line.slice(space + 1)];
  });
  return { headers, message: end < 0 ? '' : text.slice(end + 2) };
}

export function decodeCommit(body: Buffer): Commit {
  const { headers, message } = splitHeaders(body);
  const value = (name: string) => headers.find(([key]) => key === name)?.[1] ?? '';
  return {
    tree: value('tree'),
    parents: headers.filter(([key]) => key === 'parent').map(([, id]) => id),
    author: readSignature(value('author')),
    committer: readSignature(value('committer')),
    message,
  };
}

export function encodeTag(tag: Tag): Buffer {
  return Buffer.from(
    `object ${tag.object}\ntype ${tag.type}\ntag ${tag.name}\ntagger ${signatureText(tag.tagger)}\n\n${tag.message}`,
  );
}

export function decodeTag(body: Buffer): Tag {
  const { headers, message } = splitHeaders(body);
  const value = (name: string) => headers.find(([key]) => key === name)?.[1] ?? '';
  return {
    object: value('object'),
    type: value('type') as ObjectType,
    name: value('tag'),
    tagger: readSignature(value('tagger')),
    message,
  };
}

/** A signature's moment as RFC 3339 in its own zone, the way Go writes a time: `Z` for +0000. */
export function signatureTime(who: Signature): string {
  const sign = who.zone.startsWith('-') ? -1 : 1;
  const minutes = sign * (Number(who.zone.slice(1, 3)) * 60 + Number(who.zone.slice(3, 5)));
  const local = new Date((who.seconds + minutes * 60) * 1000).toISOString().slice(0, 19);
  return minutes === 0 ? `${local}Z` : `${local}${who.zone.slice(0, 3)}:${who.zone.slice(3)}`;
}
