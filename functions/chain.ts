// The smallest possible broker, for the process that holds all functions and has no K_SINK: it hands events from function to
// function in memory, with the retries of a Trigger. Weaker than a real broker: a crash loses what waits here, until the next
// reconcile repairs it.
import type { CloudEvent } from 'cloudevents';
import { encodeAttributes } from '../events/wire.ts';
import type { Io } from '../io/io.ts';
import type { Answer } from './answer.ts';
import { createDeliveryQueue, type Kept, type Retries } from './delivery-queue.ts';
import type { Handler } from './function.ts';
import { functions } from './table.ts';

export interface Link {
  /** The function's. */
  name: string;
  takes: readonly string[] | 'all';
  handler: Handler;
  /** Its answer takes minutes. */
  answersLate?: true;
}

export interface Chain {
  /** 202: will be handed to whoever takes its type. Throws TryAgainError when too much is waiting. */
  deliver(event: CloudEvent<unknown>): Promise<{ status: number }>;
  /** The same for an event whose attributes are encoded already, a function's reply, which is never refused. */
  enqueue(event: CloudEvent<unknown>): void;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
  /** Waits at most `msLeft` for what is under way, then logs what is given up. False: an event was given up, or tried too few times. */
  close(msLeft: number): Promise<boolean>;
}

const { trigger } = functions['registry-writer'];

/** At least 60 s in all. */
const asTrigger: Retries = {
  firstPause: trigger.firstPause,
  longestPause: Number.POSITIVE_INFINITY,
  spread: [0.8, 1.2],
  most: trigger.retries,
  within: Number.POSITIVE_INFINITY,
  goOnAtEnd: false,
};

/**
 * `deadLetter`: who takes what a function rejects, or did not take after all attempts. `most`: attempts after the first,
 * of what is answered 5xx.
 */
export function createChain(
  links: readonly Link[],
  deadLetter: () => Handler,
  io: Io,
  most: number = asTrigger.most,
): Chain {
  const queue = createDeliveryQueue(io);

  /** Attributes are encoded, as they would be on the wire: a function decodes them at its door, its reply comes encoded. */
  function enqueue(event: CloudEvent<unknown>): void {
    const { id, type } = event;
    const takers = links.filter(({ takes }) => takes === 'all' || takes.includes(type));
    void queue.keep({ fields: { id, type }, bytes: 0 }, (kept) =>
      Promise.all(takers.map((taker) => hand(event, taker, kept))),
    );
  }

  async function hand(event: CloudEvent<unknown>, { name, handler }: Link, kept: Kept): Promise<void> {
    const answer = await queue.retry(
      kept,
      { ...asTrigger, most },
      () => handler.handle({ method: 'POST', headers: { 'ce-id': event.id } }, event),
      (last) => (isAnswer(last) && last.statusCode >= 500 ? `${name} answered ${last.statusCode}` : undefined),
    );
    if (!isAnswer(answer)) return enqueue(answer);
    if (answer.statusCode >= 300) await bury(event, name, answer);
  }

  /** With the extensions that a broker adds (functions/dead-letter/read-failure.ts). There is nobody to take what dead-letter refuses. */
  async function bury(event: CloudEvent<unknown>, dest: string, { statusCode, body }: Answer): Promise<void> {
    const failure = {
      knativeerrordest: dest,
      knativeerrorcode: String(statusCode),
      knativeerrordata: Buffer.from(body).toString('base64'),
    };
    await deadLetter().handle({ method: 'POST', headers: { 'ce-id': event.id } }, event.cloneWith(failure, false));
  }

  return {
    enqueue,
    async deliver(event) {
      queue.checkRoom();
      enqueue(encodeAttributes(event));
      return { status: 202 };
    },
    idle: queue.idle,
    async close(msLeft) {
      const { givenUp, cutShort } = await queue.close(msLeft);
      return givenUp === 0 && !cutShort;
    },
  };
}

function isAnswer(answer: Answer | CloudEvent<unknown>): answer is Answer {
  return 'statusCode' in answer;
}
