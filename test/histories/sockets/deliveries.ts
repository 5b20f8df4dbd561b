// Gitea's deliveries of webhooks over HTTP: one attempt of 5 s each, in no order, and what becomes of each on the way.
import http from 'node:http';
import { deliveryBody, deliveryHeaders } from '../../../stand-ins/gitea/delivery-headers.ts';
import { GENERATIONS } from '../../../stand-ins/gitea/generations.ts';
import type { Hook } from '../../../stand-ins/gitea/world.ts';
import { shortened, uuidOf } from '../deliveries.ts';
import { lowered } from '../git.ts';
import type { Play } from './course.ts';

/** ms that Gitea waits for an answer. */
const patience = 5_000;

/** `portOf`: of gitea-source, asked at the moment of delivery; undefined while it is away. */
export function createDeliveries(
  play: Play,
  portOf: () => number | undefined,
): (hook: Hook, eventType: string, payload: string) => void {
  const { history, time, coverage } = play;
  const generation = GENERATIONS[history.gitea];
  let deliveries = 0;

  return (hook, eventType, payload) => {
    const nth = deliveries++;
    const fate = play.healed ? undefined : history.fates.find((one) => one.nth === nth)?.fate;
    if (fate !== undefined) {
      coverage.count(`webhook ${fate}`);
      time.note(`webhook ${nth} (${eventType}) will be ${fate}`);
    }
    if (fate === 'lost') return play.lose(`webhook ${nth}`);
    const text = fate === 'shortened' ? shortened(payload) : payload;
    send(nth, text, fate === 'late' ? time.between(2_000, 20_000) : time.between(0, 1_500));
    if (fate === 'doubled') send(nth, text, time.between(0, 10_000));
    if (fate === 'replayed') send(nth, text, time.between(1_000, 20_000), uuidOf(nth + 10_000));

    function send(number: number, content: string, pause: number, uuid = uuidOf(number)): void {
      time.after(pause, () => {
        const body = Buffer.from(deliveryBody(hook, content));
        const headers = lowered(
          Object.fromEntries(deliveryHeaders(generation, hook, { uuid, eventType, payload: content })),
        );
        void play.track(
          post(portOf(), headers, body, { cutOff: fate === 'cut off', waits: patience / time.speed }).then(
            (status) => {
              time.note(`webhook ${number} = ${status}`);
              if (status > 299) play.lose(`webhook ${number} answered ${status}`);
            },
            (error: Error) => play.lose(`webhook ${number} unanswered: ${error.message}`),
          ),
        );
      });
    }
  };
}

/** The status. `cutOff`: the last bytes never come; the connection ends before them. `waits`: ms of the machine's. */
function post(
  port: number | undefined,
  headers: Record<string, string>,
  body: Buffer,
  { cutOff, waits }: { cutOff: boolean; waits: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    if (port === undefined) return reject(new Error('refused'));
    const outgoing = http.request(
      { host: '127.0.0.1', port, method: 'POST', path: '/', headers, agent: false },
      (response) => {
        response.resume();
        response.once('error', reject).once('end', () => resolve(response.statusCode!));
      },
    );
    const limit = setTimeout(() => outgoing.destroy(new Error('time-out')), waits);
    outgoing.once('error', reject).once('close', () => clearTimeout(limit));
    outgoing.setHeader('content-length', body.length);
    if (!cutOff) return void outgoing.end(body);
    outgoing.write(body.subarray(0, body.length - 20), () => outgoing.destroy(new Error('cut off')));
  });
}
