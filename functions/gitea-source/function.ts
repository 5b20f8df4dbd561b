// Knative function: webhooks of Gitea, Forgejo and Gogs → events, signed where there is a key. The only one that knows the
// webhook's secret.
import { limits } from '../../config/limits.ts';
import { encodeAttributes } from '../../events/wire.ts';
import type { Delivery } from '../../forges/forge.ts';
import { forgeOf } from '../../forges/index.ts';
import { createStopwatch, type Stopwatch } from '../../io/calls.ts';
import type { Io } from '../../io/io.ts';
import { continueTrace, traceId } from '../../io/trace.ts';
import { accepted, internalError, refusal } from '../answer.ts';
import { checkSink, type Deliver, toSink } from '../deliver.ts';
import { createEndingRecorder, type Ending, type Work } from '../ending.ts';
import { type Context, checkRequest, type Handler } from '../function.ts';
import type { SettingsOf } from '../settings.ts';
import { createOutbox, type Handover } from './outbox.ts';
import { eventOf } from './webhook-event.ts';

/** `deliver` takes the place of K_SINK where all functions are one process. With neither, the event is the answer. */
export function createGiteaSource(
  settings: SettingsOf<'gitea-source'>,
  io: Io,
  deliver: Deliver<string> | undefined = toSink(settings, io, limits.sourceHandOn),
): Handler & { shutdown(msLeft?: number): Promise<boolean> } {
  const { giteaSource } = settings;
  const forge = forgeOf(giteaSource);
  const outbox = deliver && createOutbox(deliver, io);
  const broker = settings.sink ? `the broker at ${new URL(settings.sink).host}` : 'the receiver in this process';
  const record = createEndingRecorder('gitea-source', io);

  return {
    handle(context) {
      // Passed as an argument. Elsewhere an async context carries it, which slows every promise down, and here there is only one call.
      const waiting = createStopwatch(io.clock);
      return record(waiting, (about) => receive(context, about, waiting));
    },
    async shutdown(msLeft = settings.gracePeriodMs) {
      return outbox === undefined || outbox.close(msLeft);
    },
  };

  async function receive(context: Context, about: Work, waiting: Stopwatch): Promise<Ending> {
    const { fields } = about;
    checkRequest(context);
    const headers = context.headers ?? {};
    const rawBody = context.rawBody ?? (headers['content-length'] === '0' ? '' : undefined);
    if (!Buffer.isBuffer(rawBody) && typeof rawBody !== 'string') {
      const reason = 'the host gives no raw body, over which webhooks are signed: start it with FUNC_INCLUDE_RAW=true';
      return { answer: internalError(), outcome: 'failed', level: 'error', reason };
    }
    // Checked first: verifying and parsing would take time from the events that are waiting already.
    if (outbox) outbox.checkRoom();
    else checkSink(settings);
    const delivery = forge.readDelivery(headers, rawBody, giteaSource.secrets());
    fields.id = delivery.id;
    const { repositories } = giteaSource;
    const { repository } = delivery;
    if (repositories && !(repository !== undefined && repositories.includes(repository))) return notOurs();
    if (!isUsed(delivery)) return unused();
    const traceparent = continueTrace([headers.traceparent], io.random);
    const receipt = { time: new Date(io.clock.now()).toISOString(), traceparent };
    const event = eventOf(delivery, forge, receipt, settings.eventSigningKey());
    about.type = event.type;
    Object.assign(fields, { type: event.type, subject: event.subject, trace: traceId(traceparent) });
    if (event.truncated) fields.truncated = true;
    // Up to a thousand events wait here for the broker, each as one text, so the bytes of the request are released.
    context.rawBody = undefined;
    if (!outbox) return { answer: encodeAttributes(event), outcome: 'done', level: 'info' };
    waiting.begin();
    const handover = await outbox.post(event, { ...fields }).finally(() => waiting.end());
    return endingOf(handover, broker);
  }

  /** Whether anybody is to hear of it. Names of all types about pull requests begin alike. */
  function isUsed({ eventType, payload }: Delivery): boolean {
    if (!eventType.startsWith('pull_request') || giteaSource.pullRequests === 'wake') return true;
    return giteaSource.pullRequests === 'merged' && eventType === 'pull_request' && !!forge.readMerge(payload);
  }
}

/** What Gitea is answered, and what is logged. */
function endingOf(handover: Handover, broker: string): Ending {
  switch (handover.outcome) {
    case 'accepted':
      return { answer: accepted(), outcome: 'done', level: 'info' };
    case 'pending': {
      const reason = `${broker} has not taken it yet: ${handover.reason}`;
      if (handover.needsPerson !== true) return { answer: accepted(), outcome: 'pending', level: 'warn', reason };
      // The broker is tried for as long as ever, but who sees this answer in Gitea's history can repair the cause now.
      return {
        answer: refusal(503, `Expected ${broker} to take the event: ${handover.reason}.`),
        outcome: 'unavailable',
        level: 'error',
        reason,
      };
    }
    case 'refused': {
      const reason = `${broker} answered ${handover.answer}`;
      const answer = refusal(502, `Expected ${broker} to take the event; it answered ${handover.answer}.`);
      return { answer, outcome: 'refused', level: 'error', reason };
    }
    case 'unavailable':
      return {
        answer: refusal(503, `Could not reach ${broker}.`),
        outcome: 'unavailable',
        level: 'warn',
        reason: handover.reason,
      };
  }
}

/** Accepted, as there is nothing to correct: Gitea has no webhook for merges alone. */
function unused(): Ending {
  const reason = 'of a pull request, which GITEA_PULL_REQUESTS leaves out';
  return { answer: accepted(), outcome: 'ignored', level: 'info', reason };
}

/** An organisation's webhook sends the events of all its repositories. Gitea's history shows the refusal, and no alert counts it. */
function notOurs(): Ending {
  const answer = refusal(422, 'Expected a webhook of a repository that GITEA_REPOSITORIES names.');
  return { answer, outcome: 'ignored', level: 'info', reason: 'of a repository that GITEA_REPOSITORIES does not name' };
}
