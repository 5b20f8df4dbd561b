// One event to one Trigger: attempts, replies, dead letter, as Knative 1.22's in-memory channel does it (measured). Knows the
// broker only as the place a reply goes to.
import type { Clock } from '../../io/io.ts';
import { type BrokerEvent, readMessage, toHeaders, withAttributes } from './event.ts';
import { NoAnswerError, type Post, type PostAnswer } from './post.ts';
import { backoff, isRetried, type Trigger } from './trigger.ts';

/** One call of a subscriber, of a dead-letter sink, or of the broker with a reply. */
export interface Attempt {
  trigger: string;
  to: 'subscriber' | 'reply' | 'dead-letter-sink';
  event: BrokerEvent;
  /** From 1. */
  number: number;
  /** Absent: no whole answer. */
  status?: number;
  /** Why it counts as failed; absent: it went well. */
  failure?: string;
  ms: number;
  /** The event that was the answer. */
  reply?: BrokerEvent;
}

export interface DeadLetter {
  trigger: string;
  /** With the knativeerror attributes. */
  event: BrokerEvent;
  attempts: Attempt[];
  /** What became of it: `lost` when no sink is named or the sink does not take it. */
  fate: 'kept' | 'delivered' | 'lost';
  /** What Knative would not survive, or not report. */
  remark?: string;
}

export interface Surroundings {
  clock: Clock;
  namespace: string;
  /** Address of the broker, for what is said of a reply it refused. */
  ingress: string;
  /** The way to subscribers. */
  post: Post;
  /** Aborts after `ms`: a time limit, where `clock.sleep` is a pause. */
  timeout(ms: number): AbortSignal;
  /** Hands a reply on and gives the status the broker answers with. */
  reply(event: BrokerEvent, from: { trigger: Trigger; cause: BrokerEvent }, signal: AbortSignal): Promise<number>;
  onAttempt(attempt: Attempt): void;
  onDeadLetter(letter: DeadLetter): void;
}

interface Failure {
  reason: string;
  /** What the dead letter says: absent where Knative says nothing. */
  told?: { code: number; dest: string; data: Buffer };
  again: boolean;
}

/** Bytes of an error answer that the in-memory dispatcher survives: one more ends its process (measured). */
const survivable = 768;

/** True: delivered, or taken as a dead letter. Throws the signal's reason when `signal` ends it: then nothing more happens. */
export async function deliver(
  event: BrokerEvent,
  trigger: Trigger,
  around: Surroundings,
  signal: AbortSignal,
): Promise<boolean> {
  const attempts: Attempt[] = [];
  const note = (attempt: Attempt) => {
    attempts.push(attempt);
    around.onAttempt(attempt);
  };
  const call = { trigger, event, around, signal, note };
  const answered = await repeat(call, 'subscriber', () => callSubscriber(event, trigger, around, signal));
  let failure = 'failure' in answered ? answered.failure : undefined;
  if (!('failure' in answered) && answered.reply !== undefined) {
    const { reply } = answered;
    const handed = await repeat(call, 'reply', () => handOn(reply, event, trigger, around, signal));
    if ('failure' in handed) failure = handed.failure;
  }
  if (failure === undefined) return true;
  return bury(event, trigger, around, signal, failure, attempts);
}

interface Call {
  trigger: Trigger;
  event: BrokerEvent;
  around: Surroundings;
  signal: AbortSignal;
  note(attempt: Attempt): void;
}
type Outcome = { status?: number; reply?: BrokerEvent } | { status?: number; failure: Failure };

/** Until it went well, may not be repeated, or was tried 1 + `retry` times. */
async function repeat({ trigger, event, around, signal, note }: Call, to: Attempt['to'], act: () => Promise<Outcome>) {
  for (let number = 1; ; number += 1) {
    const start = around.clock.monotonic();
    const outcome = await act();
    const failure = 'failure' in outcome ? outcome.failure : undefined;
    const { status } = outcome;
    const reply = 'reply' in outcome ? outcome.reply : undefined;
    note({
      trigger: trigger.name,
      to,
      event,
      number,
      ms: around.clock.monotonic() - start,
      ...(status === undefined ? {} : { status }),
      ...(failure === undefined ? {} : { failure: failure.reason }),
      ...(reply === undefined ? {} : { reply }),
    });
    if (!failure?.again || number > trigger.retry) return outcome;
    await around.clock.sleep(backoff(trigger, number), signal);
    signal.throwIfAborted();
  }
}

