// A recorded case of deliveries: what was sent, in the order it was made, and which hooks of the recorder it went to.

import { readFileSync } from 'node:fs';
import type { NewHook } from '../../../stand-ins/gitea/index.ts';
import { FIXTURES, payloadText, readJson, type ServerName } from './recorded-history.ts';
import type { RecordedPull } from './recorded-world.ts';

export type RecordedDelivery = {
  file: string;
  path: string;
  type: string;
  headers: Record<string, string>;
  /** The body as sent, and the JSON in it. */
  sent: Buffer;
  text: string;
  payload: Payload;
};

export type Payload = {
  ref: string;
  ref_type: 'branch' | 'tag';
  before: string;
  after: string;
  action: string;
  number: number;
  pull_request: RecordedPull;
  repository: {
    id: number;
    name: string;
    default_branch: string;
    open_pr_counter: number;
    allow_manual_merge?: boolean;
  };
  id: number;
  state: string;
  context: string;
  description: string;
  target_url: string;
  sha: string;
  changes: { title: { from: string } };
};

export type RecordedCase = {
  server: ServerName;
  name: string;
  before: string | undefined;
  defaultBranch: string;
  deliveries: RecordedDelivery[];
};

export function readCase(server: ServerName, name: string): RecordedCase {
  const folder = `${server}/deliveries/${name}`;
  const about = readJson<{ before?: string; default_branch: string; commits_in_order?: string[] }>(
    `${folder}/case.json`,
  );
  const deliveries = readJson<{ file: string; path: string }[]>(`${folder}/deliveries.json`).map(({ file, path }) => {
    const headers = readJson<Record<string, string>>(`${folder}/${file}.headers.json`);
    const sent = readFileSync(new URL(`${folder}/${file}.body`, FIXTURES));
    const text = payloadText(sent);
    return {
      file,
      path,
      type: headers['X-Gitea-Event-Type']!,
      headers,
      sent,
      text,
      payload: JSON.parse(text) as Payload,
    };
  });
  // Four workers sent these in another order than they were made in.
  const order = about.commits_in_order;
  if (order) deliveries.sort((a, b) => order.indexOf(a.payload.after) - order.indexOf(b.payload.after));
  return { server, name, before: about.before, defaultBranch: about.default_branch, deliveries };
}

const SECRET = 'recording-secret';
const EVERYTHING = ['create', 'delete', 'push', 'pull_request', 'issues', 'release', 'repository', 'status', 'wiki'];

/** The hooks of the recorder that differ from `/hook/json`, by their path. */
const HOOKS: Record<string, Partial<NewHook>> = {
  '/hook/form': { contentType: 'form' },
  '/hook/nosecret': { secret: '' },
  '/hook/auth': { authorizationHeader: 'Bearer recording-authorization' },
  '/hook/filtered': { branchFilter: 'main' },
  '/hook/second': { secret: 'another-secret' },
  '/hook/base': { events: ['push', 'pull_request_only'] },
  '/hook/forgejo-type': { type: 'forgejo' },
  '/hook/gogs-type': { type: 'gogs' },
};

/** How a hook of the recorder was set up, but for its address. */
export function hookOf(path: string): Omit<NewHook, 'url'> {
  return { secret: SECRET, events: EVERYTHING, ...HOOKS[path] };
}

export function secretOf(path: string): string {
  return HOOKS[path]?.secret ?? SECRET;
}

/** Events of parts that the stand-in does not have, because nothing asks for them; nor has it hooks of users. */
const WITHOUT = /^(release|wiki|issues|repository|pull_request_(label|assign|milestone|comment|review.*))$/;

export function isPlayed(delivery: RecordedDelivery): boolean {
  return delivery.path !== '/hook/user' && !WITHOUT.test(delivery.type);
}
