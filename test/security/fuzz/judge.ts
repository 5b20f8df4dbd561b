// What must hold of every answer and every log line, whatever came in.
import assert from 'node:assert/strict';
import { CloudEvent } from 'cloudevents';
import { StopError, TryAgainError } from '../../../events/errors.ts';
import type { Written } from '../../../host/write-answer.ts';
import type { Io } from '../../../io/io.ts';
import { createLog } from '../../../io/log.ts';
import { createMetrics } from '../../../io/metrics.ts';
import { createIo } from '../../../io/real-io.ts';
import { canary } from './hostile.ts';

/** No secret of the tests may be anywhere in what comes out. */
export const secrets = ['webhook-secret-81f0', 'read-token-4b7e', 'registry-token-c93d', 'signing-key-2e6a'] as const;
export const [webhookSecret, readToken, registryToken, signingKey] = secrets;

export interface Watched {
  io: Io;
  /** Judges the lines written since the last time, and forgets them. */
  judgeLines(): void;
}

/** An io whose log lines are kept as they would stand in the log. `api` takes the place of the network. */
export function watchedIo(api: Io['api']): Watched {
  const lines: string[] = [];
  const log = createLog({ name: 'fuzz', level: 'debug', now: Date.now, write: (line) => void lines.push(line) });
  const noSink: Io['sink'] = async () => {
    throw new TryAgainError('no sink');
  };
  const io: Io = {
    ...createIo({ name: 'fuzz' }),
    api,
    sink: noSink,
    log,
    metrics: createMetrics(),
  };
  return {
    io,
    judgeLines() {
      const written = lines.splice(0);
      assert.ok(written.length <= 300, `${written.length} log lines`);
      for (const line of written) {
        assert.match(line, /^[^\n\r\u2028\u2029]*\n$/, 'one line');
        const { level, message } = JSON.parse(line) as { level: string; message: string };
        assert.notEqual(message, 'unexpected error', line);
        assert.ok(['debug', 'info', 'warn', 'error'].includes(level));
        assert.ok(line.length < 16_000, `${line.length} characters of log`);
        holdsNothing(line);
      }
    },
  };
}

export function holdsNothing(text: string): void {
  assert.ok(!text.includes(canary), `the payload is quoted: ${text.slice(0, 600)}`);
  for (const secret of secrets) assert.ok(!text.includes(secret), `a secret is told: ${text.slice(0, 600)}`);
}

/** What a function may answer (docs/architecture.md): 202 and nothing, 200 and one event, or a short refusal. */
export function judgeAnswer({ status, headers, body }: Written, allowed: readonly number[]): void {
  assert.ok(allowed.includes(status), `status ${status}: ${body.toString().slice(0, 300)}`);
  const names = Object.entries(headers);
  for (const [name, value] of names) assert.match(`${name}: ${value}`, /^[\x20-\x7e]*$/, 'header');
  holdsNothing(body.toString());
  if (status === 202) assert.equal(body.length, 0);
  else if (status === 200) assert.match(headers['ce-type'] ?? '', /^dev\./);
  else judgeRefusal(body);
}

function judgeRefusal(body: Buffer): void {
  assert.ok(body.length < 500, `${body.length} bytes of refusal`);
  assert.deepEqual(Object.keys(JSON.parse(body.toString()) as object), ['error', 'message']);
}

/** Events that go out have to be events. */
export function judgeEvent(event: CloudEvent<unknown>): void {
  assert.ok(event instanceof CloudEvent);
  for (const [name, value] of Object.entries(event)) {
    if (name === 'data') continue;
    assert.ok(value === undefined || value === null || typeof value !== 'object', name);
  }
}

/** Nobody has reached what all objects share. */
export function judgeWorld(): void {
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
}

let lastEnd: 'result' | 'fate' = 'result';

/** How the last `orFate` ended. */
export const ended = (): string => lastEnd;

/** The two fates, with messages that tell nothing. Anything else is a fault of ours. */
export async function orFate<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    const result = await work();
    lastEnd = 'result';
    return result;
  } catch (error) {
    lastEnd = 'fate';
    if (!(error instanceof StopError || error instanceof TryAgainError)) throw error;
    assert.ok(error.message.length < 2_000, `${error.message.length} characters of message`);
    holdsNothing(error.message);
    return undefined;
  }
}
