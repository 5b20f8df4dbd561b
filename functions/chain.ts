// A broker of the smallest kind, for the process that holds all functions and has no K_SINK: events go from function to
// function in memory, with the retries a Trigger would give. Weaker than a broker: what waits here is lost in a crash, until
// the next reconcile finds it.
import type { CloudEvent } from 'cloudevents';
import { limits } from '../config/limits.ts';
import { encodeAttributes } from '../events/wire.ts';
import type { Io } from '../io/io.ts';
import { Stop } from '../io/stop.ts';
import type { Answer } from './answer.ts';
import type { Handler } from './function.ts';

export interface Link {
  /** The function's. */
  name: string;
  types: readonly string[];
  handler: Handler;
}

export interface Chain {
  /** 202: will be handed to whoever takes its type. 503: too much is waiting. */
  deliver(event: CloudEvent<unknown>): Promise<{ status: number }>;
  /** The same for an event whose attributes are encoded already: a function's reply. */
  enqueue(event: CloudEvent<unknown>): void;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
  /** Waits at most `ms` for what is under way, then names what is given up. False: something was, also what more tries could have helped. */
  close(ms: number): Promise<boolean>;
}

/** Events waiting or in work. */
const maxEvents = 1_000;

/** As the Trigger of registry-writer: at least 60 s in all. */
const { registryWriterRetries, registryWriterBackoff: firstPause } = limits;

/**
 * `deadLetter`: who takes what a function rejects, or did not take after all attempts. `retries`: attempts after the first,
 * of what is answered 5xx.
 */
export function createChain(
  links: readonly Link[],
  deadLetter: () => Handler,
  io: Io,
  retries: number = registryWriterRetries,
): Chain {
  const pending = new Map<CloudEvent<unknown>, Promise<void>>();
  // An AbortSignal warns on standard error of the eleventh event that waits for its next attempt.
  const closing = new Stop();
  let cutShort = false;

  /** Attributes are encoded, as they would be on the wire: a function decodes them at its door, its reply comes encoded. */
  function enqueue(event: CloudEvent<unknown>): void {
    const takers = links.filter(({ types }) => types.includes(event.type));
    const work = Promise.all(takers.map((taker) => hand(event, taker)));
    pending.set(
      event,
      work.then(() => {
        pending.delete(event);
      }),
    );
  }

  async function hand(event: CloudEvent<unknown>, { name, handler }: Link): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const answer = await handler.handle({ method: 'POST', headers: { 'ce-id': event.id } }, event);
      if (!isAnswer(answer)) return enqueue(answer);
      if (answer.statusCode < 300) return;
      const hopeful = answer.statusCode >= 500 && attempt < retries;
      if (hopeful && closing.aborted) cutShort = true;
      if (!hopeful || closing.aborted) return bury(event, name, answer);
      await io.clock.sleep(firstPause * 2 ** attempt * (0.8 + 0.4 * io.random()), closing);
    }
  }

  /** As a broker says it (functions/dead-letter/read-failure.ts). Whatever the function answers, nothing comes after it. */
  async function bury(event: CloudEvent<unknown>, dest: string, { statusCode, body }: Answer): Promise<void> {
    const said = {
      knativeerrordest: dest,
      knativeerrorcode: String(statusCode),
      knativeerrordata: Buffer.from(body).toString('base64'),
    };
    await deadLetter().handle({ method: 'POST', headers: { 'ce-id': event.id } }, event.cloneWith(said, false));
  }

  return {
    enqueue,
    async deliver(event) {
      if (pending.size >= maxEvents) return { status: 503 };
      enqueue(encodeAttributes(event));
      return { status: 202 };
    },
    async idle() {
      while (pending.size > 0) await Promise.all(pending.values());
    },
    async close(ms) {
      const end = io.clock.monotonic() + ms;
      // Pauses end, so that everything is tried once more in the time that is left.
      closing.abort();
      while (pending.size > 0 && io.clock.monotonic() < end) {
        const stop = new Stop();
        await Promise.race([Promise.all(pending.values()), io.clock.sleep(end - io.clock.monotonic(), stop)]);
        stop.abort();
      }
      for (const { id, type } of pending.keys()) io.log('error', 'event given up', { id, type });
      return pending.size === 0 && !cutShort;
    },
  };
}

function isAnswer(answer: Answer | CloudEvent<unknown>): answer is Answer {
  return 'statusCode' in answer;
}
