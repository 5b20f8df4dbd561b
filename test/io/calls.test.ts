import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callsTo, withWaiting } from '../../io/calls.ts';
import type { Clock, Http } from '../../io/io.ts';
import { recordingIo } from './recording-io.ts';

/** Time that goes on only when it is told to. */
function handClock(): Clock & { at: number } {
  return { at: 0, now: () => 0, monotonic: () => clock.at, sleep: async () => {} } as Clock & { at: number };
}
let clock: Clock & { at: number };

describe('calls to a server', () => {
  beforeEach(() => {
    clock = handClock();
  });

  /** Calls that end when they are told to. */
  function held() {
    const ends: (() => void)[] = [];
    const http: Http = () =>
      new Promise((resolve) => ends.push(() => resolve({ status: 200, headers: {}, body: Buffer.alloc(0) })));
    return { ends, http };
  }
  const request = { method: 'GET', url: 'http://127.0.0.1/', timeoutMs: 1 } as const;

  it('are waited for once when they go side by side, and what comes between is the own time', async () => {
    const { ends, http } = held();
    const { api } = callsTo('gitea', { ...recordingIo().io, clock, api: http });
    await withWaiting(clock, async (waiting) => {
      clock.at = 10;
      const both = Promise.all([api(request), api(request)]);
      clock.at = 20;
      ends[0]!();
      clock.at = 30;
      assert.equal(waiting.ms(), 20);
      ends[1]!();
      await both;
      clock.at = 100;
      assert.equal(waiting.ms(), 20);
    });
  });

  it('count for the event that made them, and for no other', async () => {
    const { ends, http } = held();
    const { api } = callsTo('gitea', { ...recordingIo().io, clock, api: http });
    const idle = withWaiting(clock, (waiting) => waiting);
    await withWaiting(clock, async (waiting) => {
      const call = api(request);
      const inner = withWaiting(clock, (own) => own);
      clock.at = 5;
      ends[0]!();
      await call;
      assert.deepEqual([waiting.ms(), inner.ms(), idle.ms()], [5, 0, 0]);
    });
  });

  describe('over HTTP', () => {
    let server: Server;
    let url: string;
    let statuses: number[];
    before(async () => {
      server = createServer((_, response) => {
        const status = statuses.shift();
        if (status === undefined) response.destroy();
        else response.writeHead(status).end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    });
    after(() => void server.close());

    it('are counted by server and class of status, also when there is no answer', async () => {
      const { io } = recordingIo();
      statuses = [200, 204, 404, 503];
      const registry = callsTo('registry', io);
      for (const _ of [1, 2, 3, 4]) await registry.api({ method: 'GET', url, timeoutMs: 200_000 });
      await assert.rejects(callsTo('sink', io).sink({ method: 'POST', url, timeoutMs: 200_000 }));
      const lines = io.metrics.text().split('\n');
      for (const line of [
        'calls_total{code="2xx",server="registry"} 2',
        'calls_total{code="4xx",server="registry"} 1',
        'calls_total{code="5xx",server="registry"} 1',
        'calls_total{code="none",server="sink"} 1',
        'call_duration_seconds_count{server="registry"} 4',
      ])
        assert.ok(lines.includes(line), line);
    });
  });
});
