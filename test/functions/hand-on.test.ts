import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { CloudEvent } from 'cloudevents';
import { limits } from '../../config/limits.ts';
import { TryAgainError } from '../../events/errors.ts';
import { toSink } from '../../functions/deliver.ts';
import { handOn } from '../../functions/hand-on.ts';
import { readSettings } from '../../functions/settings.ts';
import { createIo } from '../../io/real-io.ts';
import { closedPort, httpServer } from '../io/local-server.ts';

const io = createIo({ name: 'test' });

function events(count: number): CloudEvent<unknown>[] {
  return Array.from(
    { length: count },
    (_, i) =>
      new CloudEvent<unknown>({
        id: `id-${i}`,
        type: 'dev.mlops.model.promoted.v1',
        source: 'https://git.example.test/a/b',
        subject: 'prod/grüße',
        data: { i },
      }),
  );
}

function sinkAt(url: string, overrides?: string) {
  const env = {
    GITEA_URL: 'https://git.example.test',
    GITEA_REPOSITORY: 'a/b',
    K_SINK: url,
    ...(overrides && { K_CE_OVERRIDES: overrides }),
  };
  const deliver = toSink(
    readSettings(env, 'parse', () => ''),
    io,
    limits.parseHandOn,
  );
  assert.ok(deliver);
  return deliver;
}

describe('handOn', () => {
  it('posts every event in binary mode, at most 16 at once, with the overrides', async () => {
    const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
    let open = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const server = await httpServer(async (request, response) => {
      most = Math.max(most, ++open);
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      // The first answers come when 16 are open: fewer at once would wait for ever.
      if (seen.length < 16) await new Promise<void>((resolve) => waiting.push(resolve));
      else for (const resolve of waiting.splice(0)) resolve();
      open -= 1;
      response.writeHead(202).end();
    });
    try {
      await handOn(events(40), sinkAt(server.url, '{"extensions":{"lab":"a b"}}'));
    } finally {
      await server.close();
    }
    assert.equal(most, 16);
    assert.deepEqual(
      seen.map(({ headers }) => headers['ce-id']).sort(),
      events(40)
        .map(({ id }) => id)
        .sort(),
    );
    const [{ headers, body }] = seen as [(typeof seen)[number]];
    assert.deepEqual(
      [headers['ce-subject'], headers['ce-lab'], headers['content-type']],
      ['prod/gr%C3%BC%C3%9Fe', 'a%20b', 'application/json'],
    );
    assert.deepEqual(JSON.parse(body), { i: Number(String(headers['ce-id']).slice(3)) });
  });

  it('takes every 2xx, and nothing else, for taken', async () => {
    for (const [status, taken] of [
      [200, true],
      [202, true],
      [204, true],
      [301, false],
      [400, false],
      [404, false],
      [429, false],
      [500, false],
      [503, false],
    ] as const) {
      const server = await httpServer((_, response) => void response.writeHead(status).end());
      try {
        const handed = handOn(events(2), sinkAt(server.url));
        if (taken) await handed;
        else
          await assert.rejects(
            handed,
            (error: Error) =>
              error instanceof TryAgainError &&
              error.message.includes(
                `2 of 2 events could not be handed to the sink: 2 × the broker answered ${status}`,
              ),
          );
      } finally {
        await server.close();
      }
    }
  });

  it('says that the sink cannot be reached', async () => {
    await assert.rejects(
      handOn(events(1), sinkAt(await closedPort())),
      (error: Error) => error instanceof TryAgainError && /1 of 1 events/.test(error.message),
    );
  });

  it('has nothing to do without events, and no sink without K_SINK', async () => {
    await handOn([], async () => assert.fail('nothing to deliver'));
    const settings = readSettings(
      { GITEA_URL: 'https://git.example.test', GITEA_REPOSITORY: 'a/b' },
      'parse',
      () => '',
    );
    assert.equal(toSink(settings, io, limits.parseHandOn), undefined);
  });
});
