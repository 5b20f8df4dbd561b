// Server-sent events, as a browser takes them: all there is, then what happens, and after a break just what was missed.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHappenings, type Happenings } from '../../console/happenings.ts';
import { createLive, type Live } from '../../console/live.ts';

interface Message {
  event: string;
  id?: string;
  data: unknown;
}

describe('live happenings', () => {
  let happenings: Happenings;
  let live: Live;
  let close: () => Promise<void>;
  let url: string;

  beforeEach(async () => {
    happenings = createHappenings(10);
    live = createLive(happenings, (value) => JSON.stringify(value));
    const server = createServer((request, response) => {
      live.open(response, request.headers['last-event-id'] as string | undefined, () => ({ who: 'test' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    close = () =>
      new Promise((resolve) => {
        live.close();
        server.close(() => resolve());
        server.closeAllConnections();
      });
  });
  afterEach(() => close());

  /** Messages until `enough` says so. */
  async function read(
    enough: (messages: Message[]) => boolean,
    lastEventId?: string,
    during = () => {},
  ): Promise<Message[]> {
    const answer = await fetch(url, {
      ...(lastEventId ? { headers: { 'last-event-id': lastEventId } } : {}),
    });
    assert.equal(answer.headers.get('content-type'), 'text/event-stream');
    let text = '';
    let done = false;
    for await (const chunk of answer.body!) {
      text += Buffer.from(chunk).toString();
      if (!done && text.includes('event: hello')) {
        done = true;
        during();
      }
      const messages = text
        .split('\n\n')
        .slice(0, -1)
        .filter((block) => block.startsWith('event:'))
        .map(
          (block) =>
            Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))) as Record<
              string,
              string
            >,
        )
        .map(({ event, id, data }) => ({ event: event!, ...(id ? { id } : {}), data: JSON.parse(data!) as unknown }));
      // Leaving the loop ends the connection.
      if (enough(messages)) return messages;
    }
    throw new Error(`the stream ended: ${text}`);
  }

  const seqs = (messages: Message[]) =>
    messages
      .filter(({ event }) => event === 'happenings')
      .flatMap(({ data }) => (data as { seq: number }[]).map(({ seq }) => seq));
  const add = (n: number) => {
    for (let i = 0; i < n; i += 1) happenings.add('test', {});
  };

  it('sends all there is, then what happens, each once and in order', async () => {
    add(3);
    const messages = await read(
      (all) => seqs(all).length >= 5,
      undefined,
      () => add(2),
    );
    assert.equal(messages[0]!.event, 'hello');
    assert.deepEqual(messages[0]!.data, { who: 'test', resumed: false, last: 3 });
    assert.deepEqual(seqs(messages), [1, 2, 3, 4, 5]);
    assert.equal(messages.at(-1)!.id, `${happenings.epoch}:5`);
  });

  it('goes on where a page stopped', async () => {
    add(6);
    const messages = await read((all) => seqs(all).length >= 2, `${happenings.epoch}:4`);
    assert.deepEqual(messages[0]!.data, { who: 'test', resumed: true, last: 6 });
    assert.deepEqual(seqs(messages), [5, 6]);
  });

  it('begins anew when what was missed is no longer kept, or the console is another', async () => {
    add(14);
    for (const id of [`${happenings.epoch}:2`, 'other:13', 'nonsense', `${happenings.epoch}:99`]) {
      const messages = await read((all) => seqs(all).length >= 10, id);
      assert.deepEqual(messages[0]!.data, { who: 'test', resumed: false, last: 14 }, id);
      assert.deepEqual(seqs(messages), [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    }
  });

  it('keeps a bounded number, and the full text of no more', () => {
    for (let i = 1; i <= 30; i += 1) happenings.add('test', {}, () => ({ i }));
    assert.deepEqual(
      happenings.all().map(({ seq }) => seq),
      [21, 22, 23, 24, 25, 26, 27, 28, 29, 30],
    );
    assert.equal(happenings.inFull(20), undefined);
    assert.deepEqual(happenings.inFull(21), { i: 21 });
    assert.deepEqual(happenings.after(30), []);
    assert.equal(happenings.after(31), undefined);
    assert.equal(happenings.after(19), undefined);
    assert.equal(happenings.after(20)!.length, 10);
  });
});
