// The contract of webhooks (forge.ts) and what is made of it (ensure-webhook.ts) over every adapter, on stand-ins and, where
// GITEA_URL and GITEA_TOKEN are given, on a real server.
import assert from 'node:assert/strict';
import { TryAgainError } from '../../events/errors.ts';
import { branchFilterOf, ensureWebhook, rotateWebhook, webhookEvents } from '../../forges/ensure-webhook.ts';
import type { Webhooks } from '../../forges/forge.ts';
import { type ForgeWorld, forgeWorlds, type Made } from './forge-worlds.ts';

const url = 'http://gitea-source.models.svc.cluster.local/';
const wanted = { url, secret: 'a secret', events: ['push'], branchFilter: 'main' };
const settle = async () => {};

function describeWebhooks(world: ForgeWorld) {
  describe(`webhooks: ${world.name}`, () => {
    let made: Made;
    let hooks: Webhooks;
    before(async () => {
      made = await world.make();
      await made.commit({ write: new Map([['a', 'a']]), message: 'First' });
      hooks = made.webhooks();
    });
    after(() => made?.end());
    afterEach(async () => {
      for (const hook of await hooks.list()) await hooks.remove(hook);
    });

    it('creates one, and finds it as wanted the next time', async () => {
      const first = await ensureWebhook(hooks, wanted);
      assert.equal(first.did, 'created');
      assert.deepEqual(first.webhook, {
        id: first.webhook.id,
        url,
        contentType: 'json',
        events: ['push'],
        branchFilter: 'main',
        active: true,
      });
      const second = await ensureWebhook(hooks, wanted);
      assert.deepEqual(second, { webhook: first.webhook, did: 'unchanged', differences: [], surplus: [] });
      assert.deepEqual(await hooks.list(), [first.webhook]);
    });

    it('takes an address that is written in another way for the same', async () => {
      const { webhook } = await ensureWebhook(hooks, { ...wanted, url: 'http://RECEIVER.example' });
      assert.equal((await ensureWebhook(hooks, { ...wanted, url: 'http://receiver.example/' })).webhook.id, webhook.id);
    });

    it('mends the events and the filter, and leaves what others added', async () => {
      await ensureWebhook(hooks, { ...wanted, events: ['create'], branchFilter: 'other' });
      const { webhook, did, differences } = await ensureWebhook(hooks, wanted);
      assert.equal(did, 'mended');
      assert.deepEqual(differences, ['event push missing', 'branch filter other instead of branch filter main']);
      assert.deepEqual(webhook.events, ['create', 'push']);
      assert.equal((await ensureWebhook(hooks, wanted)).did, 'unchanged');
    });

    it('keeps a group of events a group, and its first member alone alone', async () => {
      await ensureWebhook(hooks, { ...wanted, events: ['pull_request'] });
      assert.ok((await ensureWebhook(hooks, wanted)).webhook.events.includes('pull_request_label'));
      const alone = { ...wanted, url: `${url}alone`, events: ['pull_request_only'] };
      // The server shows it as `pull_request`.
      const { webhook } = await ensureWebhook(hooks, alone);
      assert.deepEqual(webhook.events, ['pull_request']);
      assert.equal((await ensureWebhook(hooks, alone)).did, 'unchanged');
    });

    for (const use of ['wake', 'merged', 'none'] as const)
      it(`sets what pull requests are used for, and is content with it: ${use}`, async () => {
        const all = { ...wanted, events: webhookEvents[use] };
        const { webhook } = await ensureWebhook(hooks, all);
        assert.equal((await ensureWebhook(hooks, all)).did, 'unchanged');
        const reviews = webhook.events.some((event) => event.startsWith('pull_request_review'));
        assert.deepEqual([webhook.events.includes('pull_request'), reviews], [use !== 'none', use === 'wake']);
        assert.ok(!webhook.events.includes('pull_request_label'));
      });

    it('makes no webhook of an event that the server does not know', async () => {
      await assert.rejects(
        ensureWebhook(hooks, { ...wanted, events: ['push', 'pushed'] }),
        (error: Error) => error instanceof TryAgainError && /no event pushed/.test(error.message),
      );
      assert.deepEqual(await hooks.list(), []);
    });

    it('rotates: the new one is there before the old ones go', async () => {
      const { webhook: old } = await ensureWebhook(hooks, wanted);
      let between: number[] = [];
      const { webhook, removed } = await rotateWebhook(hooks, { ...wanted, secret: 'another' }, async () => {
        between = (await hooks.list()).map(({ id }) => id);
      });
      assert.deepEqual(between, [old.id, webhook.id]);
      assert.deepEqual(
        removed.map(({ id }) => id),
        [old.id],
      );
      assert.deepEqual(await hooks.list(), [webhook]);
    });

    it('after a rotation cut short takes the newest, tells of the rest, and the next rotation removes them', async () => {
      const { webhook: old } = await ensureWebhook(hooks, wanted);
      await assert.rejects(
        rotateWebhook(hooks, wanted, () => Promise.reject(new Error('cut'))),
        /cut/,
      );
      const { webhook, surplus } = await ensureWebhook(hooks, wanted);
      assert.ok(webhook.id > old.id);
      assert.deepEqual(surplus, [old]);
      const { removed } = await rotateWebhook(hooks, wanted, settle);
      assert.equal(removed.length, 2);
      assert.equal((await hooks.list()).length, 1);
    });

    it('removes one that is gone already', async () => {
      const { webhook } = await ensureWebhook(hooks, wanted);
      await hooks.remove(webhook);
      await hooks.remove(webhook);
      assert.deepEqual(await hooks.list(), []);
    });

    it('asks for a test delivery', async () => {
      const { webhook } = await ensureWebhook(hooks, wanted);
      await hooks.test(webhook, 'main');
    });

    it('finds every one of sixty', async () => {
      for (let i = 0; i < 60; i++) await hooks.create({ ...wanted, url: `${url}${i}` });
      assert.equal((await hooks.list()).length, 60);
    });

    it('filters by a branch whose name has signs of a glob', async () => {
      const filter = branchFilterOf('a{b,c}!');
      assert.equal((await ensureWebhook(hooks, { ...wanted, branchFilter: filter })).webhook.branchFilter, filter);
    });

    it('says that it cannot without a valid token, or when the repository is another; never a secret', async () => {
      for (const wrong of [
        made.webhooks({ token: 'f'.repeat(40) }),
        made.webhooks({ repository: `${made.login}/no-such` }),
      ]) {
        for (const call of [ensureWebhook(wrong, wanted), wrong.create(wanted), wrong.test({ id: 1 } as never, 'main')])
          await assert.rejects(call, (error: unknown) => {
            assert.ok(error instanceof TryAgainError, String(error));
            for (const secret of [...made.secrets, wanted.secret]) assert.ok(!error.message.includes(secret));
            return true;
          });
      }
    });
  });
}

for (const world of forgeWorlds()) describeWebhooks(world);
