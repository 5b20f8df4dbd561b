// Gitea's deliveries of webhooks: one attempt of 5 s each, in no order, and what becomes of each on the way.
import { createHmac } from 'node:crypto';
import { deliveryBody, deliveryHeaders } from '../../stand-ins/gitea/delivery-headers.ts';
import { GENERATIONS } from '../../stand-ins/gitea/generations.ts';
import type { Hook } from '../../stand-ins/gitea/world.ts';
import type { Course } from './course.ts';
import { lowered } from './git.ts';
import type { Fate } from './history.ts';
import type { Caller, Network, Server } from './network.ts';

/** ms that Gitea waits for an answer. */
const patience = 5_000;

/** `source`: where all hooks lead; asked at the moment of delivery, because Gitea is there before the function. */
export function createDeliveries(
  course: Course,
  network: Network,
  source: () => Server,
): (hook: Hook, eventType: string, payload: string) => void {
  const { history, scheduler, coverage } = course;
  const generation = GENERATIONS[history.gitea];
  let deliveries = 0;

  return (hook, eventType, payload) => {
    const nth = deliveries++;
    const fate = fateOf(nth, eventType);
    if (fate === 'lost') return course.lose(`webhook ${nth}`);
    const text = fate === 'shortened' ? shortened(payload) : payload;
    send(nth, text, fate === 'late' ? scheduler.between(5_000, 300_000) : scheduler.between(500, 4_500));
    if (fate === 'doubled') send(nth, text, scheduler.between(500, 60_000));
    if (fate === 'replayed') send(nth, text, scheduler.between(5_000, 300_000), uuidOf(nth + 10_000));

    function send(number: number, content: string, pause: number, uuid = uuidOf(number)): void {
      scheduler.after(pause, () => {
        const body = Buffer.from(deliveryBody(hook, content));
        const headers = lowered(
          Object.fromEntries(deliveryHeaders(generation, hook, { uuid, eventType, payload: content })),
        );
        const sent = fate === 'cut off' ? body.subarray(0, body.length - 20) : body;
        const caller: Caller = { instance: 0, alive: () => true, atEnd: new Set() };
        const request = { method: 'POST', url: hook.url, headers, body: sent };
        network.call('gitea → gitea-source', caller, source(), request, patience).then(
          ({ status }) => {
            if (status > 299) course.lose(`webhook ${number} answered ${status}`);
          },
          () => course.lose(`webhook ${number} unanswered`),
        );
      });
    }
  };

  function fateOf(nth: number, eventType: string): Fate | undefined {
    const fate = course.healed ? undefined : history.fates.find((one) => one.nth === nth)?.fate;
    if (fate === undefined) return undefined;
    coverage.count(`webhook ${fate}`);
    scheduler.note(`webhook ${nth} (${eventType}) will be ${fate}`);
    return fate;
  }
}

/** As gitea-source itself shortens a great push, or Gitea cuts its list of commits. */
export function shortened(payload: string): string {
  const content = JSON.parse(payload) as Record<string, unknown>;
  return JSON.stringify({ ...content, commits: [] });
}

export function uuidOf(nth: number): string {
  const hex = createHmac('sha256', 'deliveries').update(String(nth)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
