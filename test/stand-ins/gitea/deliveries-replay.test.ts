// Every recorded case is played again on the stand-in; its webhooks must be those that were recorded: same order, same
// headers, same payload down to the order of keys.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { goJson } from '../../../stand-ins/go-json.ts';
import { differences, ReviewedList } from './differences.ts';
import { play } from './play-case.ts';
import { type Received, type Receiver, startReceiver } from './receiver.ts';
import { isPlayed, type RecordedDelivery, readCase, secretOf } from './recorded-case.ts';
import { buildHistory, deliveryCases, payloadText, SERVERS } from './recorded-history.ts';
import { startLike } from './recorded-world.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Headers with what cannot be the same put by its kind: ids, signatures that are right, length, address. */
function normalHeaders(headers: readonly [string, string][], text: string, body: Buffer, secret: string): string[] {
  const right = (algorithm: string) => (secret ? createHmac(algorithm, secret).update(text).digest('hex') : '');
  const kinds: Record<string, string> = {
    [right('sha256')]: secret ? 'right sha256' : '',
    [`sha256=${right('sha256')}`]: secret ? 'right sha256=' : 'sha256=',
    [`sha1=${right('sha1')}`]: secret ? 'right sha1=' : 'sha1=',
  };
  return headers.map(([name, value]) => {
    if (name === 'Host') return 'Host';
    if (name === 'Content-Length' && value === String(body.length)) return 'Content-Length of the body';
    return `${name}: ${UUID.test(value) ? 'id' : (kinds[value] ?? value)}`;
  });
}

/** Times the server took from its clock, and the size of the repository on its disk. Commit times are compared. */
const OF_THE_MOMENT = ['archived_at', 'created_at', 'updated_at', 'closed_at', 'merged_at'];

/** The stand-in counts no changed lines or files. */
const UNCOUNTED = ['additions', 'deletions', 'changed_files'];

function normalPayload(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalPayload);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isTime = typeof inner === 'string' && /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(inner);
      if (OF_THE_MOMENT.includes(key) && isTime) return [key, 'a time'];
      if (UNCOUNTED.includes(key)) return [key, 'not counted'];
      return [key, key === 'size' && typeof inner === 'number' ? 'a size' : normalPayload(inner)];
    }),
  );
}

function compare(recorded: RecordedDelivery, came: Received, sentBody: Buffer): string[] {
  const text = payloadText(came.body);
  const secret = secretOf(recorded.path);
  const named = (headers: readonly string[]) => ({ headers });
  return [
    ...differences(recorded.path, came.path, 'path'),
    ...differences(
      named(normalHeaders(Object.entries(recorded.headers), recorded.text, sentBody, secret)),
      named(normalHeaders(came.headers, text, came.body, secret)),
    ),
    ...differences(normalPayload(recorded.payload), normalPayload(JSON.parse(text))),
  ];
}

/** One line per delivery, to see at a glance that the same happened. */
function outline(path: string, type: string, text: string): string {
  const { ref, action, number } = JSON.parse(text) as { ref?: string; action?: string; number?: number };
  return `${path} ${type} ${ref ?? `${action ?? ''} ${number ?? ''}`}`;
}

describe('recorded deliveries', () => {
  const list = new ReviewedList('deliveries');
  let receiver: Receiver;
  before(async () => {
    receiver = await startReceiver();
  });
  after(() => receiver.close());

  for (const server of SERVERS) {
    const history = buildHistory(server);
    for (const name of deliveryCases(server)) {
      it(`are sent again by the stand-in: ${server}, ${name}`, async () => {
        const recorded = readCase(server, name);
        let now = new Date();
        const gitea = await startLike(server, () => now);
        receiver.received.length = 0;
        try {
          await play(recorded, gitea, history.store, receiver.url, (seconds) => {
            now = new Date(seconds * 1000);
          });
          await gitea.idle();
          const left = recorded.deliveries.filter(isPlayed);
          assert.deepEqual(
            receiver.received.map(({ path, headers, body }) =>
              outline(path, headers.find(([key]) => key === 'X-Gitea-Event-Type')![1], payloadText(body)),
            ),
            left.map((delivery) => outline(delivery.path, delivery.type, delivery.text)),
          );
          const wrong = left.flatMap((delivery, at) => {
            const found = compare(delivery, receiver.received[at]!, delivery.sent);
            return list
              .unexcused(`${server}/${name}/${delivery.file}`, found)
              .map((what) => `${server}/${name}/${delivery.file} ${what}`);
          });
          assert.equal(wrong.join('\n'), '');
        } finally {
          await gitea.close();
        }
      });
    }
  }

  it('differ in nothing that the reviewed list names without need', () => {
    assert.deepEqual(list.unused(), []);
  });
});

describe('JSON as Go writes it', () => {
  for (const server of SERVERS) {
    it(`gives the very bytes of every payload of ${server} again`, () => {
      for (const name of deliveryCases(server)) {
        for (const { file, text, payload, type } of readCase(server, name).deliveries) {
          const indent = /^\{\n {2}"/.test(text) ? 2 : 1;
          const again = text.startsWith('{"') ? goJson(payload, { sorted: true }) : goJson(payload, { indent });
          assert.equal(again, text, `${name}/${file} ${type}`);
        }
      }
    });
  }
});
