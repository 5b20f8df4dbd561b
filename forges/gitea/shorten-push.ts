// Makes the event of a large push small enough for a broker. Only what nobody needs is left out: parse compares trees and reads no list
// of the payload.
import { isObject, type JsonObject } from '../../events/json-object.ts';
import type { ForgeAdapter } from '../forge.ts';

/** Bytes of data that every broker takes; CloudEvents asks for 64 kB, Kafka's default is 1 MiB for all. */
const maxBytes = 256_000;

type Fields = Readonly<JsonObject>;

/** In this order, until it fits: the commits' lists of files, their messages, all commits but the head. */
const cuts: readonly ((push: Fields) => Fields)[] = [
  (push) => withCommits(push, ({ added, removed, modified, ...commit }) => commit),
  (push) => withCommits(push, ({ message, ...commit }) => commit),
  (push) => ({ ...push, commits: commitsOf(push).filter(({ id }) => id === push.after) }),
];

export const shortenPush: ForgeAdapter['shortenPush'] = ({ text, payload }) => {
  if (Buffer.byteLength(text) <= maxBytes) return { text, payload };
  let push: Fields = payload;
  let shorter = text;
  for (const cut of cuts) {
    push = cut(push);
    shorter = JSON.stringify(push);
    if (Buffer.byteLength(shorter) <= maxBytes) break;
  }
  return { text: shorter, payload: push, truncated: true };
};

function withCommits(push: Fields, change: (commit: Fields) => Fields): Fields {
  const head = push.head_commit;
  return {
    ...push,
    ...(Array.isArray(push.commits) ? { commits: commitsOf(push).map(change) } : {}),
    ...(isObject(head) ? { head_commit: change(head) } : {}),
  };
}

function commitsOf(push: Fields): Fields[] {
  return Array.isArray(push.commits) ? push.commits.filter(isObject) : [];
}
