// A function of func's contract that tells what it was given, and gives back what the header x-act asks for. The same file
// runs on every host.
import type { FunctionContext } from '../../host/function-module.ts';

type Given = Record<string, unknown> & { constructor: { name: string } };

export async function init(): Promise<void> {
  if (process.env.ECHO_INIT === 'fails') throw new Error('init says no');
}

export function shutdown(): void {
  console.log('shutdown was called');
}

export const liveness = Object.assign(() => 'alive', { path: '/health/liveness' });
export const readiness = Object.assign(() => 'ready', { path: '/health/readiness' });

const refusal = (statusCode: number, message: string) => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: 'echo', message }),
});

export async function handle(this: unknown, context: FunctionContext, given?: unknown): Promise<unknown> {
  const { query } = context;
  if (query !== undefined && (typeof query !== 'object' || Object.keys(query).length > 0)) return refusal(400, 'query');
  if (context.method !== 'POST') return refusal(405, 'method');
  const isEvent = (given as Given | undefined)?.constructor?.name === 'CloudEvent';
  const act = String(context.headers['x-act'] ?? 'tell');
  if (act === 'plain') return { statusCode: 200, headers: {}, body: told({ body: given, context }) };
  if (!isEvent) return refusal(400, 'no event');
  const event = given as Given;
  if (act === 'tell') {
    const { time, data, ...attributes } = event;
    const isFrozen = Object.isFrozen(this) && Object.isFrozen(event);
    return { statusCode: 200, headers: {}, body: told({ attributes, time: typeof time, data, isFrozen, context }) };
  }
  return acts[act]!(event, context);
}

/** What survives JSON, with the kind of what does not. */
function told({ context, ...given }: Record<string, unknown> & { context: FunctionContext }): string {
  const { method, httpVersion, contentType, rawBody, cloudevent } = context;
  const raw = rawBody === undefined ? undefined : Buffer.from(rawBody).toString();
  const seen = {
    method,
    httpVersion,
    contentType,
    raw,
    hasEvent: cloudevent !== undefined,
    log: typeof context.log.info,
  };
  return JSON.stringify({ ...given, seen }, (_key, value: unknown) => value);
}

const acts: Record<string, (event: Given, context: FunctionContext) => unknown> = {
  reply: (event) => {
    const Event = event.constructor as unknown as new (attributes: object, strict: boolean) => unknown;
    const attributes = { id: 'r1', source: '/echo', type: 'reply', subject: 'caf%C3%A9', ext: 'x', specversion: '1.0' };
    return new Event({ ...attributes, datacontenttype: 'application/json', data: { of: event.id } }, false);
  },
  'built reply': (_event, context) =>
    context.cloudEventResponse!({ built: true }).id('r2').source('/echo').type('reply').version('1.0').response(),
  nothing: () => undefined,
  null: () => null,
  accepted: () => ({ statusCode: 202, headers: {}, body: '' }),
  'status alone': () => ({ statusCode: 202 }),
  object: () => ({ some: 'object' }),
  text: () => 'some text',
  'object as body': () => ({ statusCode: 201, headers: { 'X-Name': 'value' }, body: { a: 1 } }),
  'bytes as body': () => ({
    statusCode: 200,
    headers: { 'content-type': 'application/octet-stream' },
    body: Buffer.from('bytes'),
  }),
  error: () => {
    throw new Error('secret words');
  },
  'error with code': () => {
    throw Object.assign(new Error('secret words'), { code: 'ECONNREFUSED' });
  },
  'error with status': () => {
    throw Object.assign(new Error('secret words'), { code: 404 });
  },
  slow: async () => {
    console.log('slow has begun');
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { statusCode: 202, headers: {}, body: '' };
  },
  crash: () => {
    setImmediate(() => {
      throw new Error('crashed on purpose');
    });
    return new Promise(() => {});
  },
  'forgotten promise': () => {
    void Promise.reject(new Error('forgotten on purpose'));
    return new Promise(() => {});
  },
};
for (const status of [400, 401, 405, 413, 422, 503]) acts[`refuse ${status}`] = () => refusal(status, 'refused');
