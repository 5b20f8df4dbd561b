// One suite over both hosts, as real processes, with the same function. What the stock runtime may do otherwise stands in
// exceptions.ts.
import assert from 'node:assert/strict';
import { connect, exchange, parse, type RawAnswer, readToEnd, requestText } from '../io/raw-client.ts';
import { type Case, cases, type Outcome } from './cases.ts';
import { exceptions } from './exceptions.ts';
import { type HostName, hostNames, launch, type Running, start } from './processes.ts';

const echo = ['--import', 'tsx', 'test/conformance/start-echo.ts'];
const event = ['ce-specversion: 1.0', 'ce-id: e1', 'ce-source: /s', 'ce-type: t', 'content-length: 0'];
const acting = (act: string) => requestText('POST /', [...event, `x-act: ${act}`]);

/** What counts of an answer, as far as the case says anything of it. */
function outcomeOf(answer: RawAnswer, { look }: Case, asked: Partial<Outcome>): Outcome {
  const isJson = answer.body !== '' && answer.headers['content-type']?.startsWith('application/json');
  return {
    status: answer.status,
    ...('type' in asked ? { type: answer.headers['content-type']?.split(';')[0] } : {}),
    ...('body' in asked ? { body: isJson ? (JSON.parse(answer.body) as unknown) : answer.body } : {}),
    ...(look === undefined || look.length === 0
      ? {}
      : { headers: Object.fromEntries(look.map((name) => [name, answer.headers[name] ?? ''])) }),
  };
}

for (const host of hostNames) {
  describe(`conformance: ${host}`, () => {
    let running: Running;
    before(async () => {
      running = await start(host, echo);
    });
    after(() => running.stop());

    for (const one of cases) {
      const exception = host === 'own' ? undefined : exceptions[one.name];
      it(exception ? `${one.name} (stock: ${exception.reason})` : one.name, async () => {
        const answer = await exchange(running.port, one.request);
        // An answer without a word about its body has none.
        const silent = one.expected.status < 400 && !('body' in one.expected) && one.name !== 'metrics';
        const expected = silent ? { ...one.expected, body: '' } : one.expected;
        if (exception === undefined) {
          assert.deepEqual(outcomeOf(answer, one, expected), expected, running.output());
          if (host === 'own' && answer.status >= 400 && answer.body !== '') assertShortError(answer);
          return;
        }
        assert.notDeepEqual(
          outcomeOf(answer, one, expected),
          expected,
          'it does not differ any more: remove the exception',
        );
        const { headers: _headers, ...stock } = outcomeOf(answer, one, exception.stock);
        assert.deepEqual(stock, exception.stock);
      });
    }
  });
}

describe('conformance: exceptions', () => {
  it('are of cases that exist', () => {
    const names = new Set(cases.map((one) => one.name));
    assert.equal(names.size, cases.length);
    for (const name of Object.keys(exceptions)) assert.ok(names.has(name), name);
  });
});

function assertShortError({ body, headers }: RawAnswer): void {
  assert.ok(headers['content-type']?.startsWith('application/json'));
  assert.ok(Buffer.byteLength(body) < 500);
  assert.deepEqual(Object.keys(JSON.parse(body) as object), ['error', 'message']);
}

let processes: Running[] = [];

async function keep(starting: Promise<Running>): Promise<Running> {
  const running = await starting;
  processes.push(running);
  return running;
}

async function stopAll(): Promise<void> {
  await Promise.all(processes.map((running) => running.stop()));
  processes = [];
}

for (const host of hostNames) {
  describe(`life of the process: ${host}`, () => {
    const begin = (way: typeof start, env: Record<string, string> = {}) => keep(way(host, echo, env));
    afterEach(stopAll);

    it('ends with 1 and says why when init throws', async () => {
      const running = await begin(launch, { ECHO_INIT: 'fails' });
      assert.equal(await running.ended, 1);
      assert.match(running.output(), /init says no/);
    });

    it('ends with 1 and says so when the port is in use', async () => {
      const { port } = await begin(start);
      const second = await begin(launch, { PORT: String(port) });
      assert.equal(await second.ended, 1);
      assert.match(second.output(), /in use|EADDRINUSE/);
    });

    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      it(`calls shutdown at ${signal} and ends with 0`, async () => {
        const running = await begin(start);
        running.process.kill(signal);
        assert.equal(await running.ended, 0);
        assert.match(running.output(), /shutdown was called/);
      });
    }

    for (const [act, reason] of [
      ['crash', 'crashed on purpose'],
      ['forgotten promise', 'forgotten on purpose'],
    ] as const) {
      it(`ends with 1 and says why after a ${act}`, async () => {
        const running = await begin(start);
        void exchange(running.port, acting(act));
        assert.equal(await running.ended, 1);
        assert.match(running.output(), new RegExp(`"message":"crashed".*${reason}`));
      });
    }

    const ends: Record<HostName, { status: number; reason: string }> = {
      own: { status: 202, reason: 'answers what is under way before it ends' },
      // lib/index.js: the server's end is not awaited.
      'faas-js-runtime': { status: Number.NaN, reason: 'drops what is under way (exception)' },
    };
    it(ends[host].reason, async () => {
      const running = await begin(start);
      const socket = await connect(running.port);
      socket.write(acting('slow'));
      const answer = readToEnd(socket);
      await running.wrote('slow has begun');
      running.process.kill('SIGTERM');
      assert.equal(parse(await answer).status, ends[host].status);
      assert.equal(await running.ended, 0);
    });
  });
}

describe('life of the process: our host', () => {
  afterEach(stopAll);

  it('ends with 1 and says how much it cut when the grace period is too short', async () => {
    const running = await keep(start('own', echo, { GRACE_MS: '100' }));
    void exchange(running.port, acting('slow'));
    await running.wrote('slow has begun');
    running.process.kill('SIGTERM');
    assert.equal(await running.ended, 1);
    assert.match(running.output(), /"message":"ended","cut":1,"clean":false/);
  });

  it('takes a second signal for the same one', async () => {
    const running = await keep(start('own', echo));
    void exchange(running.port, acting('slow'));
    await running.wrote('slow has begun');
    running.process.kill('SIGINT');
    running.process.kill('SIGINT');
    assert.equal(await running.ended, 0);
  });

  it('writes JSON lines only', async () => {
    const running = await keep(start('own', echo));
    await exchange(running.port, 'nonsense\r\n\r\n');
    await exchange(running.port, acting('error'));
    running.process.kill('SIGTERM');
    await running.ended;
    const lines = running
      .output()
      .trim()
      .split('\n')
      .filter((line) => line !== 'shutdown was called');
    assert.ok(lines.length >= 5);
    for (const line of lines) assert.equal(typeof (JSON.parse(line) as { message: unknown }).message, 'string');
    assert.doesNotMatch(running.output(), /secret words/);
  });
});
