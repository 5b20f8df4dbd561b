// Knative function: webhooks of Gitea, Forgejo and Gogs → events. The only one that knows the webhook's secret.
import type { CloudEvent } from 'cloudevents';
import { limits } from '../config/limits.ts';
import type { Settings } from '../config/settings.ts';
import { StopError, TryAgainError } from '../events/errors.ts';
import { encodeAttributes } from '../events/wire.ts';
import { readDelivery } from '../forges/gitea/webhook.ts';
import type { Io, Log } from '../io/io.ts';
import { sendEvent } from '../io/sink.ts';
import { type Answer, accepted, internalError, refusal } from './answer.ts';
import { answerTo, type Context, checkRequest, functionModule } from './function.ts';
import { eventOf, repositoryOf } from './gitea-source/event-of.ts';
import { createOutbox, type Deliver, type Outbox } from './gitea-source/outbox.ts';
import { continueTrace, traceId } from './trace.ts';

export interface GiteaSource {
  handle(context: Context): Promise<Answer | CloudEvent<unknown>>;
  /** Ends what was answered 202 and is not handed on yet. `msLeft`: how long that may take. */
  shutdown(msLeft?: number): Promise<void>;
}

/** ms kept for the last log lines before the process is killed. */
const reserve = 500;

/** `deliver` takes the place of K_SINK where all functions are one process. With neither, the event is the answer. */
export function createGiteaSource(
  settings: Settings,
  io: Io,
  deliver: Deliver | undefined = toSink(settings, io),
): GiteaSource {
  const { giteaSource } = settings;
  if (giteaSource === undefined) throw new Error('gitea-source was started without its settings');
  const outbox = deliver && createOutbox(deliver, io);
  const broker = settings.sink ? `the broker at ${new URL(settings.sink).host}` : 'the receiver in this process';
  const events = io.metrics.counter('events_total', 'Events by type and outcome.');
  const duration = io.metrics.histogram('event_duration_seconds', 'Own time per event.');

  return {
    async handle(context) {
      const start = io.clock.monotonic();
      const fields: Record<string, unknown> = { function: 'gitea-source' };
      const log: Log = (level, message, more) => io.log(level, message, { ...fields, ...more });
      let ending: Ending;
      try {
        ending = await receive(context, fields);
      } catch (error) {
        ending = { answer: answerTo(error, log), ...endingOf(error) };
      }
      const { answer, outcome, level, reason } = ending;
      const ms = Math.round(io.clock.monotonic() - start);
      log(level, 'event', { outcome, reason, ms });
      events.add({ function: 'gitea-source', type: String(fields.type ?? 'none'), outcome });
      duration.observe({ function: 'gitea-source' }, ms / 1000);
      return answer;
    },
    async shutdown(msLeft = settings.gracePeriodMs) {
      await outbox?.close(Math.max(msLeft / 2, msLeft - reserve));
    },
  };

  async function receive(context: Context, fields: Record<string, unknown>): Promise<Ending> {
    checkRequest(context);
    const headers = context.headers ?? {};
    const rawBody = context.rawBody ?? (headers['content-length'] === '0' ? '' : undefined);
    if (!Buffer.isBuffer(rawBody) && typeof rawBody !== 'string') {
      const reason = 'the host gives no raw body, over which webhooks are signed: start it with FUNC_INCLUDE_RAW=true';
      return { answer: internalError(), outcome: 'failed', level: 'error', reason };
    }
    const delivery = readDelivery(headers, rawBody, giteaSource!.secrets());
    fields.id = delivery.id;
    const { repositories } = giteaSource!;
    const repository = repositoryOf(delivery.payload);
    if (repositories && !(repository !== undefined && repositories.includes(repository)))
      throw new StopError(422, 'Expected a webhook of a repository that GITEA_REPOSITORIES names.');
    const traceparent = continueTrace([headers.traceparent], io.random);
    const event = eventOf(delivery, { time: new Date(io.clock.now()).toISOString(), traceparent });
    Object.assign(fields, { type: event.type, subject: event.subject, trace: traceId(traceparent) });
    if (event.truncated) fields.truncated = true;
    if (!outbox) return { answer: encodeAttributes(event), outcome: 'done', level: 'info' };
    return handOn(outbox, event, fields);
  }

  async function handOn(outbox: Outbox, event: CloudEvent<string>, fields: Record<string, unknown>): Promise<Ending> {
    const handover = await outbox.post(event, { ...fields });
    switch (handover.outcome) {
      case 'accepted':
        return { answer: accepted(), outcome: 'done', level: 'info' };
      case 'pending':
        return { answer: accepted(), outcome: 'pending', level: 'warn', reason: `${broker} has not taken it yet` };
      case 'refused': {
        const reason = `${broker} answered ${handover.status}`;
        const answer = refusal(502, `Expected ${broker} to take the event; it answered ${handover.status}.`);
        return { answer, outcome: 'refused', level: 'error', reason };
      }
      case 'lost':
        return {
          answer: refusal(503, `Could not reach ${broker}.`),
          outcome: 'unavailable',
          level: 'warn',
          reason: handover.reason,
        };
    }
  }
}

interface Ending {
  answer: Answer | CloudEvent<unknown>;
  outcome: 'done' | 'pending' | 'refused' | 'rejected' | 'unavailable' | 'failed';
  level: 'info' | 'warn' | 'error';
  reason?: string;
}

function endingOf(error: unknown): Omit<Ending, 'answer'> {
  if (error instanceof StopError) return { outcome: 'rejected', level: 'warn', reason: error.message };
  if (error instanceof TryAgainError) return { outcome: 'unavailable', level: 'warn', reason: error.message };
  return { outcome: 'failed', level: 'error', reason: 'unexpected error' };
}

/** Hanging up on a synchronous broker loses the event, so one attempt may take as long as the broker's own limit. */
function toSink(settings: Settings, io: Io): Deliver | undefined {
  const { sink, ceOverrides } = settings;
  if (sink === undefined) return undefined;
  return (event) => sendEvent(io.sink, sink, event, { timeoutMs: limits.sourceHandOn, overrides: ceOverrides });
}

export const { init, handle, shutdown, liveness, readiness } = functionModule('gitea-source', createGiteaSource);
