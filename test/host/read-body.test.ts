import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { TryAgainError } from '../../events/errors.ts';
import { createBudget, Gone, type LeastRate, readBody } from '../../host/read-body.ts';
import { httpServer, type LocalServer } from '../io/local-server.ts';
import { connect, requestText } from '../io/raw-client.ts';

const mib = 1024 * 1024;
const limit = 4 * mib;
const room = 8 * mib;
const kept = 2 * mib;

describe('reading a body', () => {
  const budget = createBudget(room, kept);
  let server: LocalServer;
  let ends: (Buffer | Error)[];
  let leastRate: LeastRate;
  let ended: () => void;
  before(async () => {
    server = await httpServer(async (request, response) => {
      const end = await readBody(request, limit, budget, leastRate).catch((error: Error) => error);
      if (Buffer.isBuffer(end)) budget.give(end.length);
      response.writeHead(200, { connection: 'close' }).end();
      ends.push(end);
      ended();
    });
  });
  after(() => server.close());
  beforeEach(() => {
    ends = [];
    leastRate = { bytes: 1, windowMs: 200_000 };
  });

  /** Sends it all at once; resolves when `count` bodies have come to their end. */
  async function send(count: number, text: string, then: (socket: Socket) => unknown = () => {}): Promise<void> {
    const all = new Promise<void>((resolve) => {
      ended = () => ends.length >= count && resolve();
    });
    const sockets = await Promise.all(Array.from({ length: count }, () => connect(server.port)));
    await Promise.all(
      sockets.map(async (socket) => {
        socket.on('error', () => {});
        await new Promise((resolve) => socket.write(text, 'latin1', resolve));
        then(socket);
      }),
    );
    await all;
    for (const socket of sockets) socket.destroy();
  }
  const declared = (length: number, sent: number) =>
    requestText('POST /', [`content-length: ${length}`], 'x'.repeat(sent));

  /** All of the room is there again, and not a byte more. */
  function assertGivenBack(): void {
    assert.equal(budget.take(room, true), true, 'something was not given back');
    assert.equal(budget.take(1, true), false, 'more was given back than taken');
    budget.give(room);
  }

  it('is whole, to the last byte of the limit', async () => {
    await send(1, declared(limit, limit));
    assert.equal((ends[0] as Buffer).length, limit);
    assertGivenBack();
  });

  it('takes not much more than its bytes, however small the pieces are in which it comes', async () => {
    const socket = await connect(server.port);
    const whole = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const many = Buffer.from('1\r\nx\r\n'.repeat(10_000));
    socket.write(requestText('POST /', ['transfer-encoding: chunked']));
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    for (let i = 0; i < 100; i++) {
      if (!socket.write(many)) await once(socket, 'drain');
      most = Math.max(most, process.memoryUsage().heapUsed - before);
    }
    socket.write('0\r\n\r\n');
    await whole;
    assert.ok((ends[0] as Buffer).equals(Buffer.alloc(1_000_000, 'x')));
    assert.ok(most < 64 * mib, `${most} bytes for 1,000,000`);
    socket.destroy();
    assertGivenBack();
  });

  const ways: [string, number, (socket: Socket) => unknown][] = [
    ['cut off by the sender', mib, (socket) => socket.destroy()],
    ['reset by the sender', mib, (socket) => socket.resetAndDestroy()],
    ['ended by the sender before it is whole', mib, (socket) => socket.end()],
  ];
  for (const [way, sent, end] of ways)
    it(`gives back what it held when it is ${way}`, async () => {
      await send(1, declared(limit, sent), end);
      assert.ok(ends[0] instanceof Gone, String(ends[0]));
      assertGivenBack();
    });

  it('gives back what it held when it grows beyond the limit', async () => {
    const chunk = `${(limit + 1).toString(16)}\r\n${'x'.repeat(limit + 1)}\r\n0\r\n\r\n`;
    await send(1, requestText('POST /', ['transfer-encoding: chunked'], chunk));
    assert.match(String(ends[0]), /at most 4194304 bytes/);
    assertGivenBack();
  });

  it('gives back what it held when it does not come any further', async () => {
    leastRate = { bytes: 1, windowMs: 20 };
    await send(1, declared(limit, mib));
    assert.ok(ends[0] instanceof TryAgainError);
    assert.match(ends[0].message, /too slowly/);
    assertGivenBack();
  });

  it('is taken, however long it takes, while as much comes as has to', async () => {
    leastRate = { bytes: 0, windowMs: 1 };
    const socket = await connect(server.port);
    const text = declared(mib, mib);
    socket.write(text.slice(0, -1), 'latin1');
    // Some windows pass.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const whole = new Promise<void>((resolve) => {
      ended = resolve;
    });
    socket.end(text.slice(-1), 'latin1');
    await whole;
    assert.equal((ends[0] as Buffer).length, mib);
    assertGivenBack();
  });

  it('is small up to 1 MiB: such a one finds the room that larger ones leave', async () => {
    const taken = room - kept;
    assert.ok(budget.take(taken, true));
    await send(1, declared(mib + 1, mib + 1));
    assert.ok(ends[0] instanceof TryAgainError);
    ends = [];
    await send(1, declared(mib, mib));
    assert.equal((ends[0] as Buffer).length, mib);
    budget.give(taken);
    assertGivenBack();
  });

  it('finds room when it is small, however many small ones never end: the first of them makes room', async () => {
    const sockets = await Promise.all(Array.from({ length: room / mib + 1 }, () => connect(server.port)));
    for (const socket of sockets) socket.on('error', () => {});
    const given = new Promise<void>((resolve) => {
      ended = resolve;
    });
    for (const socket of sockets) socket.write(declared(mib, mib - 1), 'latin1');
    await given;
    assert.match(String(ends[0]), /Too many requests/);
    const whole = new Promise<Buffer>((resolve) => {
      ended = () => Buffer.isBuffer(ends.at(-1)) && resolve(ends.at(-1) as Buffer);
    });
    const small = await connect(server.port);
    small.write(declared(mib, mib), 'latin1');
    assert.equal((await whole).length, mib);
    small.destroy();
    const gone = new Promise<void>((resolve) => {
      ended = () => budget.unfinished.size === 0 && resolve();
    });
    for (const socket of sockets) socket.destroy();
    await gone;
    assertGivenBack();
  });

  it('gives back what it held when there is no room, and large ones leave the room that small ones have', async () => {
    const until = (count: number) =>
      new Promise<void>((resolve) => {
        ended = () => ends.length === count && resolve();
      });
    const refused = until(1);
    const sockets = await Promise.all([1, 2].map(() => connect(server.port)));
    for (const socket of sockets) {
      socket.on('error', () => {});
      socket.write(declared(limit, limit - 1), 'latin1');
    }
    await refused;
    assert.match(String(ends[0]), /Too many requests/);
    const small = until(2);
    const one = await connect(server.port);
    one.write(declared(mib, mib), 'latin1');
    await small;
    assert.equal((ends[1] as Buffer).length, mib);
    const gone = until(3);
    for (const socket of [...sockets, one]) socket.destroy();
    await gone;
    assertGivenBack();
  });
});
