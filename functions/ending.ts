// How an event ended: the answer, one log line and one count, the same for every function.
import type { CloudEvent } from 'cloudevents';
import { StopError, TryAgainError } from '../events/errors.ts';
import type { Waiting } from '../io/calls.ts';
import { explain } from '../io/explain.ts';
import type { Io, Level, Log } from '../io/io.ts';
import { type Answer, internalError, refusal } from './answer.ts';

export interface Ending {
  answer: Answer | CloudEvent<unknown>;
  outcome: 'done' | 'ignored' | 'pending' | 'refused' | 'rejected' | 'unavailable' | 'failed';
  level: Level;
  reason?: string;
}

/** One event while it is worked on. */
export interface Work {
  /** Carries `fields`. */
  log: Log;
  /** Of all its log lines: id, type, subject and trace, as soon as they are known. */
  fields: Record<string, unknown>;
  /** What the event counts as: a type that the function takes, else `none`, so that counts stay few. */
  type: string;
}

/** Gives back the answer of `work`, or the answer to what it throws. */
export type EndingRecorder = (
  waiting: Waiting,
  work: (about: Work) => Promise<Ending>,
) => Promise<Answer | CloudEvent<unknown>>;

/** `name`: the function's. */
export function createEndingRecorder(name: string, io: Io): EndingRecorder {
  const events = io.metrics.counter('events_total', 'Events by type and outcome.');
  const duration = io.metrics.histogram('event_duration_seconds', 'From the arrival of an event to its answer.');
  const own = io.metrics.histogram('event_own_seconds', 'Of that, what was not waited for Gitea, registry or sink.');
  return async (waiting, work) => {
    const start = io.clock.monotonic();
    const fields: Work['fields'] = { function: name };
    const log: Log = (level, message, more) => io.log(level, message, { ...fields, ...more });
    const about: Work = { log, fields, type: 'none' };
    const { answer, outcome, level, reason } = await work(about).catch((error: unknown) => endingOf(error, log));
    const ms = Math.round(io.clock.monotonic() - start);
    const waited = Math.min(ms, Math.round(waiting.ms()));
    log(level, 'event', { outcome, reason, ms, waited });
    events.add({ function: name, type: about.type, outcome });
    duration.observe({ function: name }, ms / 1000);
    own.observe({ function: name }, (ms - waited) / 1000);
    return answer;
  };
}

/** Only the log says what went wrong in an error of ours. */
function endingOf(error: unknown, log: Log): Ending {
  if (error instanceof StopError || error instanceof TryAgainError) {
    const { message: reason } = error;
    return error instanceof StopError
      ? { answer: refusal(error.status, reason), outcome: 'rejected', level: 'warn', reason }
      : { answer: refusal(503, reason), outcome: 'unavailable', level: 'warn', reason };
  }
  log('error', 'unexpected error', explain(error));
  return { answer: internalError(), outcome: 'failed', level: 'error', reason: 'unexpected error' };
}
