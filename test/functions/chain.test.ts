import assert from 'node:assert/strict';
import { CloudEvent } from 'cloudevents';
import { TryAgainError } from '../../events/errors.ts';
import { accepted, refusal } from '../../functions/answer.ts';
import { createChain } from '../../functions/chain.ts';
import type { Handler } from '../../functions/function.ts';
import type { Io } from '../../io/io.ts';
import { recordingIo } from '../io/recording-io.ts';

const event = (type: string, id = '1') => new CloudEvent({ id, type, source: '/s', subject: 'prod/café', data: {} });

/** Where no dead letter is expected. */
const nobody = (): Handler => assert.fail('a dead letter');

function collector(): { letters: CloudEvent[]; deadLetter: () => Handler } {
  const letters: CloudEvent[] = [];
  const handle = async (_: unknown, letter: unknown) => {
    letters.push(letter as CloudEvent);
    return accepted();
  };
  return { letters, deadLetter: () => ({ handle }) };
}

/** Pauses take no time, so that all retries fit into a test; the pauses asked for are kept. */
function hurried(): { io: Io; pauses: number[]; lines: ReturnType<typeof recordingIo>['lines'] } {
  const { io, lines } = recordingIo();
  const pauses: number[] = [];
  const sleep = async (ms: number) => void pauses.push(ms);
  return { io: { ...io, clock: { ...io.clock, sleep }, random: () => 0.5 }, pauses, lines };
}

describe('the chain in memory', () => {
  it('says nothing beside its log when many events wait for their next attempt', async () => {
    const { io } = recordingIo();
    const warnings: string[] = [];
    const listen = ({ message }: Error) => void warnings.push(message);
    process.on('warning', listen);
    try {
      const { deadLetter, letters } = collector();
      const busy: Handler = { handle: async () => refusal(503, 'busy') };
      const chain = createChain([{ name: 'one', takes: ['a'], handler: busy }], deadLetter, io);
      for (let i = 0; i < 20; i++) await chain.deliver(event('a', String(i)));
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(await chain.close(1000), false);
      assert.equal(letters.length, 20);
      assert.deepEqual(warnings, []);
    } finally {
      process.off('warning', listen);
    }
  });

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
        { name: 'one', takes: ['a'], handler: first },
        { name: 'two', takes: ['b'], handler: second },
      ],
      nobody,
      io,
    );

    assert.deepEqual(await chain.deliver(event('a')), { status: 202 });
    assert.deepEqual(await chain.deliver(event('nobody')), { status: 202 });
    await chain.close(1000);

    // Encoded, as it would come over the wire.
    assert.deepEqual(seen, ['first prod/caf%C3%A9', 'second']);
  });

  it('tries again for at least 60 s, then hands it to the dead letters with what was said', async () => {
    const { io, pauses } = hurried();
    let tries = 0;
    const down: Handler = {
      handle: async () => {
        tries++;
        return refusal(503, 'down');
      },
    };
    const { letters, deadLetter } = collector();
    const chain = createChain([{ name: 'one', takes: ['a'], handler: down }], deadLetter, io);
    await chain.deliver(event('a', 'gone'));
    while (letters.length === 0) await new Promise(setImmediate);

    assert.equal(tries, 7);
    assert.ok(pauses.reduce((sum, ms) => sum + ms, 0) >= 60_000);
    const [letter] = letters;
    assert.deepEqual([letter!.id, letter!.subject], ['gone', 'prod/caf%C3%A9']);
    assert.deepEqual([letter!.knativeerrordest, letter!.knativeerrorcode], ['one', '503']);
    const body = Buffer.from(String(letter!.knativeerrordata), 'base64').toString();
    assert.deepEqual(JSON.parse(body), { error: 'unavailable', message: 'down' });
  });

  it('does not repeat what is rejected', async () => {
    const { io } = recordingIo();
    let tries = 0;
    const handler: Handler = {
      handle: async () => {
        tries++;
        return refusal(422, 'no');
      },
    };
    const { letters, deadLetter } = collector();
    const chain = createChain([{ name: 'one', takes: ['a'], handler }], deadLetter, io);
    await chain.deliver(event('a'));
    await chain.close(1000);
    assert.equal(tries, 1);
    assert.deepEqual(
      letters.map(({ knativeerrorcode }) => knativeerrorcode),
      ['422'],
    );
  });

  it('takes no more than it can keep', async () => {
    const { io } = recordingIo();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handler: Handler = { handle: () => gate.then(accepted) };
    const chain = createChain([{ name: 'one', takes: ['a'], handler }], nobody, io);
    for (let i = 0; i < 1000; i++) assert.deepEqual(await chain.deliver(event('a', String(i))), { status: 202 });
    await assert.rejects(chain.deliver(event('a', 'one too many')), TryAgainError);
    release();
    assert.equal(await chain.close(1000), true);
  });

  it('says at the end that more tries might have helped', async () => {
    const { io } = recordingIo();
    const handler: Handler = { handle: async () => refusal(503, 'down') };
    const { letters, deadLetter } = collector();
    const chain = createChain([{ name: 'one', takes: ['a'], handler }], deadLetter, io);
    await chain.deliver(event('a'));
    assert.equal(await chain.close(1000), false);
    assert.equal(letters.length, 1);
  });

  it('names at the end what it gives up', async () => {
    const { io, lines } = recordingIo();
    const handler: Handler = { handle: () => new Promise(() => {}) };
    const chain = createChain([{ name: 'one', takes: ['a'], handler }], nobody, io);
    await chain.deliver(event('a', 'stuck'));
    assert.equal(await chain.close(1), false);
    assert.deepEqual([lines[0]?.message, lines[0]?.fields.id], ['event given up at the end of the process', 'stuck']);
  });
});
