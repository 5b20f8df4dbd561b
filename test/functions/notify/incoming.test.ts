// Incoming webhooks of Slack, Mattermost and Teams, and webhooks of anybody: one message for each state that is news.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as giteaWebhook from '../../../events/gitea-webhook.ts';
import * as modelPromoted from '../../../events/model-promoted.ts';
import * as registryUpdated from '../../../events/registry-updated.ts';
import { incomingServer, teamsServer, webhookSecrets, webhookServer } from './servers.ts';
import { at, commit, createWorld, labelled, leftAlone, lost, repository, seen, uiUrl, warned } from './world.ts';

type World = Awaited<ReturnType<typeof createWorld>>;

/** Runs with a world, and ends all that was opened. */
async function using(
  servers: readonly { settings: object; close(): Promise<void> }[],
  run: (world: World) => Promise<void>,
): Promise<void> {
  const world = await createWorld(servers.map(({ settings }) => settings));
  try {
    await run(world);
  } finally {
    await Promise.all([world, ...servers].map(({ close }) => close()));
  }
}

describe('a webhook', () => {
  it('has for each state what docs/notify.md shows, signed with every secret as Standard Webhooks says', async () => {
    const [first, second] = [await webhookServer(), await webhookServer(webhookSecrets[1])];
    await using([first, { ...second, settings: { ...second.settings, name: 'other' } }], async (world) => {
      await world.deliver(labelled(0));
      await world.deliver(seen(5, 'failed'));
      const [label, failed] = first.received.map(({ payload }) => payload);
      assert.deepEqual(label, {
        type: 'promotion.labelled',
        timestamp: at(0),
        data: {
          model: 'karaoke',
          environment: 'prod',
          state: 'labelled',
          sentence: 'The registry labels 1.1.0 with prod, no longer 1.0.0.',
          commitUrl: `${repository}/commit/${commit(1)}`,
          registryUrl: `${uiUrl}/versions/1.1.0`,
          versions: ['1.1.0'],
          by: 'ada',
          request: `${repository}/pulls/3`,
        },
      });
      assert.deepEqual([failed!.type, failed!.data.reason], ['promotion.failed', 'no new Pod is available yet']);
      const page = readFileSync(new URL('../../../docs/notify.md', import.meta.url), 'utf8');
      const shown = JSON.parse(/```json\n(\{\n {2}"type"[^`]+)```/.exec(page)![1]!) as typeof label;
      assert.deepEqual(Object.keys(shown!.data).sort(), Object.keys(label!.data).sort());
      assert.deepEqual(
        second.received.map(({ payload }) => payload),
        [label, failed],
      );
    });
  });

  it('has the same id when it comes again, so that a receiver can drop it', async () => {
    const receiver = await webhookServer();
    await using([receiver], async (world) => {
      const event = labelled(0);
      receiver.fault('POST', 'lost after');
      assert.equal(await world.deliver(event), 2);
      await world.restart();
      await world.deliver(event);
      assert.equal(receiver.received.length, 1);
      assert.deepEqual(receiver.repetitions, [receiver.received[0]!.id, receiver.received[0]!.id]);
    });
  });

  it('goes out once for an event that comes again to the same process, and once where another channel is down', async () => {
    const [up, down] = [await webhookServer(), await teamsServer()];
    await using([up, down], async (world) => {
      const event = labelled(0);
      for (const fault of ['lost', { status: 500 }, { status: 429, headers: { 'retry-after': '1' } }] as const)
        down.fault('POST', fault);
      assert.equal(await world.deliver(event), 4);
      await world.deliver(event);
      assert.deepEqual([up.calls.length, up.received.length, down.cards.length], [1, 1, 1]);
    });
  });

  it('follows no redirect', async () => {
    const [receiver, elsewhere] = [await webhookServer(), await webhookServer()];
    await using([receiver], async (world) => {
      receiver.fault('POST', { status: 307, headers: { location: `${elsewhere.url}/hook` } });
      const { status, body } = await world.post(labelled(0));
      assert.deepEqual([status, elsewhere.calls.length], [503, 0]);
      assert.match(body.toString(), /webhook: 127\.0\.0\.1:\d+ answered 307/);
    });
    await elsewhere.close();
  });
});

describe('what is news', () => {
  /** The types of all that was sent because of these events. */
  async function told(...events: Parameters<World['deliver']>[0][]): Promise<string[]> {
    const receiver = await webhookServer();
    await using([receiver], async (world) => {
      for (const event of events) await world.deliver(event);
    });
    return receiver.received.map(({ payload }) => payload.type);
  }

  it('is a label that moved or was left alone, and a rollout that began, ended or differs', async () => {
    const gone = { versions: [], changes: [{ on: 'version' as const, name: '1.1.0', set: {}, removed: ['prod'] }] };
    const events = [
      leftAlone(0, 'not registered: karaoke 1.1.0; prod stays on what holds it'),
      labelled(1),
      seen(2, 'progressing'),
      seen(3, 'failed'),
      seen(4, 'verified'),
      seen(5, 'drifted'),
      seen(6, 'unknown'),
      labelled(7, '1.1.0', gone),
    ];
    assert.deepEqual(
      await told(...events),
      ['left_alone', 'labelled', 'rolling_out', 'failed', 'serving', 'differs', 'unknown', 'withdrawn'].map(
        (state) => `promotion.${state}`,
      ),
    );
  });

  it('is not what changed nothing, what only completes a record, and what is older than what is known', async () => {
    const record = [
      { on: 'version' as const, name: '1.1.0', set: { 'prod.pullRequest': 'https://x.test/3' }, removed: [] },
    ];
    const weight = [{ on: 'version' as const, name: '1.1.0', set: { 'prod.weight': '20' }, removed: [] }];
    const cluster = seen(5, 'progressing');
    const served = seen(5, 'verified').data!;
    const firstLook = [
      ...served.changes,
      { on: 'model' as const, name: 'karaoke', set: { 'prod.cluster': 'east' }, removed: [] },
    ];
    assert.deepEqual(
      await told(
        labelled(0, '1.1.0', { outcome: 'unchanged', changes: [] }),
        labelled(0, '1.1.0', { changes: record }),
        leftAlone(0, 'older than what is known: this head was read at …'),
        registryUpdated.make({ ...served, changes: firstLook }, { cause: { source: '/x', id: 'f' }, time: at(5) }),
        registryUpdated.make({ ...cluster.data!, changes: weight }, { cause: { source: '/x', id: 'w' }, time: at(5) }),
        seen(5, 'verified', { outcome: 'unchanged' }),
        lost(0, registryUpdated.type, 'prod/karaoke', { failure: { kind: 'silence', receiver: 'notify' } }),
        warned([
          { path: 'a/config.yaml', commit: commit(1), severity: 'warning', reason: 'A key stands there twice.' },
        ]),
        labelled(7_200 + 24 * 3_600),
      ),
      [],
    );
  });

  it('is a file that cannot be read, and a push or a promotion that was lost', async () => {
    const receiver = await webhookServer();
    await using([receiver], async (world) => {
      const file = {
        path: 'model-deployments/prod/karaoke/config.yaml',
        commit: commit(2),
        severity: 'failure',
        reason: 'It cannot be read.',
      } as const;
      await world.deliver(warned([file, { ...file, path: 'b' }]));
      await world.deliver(lost(0, giteaWebhook.type, 'refs/heads/main'));
      await world.deliver(lost(0, modelPromoted.type, 'prod/karaoke'));
    });
    const told = receiver.received.map(({ payload: { type, data } }) => [type, data.environment, data.model]);
    const [file, push, promotion] = receiver.received.map(({ payload }) => String(payload.data.sentence));
    assert.deepEqual(told, [
      ['promotion.unreadable', 'prod', 'model-deployments/prod/karaoke/config.yaml and 1 more'],
      ['promotion.lost', undefined, 'push'],
      ['promotion.lost', 'prod', 'karaoke'],
    ]);
    assert.equal(file, 'model-deployments/prod/karaoke/config.yaml: It cannot be read. b: It cannot be read.');
    assert.match(push!, /^A push to main: The push was not read: registry-writer answered 503\./);
    assert.match(promotion!, /^The registry was not updated: registry-writer answered 503\./);
  });
});

describe('an incoming webhook', () => {
  it('of Slack and Mattermost gets a text, of Teams a card with links', async () => {
    const servers = [await incomingServer('slack-webhook'), await incomingServer('mattermost-webhook')] as const;
    const teams = await teamsServer();
    await using([...servers, teams], async (world) => {
      await world.deliver(labelled(0));
      for (const { texts } of servers)
        assert.match(texts[0]!, /^karaoke 1\.1\.0 → prod: labelled\n.*\nBy: ada\nRequest: </);
      const [card] = teams.cards;
      assert.deepEqual(
        card!.body.map(({ inlines }) => inlines[0]!.text),
        ['karaoke 1.1.0 → prod: labelled', 'The registry labels 1.1.0 with prod, no longer 1.0.0.', 'By: ada'],
      );
      assert.deepEqual(
        card!.actions.map(({ url }) => url),
        [`${repository}/pulls/3`, `${repository}/commit/${commit(1)}`, `${uiUrl}/versions/1.1.0`],
      );
    });
  });

  it('is never quoted, whatever its server answers, and neither in logs nor in metrics', async () => {
    const [slack, teams] = [await incomingServer('slack-webhook'), await teamsServer()];
    for (const { fault, settings } of [slack, teams]) {
      const location = settings.url.slice(settings.url.indexOf('/', 8));
      const headers = { location, 'content-type': 'text/plain' };
      fault('POST', { status: 404, body: `${settings.url} ${location} is not there`, headers });
    }
    await using([slack, teams], async (world) => {
      const { status, body } = await world.post(labelled(0));
      assert.equal(status, 503);
      assert.match(body.toString(), /slack-webhook: 127\.0\.0\.1:\d+ answered 404/);
      const said = JSON.stringify([body.toString(), world.lines, world.metrics()]);
      for (const key of ['key-in-the-address', 'key-in-the-query']) assert.ok(!said.includes(key), said);
    });
  });
});

describe('who is told', () => {
  it('are channels of the environment, and of the state', async () => {
    const kinds = {
      prod: { environments: ['prod'] },
      test: { environments: ['test'] },
      failures: { states: ['failed', 'lost'] },
    };
    const servers = await Promise.all(
      Object.entries(kinds).map(async ([name, more]) => {
        const server = await webhookServer();
        return { ...server, settings: { ...server.settings, name, ...more } };
      }),
    );
    await using(servers, async (world) => {
      await world.deliver(labelled(0));
      await world.deliver(labelled(0, '1.1.0', { environment: 'test' }));
      await world.deliver(seen(5, 'failed'));
      await world.deliver(lost(9, giteaWebhook.type, 'refs/heads/main'));
    });
    assert.deepEqual(
      servers.map(({ received }) => received.map(({ payload: { data } }) => `${data.environment} ${data.state}`)),
      [
        ['prod labelled', 'prod failed', 'undefined lost'],
        ['test labelled', 'undefined lost'],
        ['prod failed', 'undefined lost'],
      ],
    );
  });

  it('are further registries on their own, with their names', async () => {
    const receiver = await webhookServer();
    await using([receiver], async (world) => {
      await world.deliver(labelled(0, '1.1.0', { registryName: 'new' }));
    });
    const [{ payload }] = receiver.received as [(typeof receiver.received)[number]];
    assert.deepEqual([payload.data.registry, payload.data.registryUrl], ['new', undefined]);
  });
});
