// The broker as a process: the local one's dispatcher, which behaves as the measured one, on virtual wires and time. Keeps
// nothing: what it holds when it dies is lost.
import { defaultTriggers } from '../../stand-ins/broker/default-triggers.ts';
import { type Arrival, createDispatcher, type Dispatcher } from '../../stand-ins/broker/dispatch.ts';
import { type BrokerEvent, readMessage } from '../../stand-ins/broker/event.ts';
import { NoAnswerError, type Post } from '../../stand-ins/broker/post.ts';
import type { Trigger } from '../../stand-ins/broker/trigger.ts';
import { forgedId } from './forgeries.ts';
import type { EventFate, Link } from './history.ts';
import { type Answer, type Network, NoAnswer, type Server } from './network.ts';
import type { Process } from './processes.ts';
import type { Scheduler } from './scheduler.ts';

export interface BrokerOptions {
  scheduler: Scheduler;
  network: Network;
  asynchronous: boolean;
  /** Subscribers by address. */
  subscribers: ReadonlyMap<string, { link: Link; server: Server }>;
  triggers: readonly Trigger[];
  fate(event: BrokerEvent): EventFate | undefined;
  dies(): { when: 'before' | 'after'; down: number } | undefined;
  /** Something is gone for good. `what`: for people. */
  onLoss(what: string): void;
  /** Somebody will not be told of something that happened all the same. */
  onUntold(): void;
  onArrival(arrival: Arrival): void;
}

/** One Trigger for each function of the installation; a second parse gets one like the first. */
export function triggersFor(parses: readonly string[], registryWriter: string, commitStatus?: string): Trigger[] {
  return parses.flatMap((parse, index) => {
    const subscribers = { parse, 'registry-writer': registryWriter, 'commit-status': commitStatus };
    const triggers = defaultTriggers(subscribers, 'keep');
    return index === 0 ? triggers : [{ ...triggers[0]!, name: `parse-${index + 1}` }];
  });
}

export function startBroker(options: BrokerOptions): Process {
  const { scheduler, network } = options;
  const process: Process = { name: 'broker', kind: 'broker', take: undefined };
  let instances = 0;
  start();
  return process;

  function start(): void {
    const instance = ++instances;
    const atEnd = new Set<() => void>();
    // Who waits for an answer sees the connection closed.
    let cut: (error: NoAnswer) => void = () => {};
    const ending = new Promise<never>((_, reject) => {
      cut = reject;
    });
    ending.catch(() => {});
    const closing = new AbortController();
    let alive = true;
    let held = 0;

    function die(down: number): void {
      if (!alive) return;
      alive = false;
      process.take = undefined;
      scheduler.note('broker dies');
      if (held > 0) options.onLoss(`${held} events in the broker that died`);
      closing.abort(new NoAnswer('reset'));
      cut(new NoAnswer('reset'));
      for (const end of atEnd) end();
      scheduler.after(down, () => {
        scheduler.note('broker is up again');
        start();
      });
    }

    const post: Post = async (url, headers, body, timeoutMs, signal) => {
      const subscriber = options.subscribers.get(url)!;
      const death = options.dies();
      if (death?.when === 'before') die(death.down);
      signal.throwIfAborted();
      // A delivery that was given up hangs up on its subscriber.
      const over = new AbortController();
      const caller = { instance, alive: () => alive && !signal.aborted, atEnd };
      const hungUp = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal });
      });
      try {
        const request = { method: 'POST', url, headers: { ...headers }, body };
        const call = network.call(subscriber.link, caller, subscriber.server, request, timeoutMs);
        const answer = await Promise.race([call, hungUp]);
        if (death?.when === 'after') die(death.down);
        signal.throwIfAborted();
        return answer;
      } catch (error) {
        if (signal.aborted || !(error instanceof NoAnswer)) throw error;
        const late = error.kind === 'time-out' || error.kind === 'cut off';
        throw new NoAnswerError(late ? error.kind : `dispatch error: Post "${url}": ${error.kind}`, late);
      } finally {
        over.abort();
      }
    };

    const dispatcher: Dispatcher = createDispatcher({
      triggers: options.triggers,
      clock: scheduler.clock(0, () => !alive),
      namespace: 'local',
      ingress: 'http://broker.events.svc/local/default',
      post,
      timeout(ms) {
        const limit = new AbortController();
        scheduler.after(ms, () => limit.abort(new Error('the time is up')));
        return limit.signal;
      },
      onArrival: options.onArrival,
      onAttempt: () => {},
      onDeadLetter({ trigger, event, attempts }) {
        if (!alive) return;
        const last = attempts.at(-1);
        scheduler.note(`dead letter of ${trigger}: ${event.attributes.type}, ${attempts.length} × ${last?.failure}`);
        // A copy, or something made up, is missed by nobody; nor is a push to a branch without any deployment file.
        if (isExtra(event) || (/^parse/.test(trigger) && last?.failure === 'answered 422')) return;
        if (trigger === 'commit-status') return options.onUntold();
        options.onLoss(`dead letter: ${event.attributes.type} ${event.attributes.subject ?? ''}`);
      },
      onAbandoned: ({ event, trigger }) => {
        if (!alive) return;
        scheduler.note(`delivery to ${trigger} given up: ${event.attributes.type}`);
        // Its sender asks again and may read a later head by then, whose word stands on another commit.
        options.onUntold();
      },
    });

    process.take = async ({ headers, body }, { gone }): Promise<Answer> => {
      const reading = readMessage(headers, body);
      if (reading.kind !== 'event') return answer(400);
      const { event } = reading;
      const fate = options.fate(event);
      if (fate === 'lost') {
        options.onLoss(`${event.attributes.type} in the broker`);
        return answer(202);
      }
      const signal = options.asynchronous ? closing.signal : AbortSignal.any([gone, closing.signal]);
      const take = async (taken = event) => {
        held += 1;
        try {
          if (fate === 'late') await scheduler.pause(scheduler.between(1_000, 90_000));
          signal.throwIfAborted();
          return await dispatcher.take(fate === 'cut off' ? cutOff(taken) : taken, signal);
        } finally {
          held -= 1;
        }
      };
      const again = (pause: number, what: BrokerEvent) => scheduler.after(pause, () => void take(what).catch(() => {}));
      if (fate === 'doubled') again(scheduler.between(0, 20_000), event);
      if (fate === 'replayed') again(scheduler.between(1_000, 200_000), copyOf(event));
      if (!options.asynchronous) return answer(await Promise.race([take(), ending]));
      void take().catch(() => {});
      return answer(202);
    };
  }
}

function cutOff(event: BrokerEvent): BrokerEvent {
  return { ...event, data: event.data.subarray(0, event.data.length - 20) };
}

export const copied = '-again';

/** As somebody who kept it would send it: with an id of its own, and not in its trace. */
function copyOf({ attributes: { traceparent: _, ...attributes }, passed: __, ...rest }: BrokerEvent): BrokerEvent {
  return { ...rest, attributes: { ...attributes, id: `${attributes.id}${copied}` }, passed: {} };
}

/** A copy of an event, or one that somebody made up. */
export function isExtra({ attributes: { id = '' } }: Pick<BrokerEvent, 'attributes'>): boolean {
  return id.startsWith(forgedId) || id.endsWith(copied);
}

function answer(status: number): Answer {
  return { status, headers: {}, body: Buffer.alloc(0) };
}
