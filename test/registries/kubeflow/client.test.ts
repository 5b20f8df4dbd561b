import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '../../../config/limits.ts';
import { TryAgainError } from '../../../events/errors.ts';
import type { HttpRequest } from '../../../io/io.ts';
import { createClient } from '../../../registries/kubeflow/client.ts';
import { readOnePage } from '../../../registries/kubeflow/pages.ts';
import { ca, closedPort, httpServer, type LocalServer, otherCa, tlsServer } from '../../io/local-server.ts';
import { API, adapterAt, testIo } from './world.ts';

const MODEL = {
  id: '1',
  name: 'jukebox',
  state: 'LIVE',
  customProperties: {},
  createTimeSinceEpoch: '1795418343106',
  lastUpdateTimeSinceEpoch: '1795418343106',
};
const model = { id: '1', name: 'jukebox', state: 'LIVE', properties: new Map() };
const version = { id: '7', modelId: '1', name: '1.0.0', state: 'LIVE', properties: new Map() };
const SECRET = 'eyJhbGciOi.secret-token';

const answer = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=UTF-8';
  response.writeHead(status, { 'content-type': type, ...headers }).end(text);
};

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof TryAgainError, String(error));
    return error.message;
  }
  return assert.fail('expected a TryAgainError');
}

describe('a call to the Model Registry', () => {
  let server: LocalServer | undefined;
  let requests: { method: string; url: string; headers: IncomingMessage['headers'] }[];

  async function serve(respond: (response: ServerResponse, request: IncomingMessage) => void): Promise<string> {
    requests = [];
    server = await httpServer((request, response) => {
      requests.push({ method: request.method!, url: request.url!, headers: request.headers });
      request.resume().on('end', () => respond(response, request));
    });
    return server.url;
  }

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  for (const [given, path] of [
    ['', ''],
    ['/', ''],
    ['/model-registry/prod', '/model-registry/prod'],
    ['/model-registry/prod//', '/model-registry/prod'],
  ] as const) {
    it(`goes to the API below the path of the address, here "${given}"`, async () => {
      const url = await serve((response) => answer(response, 200, MODEL));
      const registry = adapterAt(url + given, { api: `${API}/` });
      await registry.findModel('jukebox');
      assert.equal(requests[0]!.url, `${path}${API}/registered_model?name=jukebox`);
      assert.equal(registry.url, url + path);
    });
  }

  it('encodes a name so that it stays one parameter', async () => {
    const url = await serve((response) => answer(response, 200, { ...MODEL, name: 'a&b=c+d #é' }));
    await adapterAt(url).findModel('a&b=c+d #é');
    assert.equal(requests[0]!.url, `${API}/registered_model?name=a%26b%3Dc%2Bd%20%23%C3%A9`);
  });

  it('quotes what the registry says of a refusal, but not of a page token, which is text of an answer', async () => {
    const url = await serve((response) => answer(response, 400, { code: '400', message: 'invalid "xyz"' }));
    const client = createClient({ url, api: API, token: () => undefined, ca: () => undefined }, testIo());
    const list = { route: '/registered_models', read: () => undefined };
    assert.match(await refusal(readOnePage(client, list)), /status 400, "invalid/);
    const told = await refusal(readOnePage(client, list, 'xyz'));
    assert.match(told, /GET \/registered_models: status 400$/);
  });

  it('asks to try again where a page token cannot be sent back: half a character', async () => {
    const url = await serve((response) =>
      answer(response, 200, { items: [], nextPageToken: '\ud800', size: 0, pageSize: 0 }),
    );
    const list = { route: '/registered_models', read: (json: unknown) => json };
    const client = createClient({ url, api: API, token: () => undefined, ca: () => undefined }, testIo());
    const { next } = await readOnePage(client, list);
    await assert.rejects(readOnePage(client, list, next), TryAgainError);
    assert.equal(requests.length, 1);
  });

  it('shows an address without credentials', () => {
    assert.equal(adapterAt('https://ada:pass@registry.example/x?y=z').url, 'https://registry.example/x');
  });

  it('asks for the token before every call and sends none where there is none', async () => {
    const url = await serve((response) => answer(response, 200, MODEL));
    const tokens = ['first', 'second\n', undefined, ''];
    const registry = adapterAt(url, { token: () => tokens.shift() });
    for (let call = 0; call < 4; call++) await registry.findModel('jukebox');
    assert.deepEqual(
      requests.map(({ headers }) => headers.authorization),
      ['Bearer first', 'Bearer second', undefined, undefined],
    );
  });

  it('says which file cannot be read, and sends nothing', async () => {
    const url = await serve((response) => answer(response, 200, MODEL));
    const token = () => {
      throw new Error('/var/run/secrets/token cannot be read: ENOENT');
    };
    assert.match(await refusal(adapterAt(url, { token }).findModel('jukebox')), /\/var\/run\/secrets\/token/);
    assert.match(await refusal(adapterAt(url, { ca: token }).findModel('jukebox')), /\/var\/run\/secrets\/token/);
    assert.equal(requests.length, 0);
  });

  it('sends the token as the password of a user, where one is named', async () => {
    const url = await serve((response) => answer(response, 200, MODEL));
    await adapterAt(url, { token: () => 'pass', user: 'ada' }).findModel('jukebox');
    assert.equal(requests[0]!.headers.authorization, `Basic ${Buffer.from('ada:pass').toString('base64')}`);
  });

  it('does not send a token that is no word, nor show it', async () => {
    const url = await serve((response) => answer(response, 200, MODEL));
    const message = await refusal(adapterAt(url, { token: () => 'two\r\nX-Lines: yes' }).findModel('jukebox'));
    assert.match(message, /MODEL_REGISTRY_TOKEN/);
    assert.doesNotMatch(message, /X-Lines/);
    assert.equal(requests.length, 0);
  });

  it('does not follow a redirect, so that the token stays with the configured host', async () => {
    const elsewhere = await httpServer((_request, response) => answer(response, 200, MODEL));
    let visited = false;
    try {
      const url = await serve((response) => answer(response, 302, '', { location: `${elsewhere.url}/` }));
      const message = await refusal(adapterAt(url, { token: () => SECRET }).findModel('jukebox'));
      assert.match(message, /status 302.*MODEL_REGISTRY_URL/);
      visited = requests.length > 1;
    } finally {
      await elsewhere.close();
    }
    assert.ok(!visited);
  });

  it('trusts the given CA only, read anew for every call', async () => {
    server = await tlsServer((_request, response) => answer(response, 200, MODEL));
    const cas = [undefined, otherCa, ca];
    const registry = adapterAt(server.url, { ca: () => cas.shift(), token: () => SECRET });
    assert.doesNotMatch(await refusal(registry.findModel('jukebox')), /secret/);
    await refusal(registry.findModel('jukebox'));
    assert.equal((await registry.findModel('jukebox'))?.id, '1');
  });

  it('gives each call the limit of a registry call', async () => {
    const asked: HttpRequest[] = [];
    const io = testIo();
    io.api = async (request) => {
      asked.push(request);
      return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(MODEL)) };
    };
    await adapterAt('http://registry.example', {}, io).findModel('jukebox');
    assert.deepEqual(
      asked.map(({ timeoutMs }) => timeoutMs),
      [limits.registryCall],
    );
  });

  it('lets a fault of ours through as what it is', async () => {
    const io = testIo();
    io.api = async () => {
      throw new TypeError('ours');
    };
    await assert.rejects(adapterAt('http://registry.example', {}, io).findModel('jukebox'), TypeError);
  });

  it('asks to try again where nothing listens', async () => {
    assert.match(await refusal(adapterAt(await closedPort()).findModel('jukebox')), /GET \/registered_model/);
  });

  describe('answered otherwise than asked', () => {
    const refusals: [string, number, unknown, RegExp, Record<string, string>?][] = [
      ['401 of a sidecar', 401, 'Unauthorized', /status 401.*MODEL_REGISTRY_TOKEN/],
      ['403 of a sidecar', 403, 'Forbidden (user=x)', /status 403.*role/],
      ['404 of a route', 404, '404 page not found\n', /status 404.*MODEL_REGISTRY_URL/],
      ['404 of a proxy, as HTML', 404, '<html>no</html>', /status 404/, { 'content-type': 'text/html' }],
      ['404 of a gateway, as JSON', 404, { message: 'no Route matched with those values' }, /status 404/],
      ['404 of a cluster, as JSON', 404, { kind: 'Status', code: 404, message: 'service not found' }, /status 404/],
      ['404 of a gateway with a code of its own', 404, { code: 'NOT_FOUND', message: 'route not found' }, /status 404/],
      ['404 of something else', 404, { code: 'Not Found', message: 'go away' }, /status 404/],
      ['405', 405, '', /status 405.*MODEL_REGISTRY_URL/],
      ['409', 409, { code: 'Conflict', message: 'already exists' }, /status 409, "already exists"/],
      ['410 of an ended API', 410, 'Gone', /status 410.*MODEL_REGISTRY_API/],
      ['422', 422, { code: 'Bad Request', message: 'required' }, /status 422/],
      ['429', 429, 'slow down', /status 429/],
      ['500', 500, { code: 'Internal Server Error', message: 'refused' }, /status 500, "refused"/],
      ['503 as text', 503, 'Datastore service is down', /status 503/],
      [
        '200 with HTML',
        200,
        '<!doctype html><title>Log in</title>',
        /not JSON: text\/plain, "Log in"; look at MODEL_REGISTRY_URL/,
      ],
      ['200 with half a JSON', 200, '{"id":"1","name":"juke', /not JSON/],
      ['200 with another shape', 200, { id: 1, name: 'jukebox' }, /expected string at id/],
      ['200 with null', 200, 'null', /expected Object/],
      ['200 with a list', 200, [MODEL], /registered model/],
      ['200 with properties that are no map', 200, { ...MODEL, customProperties: [] }, /at customProperties/],
      ['201', 201, MODEL, /status 201/],
      ['204', 204, '', /status 204/],
    ];
    for (const [what, status, body, expected, headers] of refusals) {
      it(`asks to try again: ${what}`, async () => {
        const url = await serve((response) => answer(response, status, body, headers));
        const message = await refusal(adapterAt(url, { token: () => SECRET }).findModel('jukebox'));
        assert.match(message, expected);
        assert.match(message, /^model registry: GET \/registered_model: /);
        assert.doesNotMatch(message, /secret|juke/);
        assert.equal(requests.length, 1, 'no repeat');
      });
    }

    it('believes no text that is not UTF-8, because it would be written back wrongly', async () => {
      const bytes = Buffer.from(JSON.stringify({ ...MODEL, description: '\u00e9' }), 'latin1');
      const url = await serve((response) => response.writeHead(200).end(bytes));
      assert.match(await refusal(adapterAt(url).findModel('jukebox')), /not JSON/);
    });

    it('asks to try again when the answer is cut off', async () => {
      const url = await serve((response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('{"id":"1"');
        setImmediate(() => response.destroy());
      });
      assert.match(await refusal(adapterAt(url).findModel('jukebox')), /GET \/registered_model/);
    });

    it('quotes of the registry one short line, without our token', async () => {
      const said = `bad\n\u001b[31m ${SECRET} ${'x'.repeat(500)}`;
      const url = await serve((response) => answer(response, 500, { code: 'Internal Server Error', message: said }));
      const message = await refusal(adapterAt(url, { token: () => SECRET }).findModel('jukebox'));
      assert.match(message, /"bad \[31m \(hidden\) x+…"$/);
      assert.ok(message.length < 300 && !message.includes('secret'), message);
    });

    it('takes the 404 of a look-up as "there is none", also from servers without error codes', async () => {
      for (const code of ['Not Found', '']) {
        const message = 'no registered models found for name=jukebox, externalId=: not found';
        const url = await serve((response) => answer(response, 404, { code, message }));
        assert.equal(await adapterAt(url).findModel('jukebox'), undefined);
        await server?.close();
      }
    });

    it('says that a write refused with 404 or 400 can be an outage', async () => {
      const said = { code: 'Not Found', message: 'no model version found for id 7: not found' };
      const url = await serve((response) => answer(response, 404, said));
      const message = await refusal(adapterAt(url).changeVersion(version, { set: { prod: '' }, remove: [] }));
      assert.match(message, /PATCH \/model_versions\/\d+: status 404.*database is down/);
    });

    it('says the same of a list refused with "type mismatch"', async () => {
      const said = 'error listing: invalid filter query, type mismatch or invalid value in comparison: bad request';
      const url = await serve((response) => answer(response, 400, { code: 'Bad Request', message: said }));
      assert.match(await refusal(adapterAt(url).models()), /status 400.*database is down/);
    });

    it('says of a write without an answer that it may have been done', async () => {
      const url = await serve((response) => response.destroy());
      const message = await refusal(adapterAt(url).changeModel(model, { set: { a: 'b' }, remove: [] }));
      assert.match(message, /PATCH \/registered_models\/\d+: .*may have been done/);
      assert.equal(requests.length, 1);
    });

    it('asks to try again when the answer to a write does not show it', async () => {
      const url = await serve((response) => answer(response, 200, MODEL));
      const registry = adapterAt(url);
      assert.match(await refusal(registry.changeModel(model, { set: { a: 'b' }, remove: [] })), /does not show/);
      const held = { ...model, properties: new Map([['a', { type: 'string', value: '' } as const]]) };
      assert.equal((await registry.changeModel(held, { set: {}, remove: ['a'] })).id, '1');
      assert.match(
        await refusal(registry.changeModel({ ...model, id: '2' }, { set: {}, remove: [] })),
        /does not show/,
      );
    });
  });

  it('knows the time of the registry by its latest answer', async () => {
    const dates = ['Mon, 23 Nov 2026 07:19:03 GMT', 'no date', 'Mon, 23 Nov 2026 07:20:00 GMT'];
    const url = await serve((response) => answer(response, 200, MODEL, { date: dates.shift()! }));
    const registry = adapterAt(url);
    const seen = [registry.serverTime()];
    for (let call = 0; call < 3; call++) {
      await registry.findModel('jukebox');
      seen.push(registry.serverTime());
    }
    assert.deepEqual(seen, [undefined, 1795418343000, 1795418343000, 1795418400000]);
  });

  it('says once that the API version is to end', async () => {
    const headers = { deprecation: '@1795418343', sunset: 'Mon, 23 Aug 2027 00:00:00 GMT' };
    const url = await serve((response) => answer(response, 200, MODEL, headers));
    const io = testIo();
    const registry = adapterAt(url, {}, io);
    await registry.findModel('jukebox');
    await registry.findModel('jukebox');
    assert.deepEqual(
      io.lines.map(({ level, fields }) => [level, fields]),
      [['warn', { ...headers, link: '' }]],
    );
  });
});
