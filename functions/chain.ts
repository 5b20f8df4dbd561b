// A broker of the smallest kind, for the process that holds all functions and has no K_SINK: events go from function to
// function in memory, with the retries a Trigger would give. Weaker than a broker: what waits here is lost in a crash, until
// the next reconcile finds it.
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
}

export interface Chain {
  /** 202: will be handed to whoever takes its type. Throws TryAgainError when too much is waiting. */
  deliver(event: CloudEvent<unknown>): Promise<{ status: number }>;
  /** The same for an event whose attributes are encoded already, a function's reply, which is never refused. */
  enqueue(event: CloudEvent<unknown>): void;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
  /** Waits at most `msLeft` for what is under way, then logs what is given up. False: something was, also what more tries could have helped. */
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

  /** As a broker says it (functions/dead-letter/read-failure.ts). Whatever the function answers, nothing comes after it. */
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
