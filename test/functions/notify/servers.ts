// Chat servers and receivers of webhooks, as far as `notify` meets them, written from their documentation: what they accept, how they
// refuse, and faults that a test asks for.
import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { httpServer } from '../../io/local-server.ts';

/** What happens to a call instead: an answer; or the connection ends, before or after the call was carried out. */
export type Fault = { status: number; headers?: Record<string, string>; body?: string } | 'lost' | 'lost after';

export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  json: Record<string, unknown>;
}

type Reply = { status?: number; json?: unknown; text?: string };

/** `fault`: of the next call that `on` is in, `POST /path`. */
async function server(answer: (call: Call) => Reply) {
  const calls: Call[] = [];
  const faults: { on: string; fault: Fault }[] = [];
  const { url, close } = await httpServer(async (request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url!, 'http://x.test');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method = '', headers } = request;
    const call = { method, path, query, headers, body, json: body ? JSON.parse(body) : {} } as Call;
    calls.push(call);
    const at = faults.findIndex(({ on }) => `${method} ${path}`.includes(on));
    const [found] = at < 0 ? [] : faults.splice(at, 1);
    const fault = found?.fault;
    if (fault === 'lost') return void response.destroy();
    if (typeof fault === 'object') return void response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
    const reply = answer(call);
    if (fault === 'lost after') return void response.destroy();
    end(response, reply);
  });
  return { url, close, calls, fault: (on: string, fault: Fault) => void faults.push({ on, fault }) };
}

function end(response: ServerResponse, { status = 200, json, text = '' }: Reply): void {
  response.writeHead(status, { 'content-type': json === undefined ? 'text/plain' : 'application/json' });
  response.end(json === undefined ? text : JSON.stringify(json));
}

export interface Shown {
  id: string;
  text: string;
  edits: number;
}

export const slackToken = 'xoxb-token-of-a-test-81f3';
export const slackChannel = 'C0123456789';

/** Slack's Web API: errors have the status 200, metadata is only told to who asks for it. */
export async function slackServer() {
  const messages: (Shown & { metadata: unknown })[] = [];
  const no = (error: string) => ({ json: { ok: false, error } });
  const one = await server(({ method, path, query, headers, json }) => {
    if (headers.authorization !== `Bearer ${slackToken}`) return no('invalid_auth');
    if ((query.get('channel') ?? json.channel) !== slackChannel) return no('channel_not_found');
    if (path === '/api/conversations.history') {
      const newest = messages.toReversed().slice(0, Number(query.get('limit') ?? 100));
      const withMetadata = query.get('include_all_metadata') === 'true';
      return {
        json: {
          ok: true,
          messages: newest.map(({ id: ts, text, metadata }) => ({
            ts,
            text,
            ...(withMetadata && metadata !== undefined && { metadata }),
          })),
        },
      };
    }
    if (method !== 'POST' || !headers['content-type']?.startsWith('application/json')) return no('invalid_form_data');
    const { text, metadata, ts } = json as { text?: string; metadata?: unknown; ts?: string };
    if (!text) return no('no_text');
    if (path === '/api/chat.postMessage') {
      const id = `${1_700_000_000 + messages.length}.000100`;
      messages.push({ id, text, metadata, edits: 0 });
      return { json: { ok: true, ts: id, channel: slackChannel } };
    }
    if (path !== '/api/chat.update') return no('unknown_method');
    if (text.length > 4_000) return no('msg_too_long');
    const message = messages.find(({ id }) => id === ts);
    if (message === undefined) return no('message_not_found');
    Object.assign(message, { text, ...(metadata !== undefined && { metadata }), edits: message.edits + 1 });
    return { json: { ok: true, ts, channel: slackChannel } };
  });
  const settings = { kind: 'slack', name: 'slack', token: slackToken, channel: slackChannel, url: one.url };
  return { ...one, messages, settings };
}

export const mattermostToken = 'mattermost-token-of-a-test';
export const mattermostChannel = 'a1b2c3d4e5f6g7h8i9j0k1l2m3';

