// Gitea's deliveries of webhooks, in memory or over sockets: one attempt each, in no order, and what becomes of each on the way.
import { createHmac } from 'node:crypto';
import { deliveryBody, deliveryHeaders } from '../../stand-ins/gitea/delivery-headers.ts';
import { GENERATIONS } from '../../stand-ins/gitea/generations.ts';
import type { Course } from './course.ts';
import { lowered } from './git.ts';
import type { Deliver } from './world.ts';

/** ms, from and to. */
type Range = readonly [number, number];

/**
 * `pauses`: before a delivery is sent. `send`: the status that it is answered; throws where there is no answer; `cutOff`: its last
 * bytes never come.
 */
export function createDeliveries(
  course: Course,
  pauses: Record<'usual' | 'late' | 'doubled' | 'replayed', Range>,
  send: (headers: Record<string, string>, body: Buffer, cutOff: boolean) => Promise<number>,
): Deliver {
  const { history, time, coverage } = course;
  const generation = GENERATIONS[history.gitea];
  let deliveries = 0;

  return (hook, eventType, payload) => {
    const nth = deliveries++;
    const fate = course.healed ? undefined : history.fates.find((one) => one.nth === nth)?.fate;
    if (fate !== undefined) {
      coverage.count(`webhook ${fate}`);
      time.note(`webhook ${nth} (${eventType}) will be ${fate}`);
    }
    if (fate === 'lost') return course.lose(`webhook ${nth}`);
    // As gitea-source itself shortens a great push, or Gitea cuts its list of commits.
    const text = fate === 'shortened' ? JSON.stringify({ ...JSON.parse(payload), commits: [] }) : payload;
    deliver(nth, fate === 'late' ? pauses.late : pauses.usual);
    if (fate === 'doubled') deliver(nth, pauses.doubled);
    if (fate === 'replayed') deliver(nth, pauses.replayed, uuidOf(nth + 10_000));

    function deliver(number: number, [from, to]: Range, uuid = uuidOf(number)): void {
      time.after(time.between(from, to), () => {
        const headers = deliveryHeaders(generation, hook, { uuid, eventType, payload: text });
        const body = Buffer.from(deliveryBody(hook, text));
        send(lowered(Object.fromEntries(headers)), body, fate === 'cut off').then(
          (status) => {
            if (status > 299) course.lose(`webhook ${number} answered ${status}`);
          },
          () => course.lose(`webhook ${number} unanswered`),
        );
      });
    }
  };
}

function uuidOf(nth: number): string {
  const hex = createHmac('sha256', 'deliveries').update(String(nth)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
