// How an event ended, told in one log line and counted once, the same for every function.
import { StopError, TryAgainError } from '../events/errors.ts';
import type { Waiting } from '../io/calls.ts';
import type { Io, Level, Log } from '../io/io.ts';

export interface Ending {
  outcome: 'done' | 'ignored' | 'pending' | 'refused' | 'rejected' | 'unavailable' | 'failed';
  level: Level;
  reason?: string;
}

/** The ending that an error is. */
export function endingOf(error: unknown): Ending {
  if (error instanceof StopError) return { outcome: 'rejected', level: 'warn', reason: error.message };
  if (error instanceof TryAgainError) return { outcome: 'unavailable', level: 'warn', reason: error.message };
  return { outcome: 'failed', level: 'error', reason: 'unexpected error' };
}

/** `start`: clock.monotonic when the event came. `type`: of events the function takes, else `none`, so that counts stay few. */
export type Tell = (log: Log, start: number, type: string, ending: Ending, waiting: Waiting) => void;

export function createTell(name: string, io: Io): Tell {
  const events = io.metrics.counter('events_total', 'Events by type and outcome.');
  const duration = io.metrics.histogram('event_duration_seconds', 'From the arrival of an event to its answer.');
  const own = io.metrics.histogram('event_own_seconds', 'Of that, what was not waited for Gitea, registry or sink.');
  return (log, start, type, { outcome, level, reason }, waiting) => {
    const ms = Math.round(io.clock.monotonic() - start);
    const waited = Math.min(ms, Math.round(waiting.ms()));
    log(level, 'event', { function: name, outcome, reason, ms, waited });
    events.add({ function: name, type, outcome });
    duration.observe({ function: name }, ms / 1000);
    own.observe({ function: name }, (ms - waited) / 1000);
  };
}