/** `answer`: with a 2xx. */
async function send(
  event: BrokerEvent,
  trigger: Trigger,
  around: Surroundings,
  signal: AbortSignal,
): Promise<Outcome & { answer?: PostAnswer }> {
  const { subscriber } = trigger;
  const headers = { ...toHeaders(event), prefer: 'reply', 'kn-namespace': around.namespace };
  let answer: PostAnswer;
  try {
    answer = await around.post(subscriber, headers, event.data, trigger.timeoutMs, signal);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return { failure: noAnswer(error, subscriber) };
  }
  const { status, body } = answer;
  if (status < 200 || status > 299) {
    const told = { code: status, dest: subscriber, data: body };
    return { status, failure: { reason: `answered ${status}`, told, again: isRetried(status) } };
  }
  return { status, answer };
}

async function callSubscriber(
  event: BrokerEvent,
  trigger: Trigger,
  around: Surroundings,
  signal: AbortSignal,
): Promise<Outcome> {
  const { answer, ...outcome } = await send(event, trigger, around, signal);
  if (answer === undefined) return outcome;
  const { status } = answer;
  const reading = readMessage(answer.headers, answer.body);
  switch (reading.kind) {
    case 'empty':
      return { status };
    case 'event':
      // A reply without a trace of its own belongs to the trace it answers.
      return { status, reply: { ...reading.event, passed: { ...event.passed, ...reading.event.passed } } };
    case 'incomplete': {
      const told = { code: 400, dest: around.ingress, data: Buffer.alloc(0) };
      return { status, failure: { reason: `the broker refused its reply: ${reading.reason}`, told, again: false } };
    }
    default:
      return { status, failure: { reason: `answered ${status}, but ${reading.reason}`, again: true } };
  }
}

/** The Trigger's own time limit covers everything behind the broker, and its retries repeat it. */
async function handOn(
  reply: BrokerEvent,
  cause: BrokerEvent,
  trigger: Trigger,
  around: Surroundings,
  signal: AbortSignal,
): Promise<Outcome> {
  const limit = around.timeout(trigger.timeoutMs);
  const told = (code: number, text: string) => ({ code, dest: around.ingress, data: Buffer.from(text) });
  try {
    const status = await around.reply(reply, { trigger, cause }, AbortSignal.any([signal, limit]));
    if (status < 300) return { status };
    return {
      status,
      failure: { reason: `the broker answered its reply ${status}`, told: told(status, ''), again: isRetried(status) },
    };
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.aborted) throw error;
    const reason = `what follows its reply took longer than ${trigger.timeoutMs} ms`;
    return { failure: { reason, told: told(500, `dispatch error: ${reason}`), again: true } };
  }
}

function noAnswer(error: NoAnswerError, dest: string): Failure {
  const { message, late } = error;
  return { reason: message, again: true, ...(late ? {} : { told: { code: 500, dest, data: Buffer.from(message) } }) };
}

async function bury(
  event: BrokerEvent,
  trigger: Trigger,
  around: Surroundings,
  signal: AbortSignal,
  { told }: Failure,
  attempts: Attempt[],
): Promise<boolean> {
  const error = told && {
    knativeerrordest: told.dest,
    knativeerrorcode: String(told.code),
    knativeerrordata: told.data.subarray(0, survivable).toString('base64') || undefined,
  };
  const letter = withAttributes(event, error ?? {});
  let fate: DeadLetter['fate'] = trigger.deadLetterSink === 'keep' ? 'kept' : 'lost';
  if (trigger.deadLetterSink !== undefined && trigger.deadLetterSink !== 'keep') {
    const { deadLetterSink: subscriber } = trigger;
    const call = { trigger, event: letter, around, signal, note: around.onAttempt };
    // Whatever it replies with a 2xx is thrown away unread (measured).
    const sent = await repeat(call, 'dead-letter-sink', async () => {
      const { answer: _unread, ...sent } = await send(letter, { ...trigger, subscriber }, around, signal);
      return sent;
    });
    if (!('failure' in sent)) fate = 'delivered';
  }
  const dies = told !== undefined && told.data.length > survivable && trigger.deadLetterSink !== undefined;
  const remark = `an error answer of ${told?.data.length} bytes: above ${survivable} Knative's in-memory dispatcher ends`;
  around.onDeadLetter({ trigger: trigger.name, event: letter, attempts, fate, ...(dies ? { remark } : {}) });
  return fate !== 'lost';
}
