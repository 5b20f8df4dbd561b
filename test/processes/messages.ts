// What the load consists of: signed webhooks, and events as a broker hands them on.
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { ToSend } from './load.ts';

export const secret = 'load-by-messages';

export interface PushOf {
  /** Where the repository is for people; `owner/name` is its path. */
  repository: string;
  ref?: string;
  before: string;
  after: string;
  /** Bytes of text added to the payload, as of long commit messages. */
  filler?: number;
}

/** The payload of a push as Gitea sends it, as far as anybody reads it. */
export function pushPayload({ repository, ref = 'refs/heads/main', before, after, filler = 0 }: PushOf): object {
  const fullName = new URL(repository).pathname.slice(1);
  return {
    ref,
    before,
    after,
    commits: [{ id: after, message: 'x'.repeat(filler), added: [], removed: [], modified: [] }],
    repository: { html_url: repository, full_name: fullName },
    pusher: { login: 'ada' },
  };
}

/** Deliveries of one payload, each with an id of its own: signing costs only once. */
export function webhooks(push: PushOf): () => ToSend {
  const body = Buffer.from(JSON.stringify(pushPayload(push)));
  const headers = {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'x-gitea-event': 'push',
    'x-gitea-signature': createHmac('sha256', secret).update(body).digest('hex'),
  };
  return () => {
    const id = randomUUID();
    return { id, body, headers: { ...headers, 'x-gitea-delivery': id } };
  };
}

export const webhook = (push: PushOf): ToSend => webhooks(push)();

export interface Traced extends ToSend {
  /** Trace id: on everything that follows from this event. */
  trace: string;
}

export function event(
  type: string,
  data: unknown,
  { id = randomUUID() as string, source = '/load', extensions = {} as Record<string, string> } = {},
): Traced {
  const body = Buffer.from(JSON.stringify(data));
  const trace = randomBytes(16).toString('hex');
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-source': source,
    'ce-type': type,
    'content-type': 'application/json',
    'content-length': String(body.length),
    traceparent: `00-${trace}-${randomBytes(8).toString('hex')}-01`,
    ...Object.fromEntries(Object.entries(extensions).map(([name, value]) => [`ce-${name}`, value])),
  };
  return { id, headers, body, trace };
}
