import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get as secureGet } from 'node:https';
import {
  BASE_PATH,
  createModelRegistryStandIn,
  type StandIn,
  type StandInOptions,
} from '../../../stand-ins/model-registry/index.ts';
import { call, get, label } from './client.ts';

const JUKEBOX = { name: 'jukebox', versions: [{ name: '1.0.0', labels: ['prod'] }, { name: '1.1.0' }] };
const fixture = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8');

describe('the Model Registry stand-in as a server', () => {
  let standIn: StandIn;
  const start = async (options?: StandInOptions) => {
    standIn = await createModelRegistryStandIn(options);
    standIn.addModel(JUKEBOX);
    return standIn;
  };
  afterEach(() => standIn.close());

  it('answers below a path prefix only', async () => {
    await start({ pathPrefix: '/model-registry/prod/' });
    assert.match(standIn.url, /127\.0\.0\.1:\d+\/model-registry\/prod$/);
    assert.equal((await get(standIn, '/registered_model?name=jukebox')).status, 200);
    const beside = await fetch(new URL('/api/model_registry/v1alpha3/registered_models', standIn.url));
    assert.equal(beside.status, 404);
  });

  it('writes the times of its clock, also as Date', async () => {
    let time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    await start({ clock: () => time });
    time += 60_000;
    const reply = await call(standIn, 'PATCH', '/model_versions/2', {});
    assert.equal(reply.body.createTimeSinceEpoch, String(time - 60_000));
    assert.equal(reply.body.lastUpdateTimeSinceEpoch, String(time));
    assert.equal(reply.headers.get('date'), 'Fri, 02 Jan 2026 03:05:05 GMT');
  });

  it('stands behind a sidecar when it has a token: 401 without it, 403 without rights, in plain text', async () => {
    await start({ token: 'good', forbiddenToken: 'known' });
    const as = (authorization?: string) =>
      call(standIn, 'GET', '/registered_models', undefined, authorization ? { headers: { authorization } } : {});
    assert.deepEqual(
      await Promise.all(
        [as(), as('Bearer bad'), as('Bearer known'), as('Bearer good')].map(async (r) => (await r).status),
      ),
      [401, 401, 403, 200],
    );
    const refused = await as();
    assert.equal(refused.text, 'Unauthorized\n');
    assert.equal(refused.headers.get('content-type'), 'text/plain; charset=utf-8');
  });

  it('serves HTTPS with a certificate that a given CA signed', async () => {
    await start({ tls: { key: fixture('server.key'), cert: fixture('server.crt') } });
    const status = (ca: string | undefined) =>
      new Promise<number | string>((resolve) => {
        secureGet(`${standIn.url}${BASE_PATH}/registered_models`, { ca }, (response) => {
          response.resume();
          resolve(response.statusCode!);
        }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code!));
      });
    assert.equal(await status(fixture('ca.crt')), 200);
    assert.equal(await status(undefined), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('logs every request and tells it as an event', async () => {
    await start();
    const told = once(standIn.events, 'call');
    await get(standIn, '/registered_model?name=absent');
    const [event] = await told;
    await call(standIn, 'PATCH', '/model_versions/2', { state: 'LIVE' });
    assert.equal(event, standIn.calls[0]);
    assert.deepEqual(
      standIn.calls.map(({ method, path, status }) => [method, path.replace(/.*v1alpha3/, ''), status]),
      [
        ['GET', '/registered_model?name=absent', 404],
        ['PATCH', '/model_versions/2', 200],
      ],
    );
  });

  describe('faults to order', () => {
    const patch = () =>
      call(standIn, 'PATCH', '/model_versions/3', { state: 'LIVE', customProperties: { prod: label } });
    const labelled = () => standIn.labels().jukebox!['1.1.0']!.includes('prod');

    const gateway = { status: 504, headers: { 'Retry-After': '1' }, body: 'gateway timeout' };
    for (const after of [false, true]) {
      const when = after ? 'after the effect' : 'in place of the effect';
      it(`answers ${when}`, async () => {
        await start();
        standIn.faults.onRequest = ({ method }) =>
          method === 'PATCH' ? (after ? { after: gateway } : gateway) : undefined;
        const reply = await patch();
        assert.deepEqual([reply.status, reply.text, reply.headers.get('retry-after')], [504, 'gateway timeout', '1']);
        assert.equal(labelled(), after);
        assert.equal((await get(standIn, '/model_versions/3')).status, 200);
      });

      it(`ends the connection ${when}`, async () => {
        await start();
        standIn.faults.onRequest = () => (after ? { after: 'reset' } : 'reset');
        await assert.rejects(patch(), TypeError);
        assert.equal(labelled(), after);
        assert.equal(standIn.calls[0]!.status, 0);
      });

      it(`gives no answer ${when}, until it is closed`, async () => {
        await start();
        standIn.faults.onRequest = () => (after ? { after: 'hang' } : 'hang');
        const told = once(standIn.events, 'call');
        const reply = assert.rejects(patch(), TypeError);
        await told;
        assert.equal(labelled(), after);
        await standIn.close();
        await reply;
        await start();
      });
    }

    it('shows the request to the fault function', async () => {
      await start();
      const seen: unknown[] = [];
      standIn.faults.onRequest = ({ method, path, query, headers, body, number }) => {
        seen.push([method, path, query.get('pageSize'), headers['x-case'], body, number]);
        return undefined;
      };
      await call(standIn, 'GET', '/registered_models/1/versions?pageSize=7', undefined, { headers: { 'x-case': 'a' } });
      await call(standIn, 'PATCH', '/model_versions/2', {});
      assert.deepEqual(seen, [
        ['GET', '/registered_models/1/versions', '7', 'a', '', 1],
        ['PATCH', '/model_versions/2', null, undefined, '{}', 2],
      ]);
    });

    it('lets a change happen after its client hung up', async () => {
      await start();
      standIn.faults.latencyMs = 20;
      const told = once(standIn.events, 'call');
      const gone = new AbortController();
      const arrived = new Promise<void>((resolve) => {
        standIn.faults.onRequest = () => void resolve();
      });
      const reply = call(
        standIn,
        'PATCH',
        '/model_versions/3',
        { customProperties: { prod: label } },
        { signal: gone.signal },
      );
      await arrived;
      gone.abort();
      await assert.rejects(reply, { name: 'AbortError' });
      await told;
      assert.equal(labelled(), true);
    });

    it('loses a label to a change of the author that had read before it', async () => {
      await start();
      let goOn = () => {};
      const read = new Promise<void>((readIsDone) => {
        standIn.faults.beforeWrite = () => {
          standIn.faults.beforeWrite = undefined;
          readIsDone();
          return new Promise((resolve) => {
            goOn = resolve;
          });
        };
      });
      const author = call(standIn, 'PATCH', '/model_versions/3', { state: 'LIVE', author: 'ada' });
      await read;
      assert.equal((await patch()).body.customProperties.prod.string_value, '');
      goOn();
      assert.equal((await author).status, 200);
      assert.equal(labelled(), false);
    });
  });
});
