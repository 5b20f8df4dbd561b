import assert from 'node:assert/strict';
import { CloudEvent } from 'cloudevents';
import { accepted, refusal } from '../../functions/answer.ts';
import { createChain } from '../../functions/chain.ts';
import type { Handler } from '../../functions/function.ts';
import type { Io } from '../../io/io.ts';
import { recordingIo } from '../io/recording-io.ts';

const event = (type: string, id = '1') => new CloudEvent({ id, type, source: '/s', subject: 'prod/café', data: {} });

/** Pauses take no time, so that all retries fit into a test; the pauses asked for are kept. */
function hurried(): { io: Io; pauses: number[]; lines: ReturnType<typeof recordingIo>['lines'] } {
  const { io, lines } = recordingIo();
  const pauses: number[] = [];
  const sleep = async (ms: number) => void pauses.push(ms);
  return { io: { ...io, clock: { ...io.clock, sleep }, random: () => 0.5 }, pauses, lines };
}

describe('the chain in memory', () => {
  it('hands an event to whoever takes its type, and the reply further', async () => {
    const { io } = recordingIo();
    const seen: string[] = [];
    const first: Handler = {
      handle: async (_, given) => {
        seen.push(`first ${(given as CloudEvent).subject}`);
        return event('b');
      },
    };
    const second: Handler = {
      handle: async () => {
        seen.push('second');
        return accepted();
      },
    };
    const chain = createChain(
      [
        { types: ['a'], handler: first },
        { types: ['b'], handler: second },
      ],
      io,
    );

    assert.deepEqual(await chain.deliver(event('a')), { status: 202 });
    assert.deepEqual(await chain.deliver(event('nobody')), { status: 202 });
    await chain.close(1000);

    // Encoded, as it would come over the wire.
    assert.deepEqual(seen, ['first prod/caf%C3%A9', 'second']);
  });

  it('tries again for at least 60 s, then says what was lost', async () => {
    const { io, pauses, lines } = hurried();
    let tries = 0;
    const down: Handler = {
      handle: async () => {
        tries++;
        return refusal(503, 'down');
      },
    };
    const chain = createChain([{ types: ['a'], handler: down }], io);
    await chain.deliver(event('a', 'gone'));
    while (!lines.some(({ message }) => message === 'event lost')) await new Promise(setImmediate);

    assert.equal(tries, 8);
    assert.ok(pauses.reduce((sum, ms) => sum + ms, 0) >= 60_000);
    assert.equal(lines[0]?.fields.id, 'gone');
    assert.match(io.metrics.text(), /events_lost_total\{type="a"\} 1/);
  });

  it('does not repeat what is rejected', async () => {
    const { io, lines } = recordingIo();
    let tries = 0;
    const handler: Handler = {
      handle: async () => {
        tries++;
        return refusal(422, 'no');
      },
    };
    const chain = createChain([{ types: ['a'], handler }], io);
    await chain.deliver(event('a'));
    await chain.close(1000);
    assert.equal(tries, 1);
    assert.equal(lines[0]?.message, 'event lost');
  });

  it('takes no more than it can keep', async () => {
    const { io } = recordingIo();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handler: Handler = { handle: () => gate.then(accepted) };
    const chain = createChain([{ types: ['a'], handler }], io);
    const statuses = await Promise.all(Array.from({ length: 1001 }, (_, i) => chain.deliver(event('a', String(i)))));
    assert.equal(statuses.filter(({ status }) => status === 202).length, 1000);
    assert.equal(statuses.at(-1)?.status, 503);
    release();
    await chain.close(1000);
  });

  it('names at the end what it gives up', async () => {
    const { io, lines } = recordingIo();
    const handler: Handler = { handle: () => new Promise(() => {}) };
    const chain = createChain([{ types: ['a'], handler }], io);
    await chain.deliver(event('a', 'stuck'));
    await chain.close(1);
    assert.deepEqual([lines[0]?.message, lines[0]?.fields.id], ['event given up', 'stuck']);
  });
});
