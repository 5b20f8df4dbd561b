// Which connection makes room, of a real server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { boundConnections } from '../../host/idle-connections.ts';
import { connect, parse, readToEnd, requestText } from '../io/raw-client.ts';

describe('connections of a server', () => {
  let server: http.Server;
  let port: number;
  let held: ServerResponse[];

  beforeEach(async () => {
    held = [];
    server = http.createServer((request, response) => {
      if (request.url === '/held') held.push(response);
      else response.end();
    });
    boundConnections(server, 2);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Connected, as the server sees it. */
  const connected = async () => {
    const seen = once(server, 'connection');
    const socket = await connect(port);
    socket.on('error', () => {});
    await seen;
    return socket;
  };

  it('make room by the one that is idle longest', async () => {
    const first = await connected();
    const second = await connected();
    first.write(requestText('GET /', ['connection: keep-alive']));
    await once(first, 'data');
    const third = await connected();
    await once(second, 'close');
    await connected();
    await once(first, 'close');
    assert.equal(third.closed, false);
  });

  it('make room, where none is idle, by the one whose request does not come whole', async () => {
    const [waiting, silent] = [await connected(), await connected()];
    waiting.write(requestText('GET /held'));
    await once(server, 'request');
    silent.write(requestText('POST /held', ['content-length: 9']));
    await once(server, 'request');
    const third = await connected();
    await once(silent, 'close');
    third.write(requestText('GET /'));
    assert.equal(parse(await readToEnd(third)).status, 200);
    assert.equal(waiting.closed, false);
  });

  it('make room by one whose request does not come whole before one that has only just come', async () => {
    const silent = [await connected(), await connected()];
    for (const socket of silent) {
      socket.write(requestText('POST /held', ['content-length: 9']));
      await once(server, 'request');
    }
    const third = await connected();
    const fourth = await connected();
    await Promise.all(silent.map((socket) => socket.closed || once(socket, 'close')));
    for (const socket of [third, fourth]) {
      socket.write(requestText('GET /'));
      assert.equal(parse(await readToEnd(socket)).status, 200);
    }
  });

  it('leave alone one that has answered a request, and not yet the one that came behind it', async () => {
    const busy = [await connected(), await connected()];
    for (const socket of busy)
      socket.write(requestText('GET /', ['connection: keep-alive']) + requestText('GET /held'));
    while (held.length < 2) await once(server, 'request');
    assert.equal(await readToEnd(await connect(port)), '');
    const answers = busy.map(readToEnd);
    for (const response of held) response.end();
    for (const answer of answers) assert.match(await answer, /HTTP\/1.1 200 /);
  });

  it('leave alone those whose request is under way: where all are, the new one goes', async () => {
    const busy = [await connected(), await connected()];
    for (const socket of busy) socket.write(requestText('GET /held'));
    while (held.length < 2) await once(server, 'request');
    const third = await connect(port);
    assert.equal(await readToEnd(third), '');
    const answers = busy.map(readToEnd);
    for (const response of held) response.end();
    for (const answer of answers) assert.equal(parse(await answer).status, 200);
  });
});