/** Mattermost's REST API: a page has ids in order, the newest first, and the posts by their ids. */
export async function mattermostServer() {
  const messages: (Shown & { props: unknown; pendingId: unknown; isDeleted?: true })[] = [];
  const user_id = 'u1v2w3x4y5z6a7b8c9d0e1f2g3';
  const no = (status: number, id: string) => ({ status, json: { id, message: 'No.', status_code: status } });
  const wire = ({ id, text, props }: (typeof messages)[number]) => ({
    id,
    channel_id: mattermostChannel,
    user_id,
    create_at: 1,
    delete_at: 0,
    message: text,
    props,
  });
  const one = await server(({ method, path, query, headers, json }) => {
    if (headers.authorization !== `Bearer ${mattermostToken}`) return no(401, 'api.context.session_expired.app_error');
    if (method === 'GET' && path === `/api/v4/channels/${mattermostChannel}/posts`) {
      const left = messages.filter(({ isDeleted }) => !isDeleted).toReversed();
      const page = left.slice(0, Number(query.get('per_page') ?? 60));
      return {
        json: { order: page.map(({ id }) => id), posts: Object.fromEntries(page.map((post) => [post.id, wire(post)])) },
      };
    }
    if (path === '/api/v4/users/me') return { json: { id: user_id } };
    if (path.startsWith('/api/v4/channels/')) return no(403, 'api.context.permissions.app_error');
    const { message: text = '', props = {}, pending_post_id: pendingId } = json as Record<string, string | undefined>;
    if (method === 'POST' && path === '/api/v4/posts') {
      if (json.channel_id !== mattermostChannel) return no(403, 'api.context.permissions.app_error');
      const known = messages.find((message) => pendingId !== undefined && message.pendingId === pendingId);
      const post = known ?? { id: `post${messages.length}`, text, props, pendingId, edits: 0 };
      if (!known) messages.push(post);
      return { status: 201, json: wire(post) };
    }
    const [, id, patch] = /^\/api\/v4\/posts\/(\w+)(\/patch)?$/.exec(path) ?? [];
    const post = messages.find((message) => message.id === id && !message.isDeleted);
    if (post && method === 'DELETE' && !patch) {
      post.isDeleted = true;
      return { json: { status: 'OK' } };
    }
    if (method !== 'PUT' || !patch || post === undefined) return no(404, 'app.post.get.app_error');
    Object.assign(post, { text, props, edits: post.edits + 1 });
    return { json: wire(post) };
  });
  const settings = {
    kind: 'mattermost',
    name: 'mattermost',
    token: mattermostToken,
    channel: mattermostChannel,
    url: one.url,
  };
  return { ...one, messages, settings };
}

/** Incoming webhooks of Slack and Mattermost: the address is the secret. */
export async function incomingServer(kind: 'slack-webhook' | 'mattermost-webhook') {
  const path = '/services/T0000/B0000/key-in-the-address-61ce';
  const texts: string[] = [];
  const one = await server((call) => {
    if (call.path !== path) return { status: 404, text: 'no_service' };
    if (typeof call.json.text !== 'string') return { status: 400, text: 'invalid_payload' };
    texts.push(call.json.text);
    return { text: 'ok' };
  });
  return { ...one, texts, settings: { kind, name: kind, url: one.url + path } };
}

/** What Workflows of Teams takes: an Adaptive Card in a message of at most 28 KB. It answers before the card is posted. */
export async function teamsServer() {
  const address = '/workflows/01ab/triggers/manual/paths/invoke?api-version=2016-06-01&sig=key-in-the-query-92b0';
  const cards: { body: { inlines: { text: string }[] }[]; actions: { url: string }[] }[] = [];
  const one = await server(({ query, json, body }) => {
    if (query.get('sig') !== 'key-in-the-query-92b0') return { status: 401 };
    if (body.length > 28 * 1024) return { status: 413 };
    const { type, attachments } = json as { type?: string; attachments?: { contentType: string; content: never }[] };
    const [card] = attachments ?? [];
    if (type !== 'message' || card?.contentType !== 'application/vnd.microsoft.card.adaptive') return { status: 400 };
    cards.push(card.content);
    return { status: 202 };
  });
  return { ...one, cards, settings: { kind: 'teams', name: 'teams', url: one.url + address } };
}

export const webhookSecrets = ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'YSBzZWNvbmQgc2VjcmV0IG9mIHRoZSB0ZXN0cyE='];

export interface Received {
  id: string;
  payload: { type: string; timestamp: string; data: Record<string, unknown> };
}

/** A receiver of Standard Webhooks that has one of the secrets, refuses what is not signed with it, and knows repetitions by their ids. */
export async function webhookServer(secret = webhookSecrets[0]!) {
  const received: Received[] = [];
  const repetitions: string[] = [];
  const one = await server(({ headers, body }) => {
    const [id, seconds, signatures] = ['id', 'timestamp', 'signature'].map((name) =>
      String(headers[`webhook-${name}`]),
    );
    const expected = createHmac('sha256', Buffer.from(secret, 'base64')).update(`${id}.${seconds}.${body}`).digest();
    const isSigned = signatures!.split(' ').some((given) => {
      const [version, base64 = ''] = given.split(',');
      const bytes = Buffer.from(base64, 'base64');
      return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
    });
    if (!isSigned || Math.abs(Date.now() / 1000 - Number(seconds)) > 300) return { status: 401 };
    assert.doesNotMatch(id!, /\./);
    if (received.some((known) => known.id === id)) repetitions.push(id!);
    else received.push({ id: id!, payload: JSON.parse(body) as Received['payload'] });
    return { status: 204 };
  });
  const secrets = webhookSecrets.map((base64) => `whsec_${base64}`);
  return {
    ...one,
    received,
    repetitions,
    settings: { kind: 'webhook', name: 'webhook', url: `${one.url}/hook`, secrets },
  };
}
