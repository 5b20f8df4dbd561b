// Makes the event of a large push or pull request small enough for a broker. Only what nobody needs is left out: parse compares trees
// and reads no list of the payload.
import { isObject, type JsonObject } from '../../events/json-object.ts';
import type { ForgeAdapter } from '../forge.ts';

/** Bytes of data that every broker takes; CloudEvents asks for 64 kB, Kafka's default is 1 MiB for all. */
const maxBytes = 256_000;

type Fields = Readonly<JsonObject>;

/** By type of event, in this order, until it fits. */
const cuts: Readonly<Record<string, readonly ((payload: Fields) => Fields)[]>> = {
  // The commits' lists of files, their messages, all commits but the head.
  push: [
    (push) => withCommits(push, ({ added, removed, modified, ...commit }) => commit),
    (push) => withCommits(push, ({ message, ...commit }) => commit),
    (push) => ({ ...push, commits: commitsOf(push).filter(({ id }) => id === push.after) }),
  ],
  // The description, before and after an edit.
  pull_request: [
    ({ changes, ...payload }) => {
      const request = payload.pull_request;
      if (!isObject(request)) return payload;
      const { body, ...short } = request;
      return { ...payload, pull_request: short };
    },
  ],
};

export const shorten: ForgeAdapter['shorten'] = ({ eventType, text, payload }) => {
  const own = Object.hasOwn(cuts, eventType) ? cuts[eventType]! : [];
  if (own.length === 0 || Buffer.byteLength(text) <= maxBytes) return { text, payload };
  let short: Fields = payload;
  let shorter = text;
  for (const cut of own) {
    short = cut(short);
    shorter = JSON.stringify(short);
    if (Buffer.byteLength(shorter) <= maxBytes) break;
  }
  return { text: shorter, payload: short, truncated: true };
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
