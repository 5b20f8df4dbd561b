// Hands one event to all Triggers that match at the same time, and the replies to theirs. Knows no HTTP and keeps nothing:
// the way to subscribers and the listeners are arguments.
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../io/io.ts';
import { type Attempt, type DeadLetter, deliver, type Surroundings } from './deliver.ts';
import { type BrokerEvent, withAttributes } from './event.ts';
import type { Post } from './post.ts';
import { matches, type Trigger } from './trigger.ts';

/** An event that came in. `from`: the Trigger whose subscriber replied with it; absent: a producer posted it. */
export interface Arrival {
  event: BrokerEvent;
  at: number;
  from?: string;
  triggers: string[];
}

export interface DispatcherOptions {
  triggers: readonly Trigger[];
  clock: Clock;
  namespace: string;
  /** Address of the broker, for what is said of a reply it refused. */
  ingress: string;
  post: Post;
  /** Default: AbortSignal.timeout. */
  timeout?(ms: number): AbortSignal;
  onArrival(arrival: Arrival): void;
  onAttempt(attempt: Attempt): void;
  onDeadLetter(letter: DeadLetter): void;
  /** A producer went away, and with it the rest of this delivery: no dead letter, as in Knative. */
  onAbandoned(abandoned: { event: BrokerEvent; trigger: string }): void;
}

export interface Dispatcher {
  /** False: the event has made too many passes, and `take` would answer 400. */
  takes(event: BrokerEvent): boolean;
  /** The status for one event that came in, when all Triggers are done with it. Throws the signal's reason when it ends it. */
  take(event: BrokerEvent, signal: AbortSignal): Promise<number>;
}

/** Passes of an event and its replies through the broker (Knative, `knativebrokerttl`). */
const maxPasses = 255;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { triggers, clock, namespace, ingress, post, onAttempt, onDeadLetter } = options;
  const passesLeft = new WeakMap<BrokerEvent, number>();
  const around: Surroundings = {
    clock,
    namespace,
    ingress,
    post,
    timeout: options.timeout ?? AbortSignal.timeout,
    reply: (event, { trigger, cause }, signal) =>
      // What the reply itself says about its passes is overwritten.
      take(withAttributes(event, { knativebrokerttl: String(passesLeft.get(cause)) }), signal, trigger.name),
    onAttempt,
    onDeadLetter,
  };

  /** Passes that are left to an event when it has come in. */
  function passesOf({ attributes }: BrokerEvent): number {
    const given = attributes.knativebrokerttl;
    return given === undefined || !/^\d{1,9}$/.test(given) ? maxPasses : Number(given) - 1;
  }

  async function take(given: BrokerEvent, signal: AbortSignal, from?: string): Promise<number> {
    const left = passesOf(given);
    if (left < 1) return 400;
    const arrived = new Date(clock.now()).toISOString();
    const event = withAttributes(given, { knativebrokerttl: undefined, knativearrivaltime: arrived });
    passesLeft.set(event, left);
    const matching = triggers.filter((trigger) => matches(trigger, event));
    const names = matching.map(({ name }) => name);
    options.onArrival({ event, at: clock.now(), ...(from === undefined ? {} : { from }), triggers: names });
    // Each Trigger that waits listens, and events may share a signal: many listeners are no leak.
    setMaxListeners(0, signal);
    const ends = await Promise.allSettled(
      matching.map(async (trigger) => {
        try {
          return await deliver(event, trigger, around, signal);
        } catch (error) {
          if (signal.aborted) options.onAbandoned({ event, trigger: trigger.name });
          throw error;
        }
      }),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return ends.every((end) => end.status === 'fulfilled' && end.value) ? 202 : 500;
  }

  return { takes: (event) => passesOf(event) >= 1, take };
}
