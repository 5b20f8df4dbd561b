// Slack and Mattermost by the token of a bot: one message for each promotion, whatever happens to events, calls and processes.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as modelPromoted from '../../../events/model-promoted.ts';
import { seed } from '../../seed.ts';
import { mattermostServer, slackServer } from './servers.ts';
import { commit, createWorld, labelled, lost, repository, seen, uiUrl } from './world.ts';

const kinds = {
  slack: {
    open: slackServer,
    posts: 'chat.postMessage',
    edits: 'chat.update',
    reads: 'conversations.history',
    refusal: { status: 200, body: '{"ok":false,"error":"message_not_found"}' },
  },
  mattermost: {
    open: mattermostServer,
    posts: 'POST /api/v4/posts',
    edits: '/patch',
    reads: 'GET /api/v4/channels',
    refusal: { status: 403, body: '{"id":"api.context.permissions.app_error"}' },
  },
};

for (const [kind, { open, posts, edits, reads, refusal }] of Object.entries(kinds)) {
  describe(`a conversation in ${kind}`, () => {
    let chat: Awaited<ReturnType<typeof slackServer>> | Awaited<ReturnType<typeof mattermostServer>>;
    let world: Awaited<ReturnType<typeof createWorld>>;
    beforeEach(async () => {
      chat = await open();
      world = await createWorld([chat.settings]);
    });
    afterEach(async () => {
      await world.close();
      await chat.close();
    });
    const heads = () => texts().map((text) => text.split('\n')[0]);
    const texts = () => chat.messages.map(({ text }) => text.replaceAll('\\', ''));

    it('has one message for a promotion, which becomes what is known last', async () => {
      await world.deliver(labelled(0));
      assert.deepEqual(texts(), [
        [
          'karaoke 1.1.0 → prod: labelled',
          'The registry labels 1.1.0 with prod, no longer 1.0.0.',
          'By: ada',
          `Request: <${repository}/pulls/3>`,
          `Commit: <${repository}/commit/${commit(1)}>`,
          `Registry: <${uiUrl}/versions/1.1.0>`,
        ].join('\n'),
      ]);
      await world.deliver(seen(5, 'progressing'));
      assert.match(
        texts()[0]!,
        /^karaoke 1\.1\.0 → prod: rolling out\n.* Reason: no new Pod is available yet\nBy: ada\n/,
      );
      await world.deliver(seen(9, 'verified'));
      assert.match(
        texts()[0]!,
        /^karaoke 1\.1\.0 → prod: serving\n.* 1\.1\.0 serves in prod, as deployed in Git\.\nBy: ada\n/,
      );
      assert.equal(texts().length, 1);
    });

    it('has another one for the next promotion, also for one back to the version before', async () => {
      for (const [second, version] of [
        [0, '1.1.0'],
        [20, '1.2.0'],
        [40, '1.1.0'],
      ] as const) {
        await world.deliver(labelled(second, version));
        await world.deliver(seen(second + 5, 'verified', { version }));
      }
      assert.deepEqual(heads(), [
        'karaoke 1.1.0 → prod: serving',
        'karaoke 1.2.0 → prod: serving',
        'karaoke 1.1.0 → prod: serving',
      ]);
    });

    it('has one for each rollout whose label nobody told of', async () => {
      await world.deliver(seen(0, 'failed'));
      await world.deliver(seen(9, 'verified', { version: '1.2.0' }));
      assert.deepEqual(heads(), ['karaoke 1.1.0 → prod: failed', 'karaoke 1.2.0 → prod: serving']);
    });

    it('says nothing about an earlier promotion when a later one is known', async () => {
      await world.deliver(labelled(20, '1.2.0'));
      await world.deliver(labelled(0, '1.1.0'));
      await world.deliver(seen(5, 'verified'));
      assert.deepEqual(heads(), ['karaoke 1.2.0 → prod: labelled']);
    });

    it('sends nothing twice when the answer to a message got lost, also to another process', async () => {
      for (const isRestarted of [false, true]) {
        chat.messages.length = 0;
        const event = labelled(0);
        chat.fault(posts, 'lost after');
        const { status, body } = await world.post(event);
        assert.equal(status, 503);
        assert.match(body.toString(), new RegExp(`${kind}: POST .*the write may have been done all the same`));
        if (isRestarted) await world.restart();
        assert.equal(await world.deliver(event), 1);
        assert.equal(texts().length, 1);
      }
    });

    it('is told again after an error, a reset and a 429', async () => {
      chat.fault(reads, { status: 500 });
      chat.fault(posts, 'lost');
      chat.fault(posts, { status: 429, headers: { 'retry-after': '0' } });
      assert.equal(await world.deliver(labelled(0)), 4);
      chat.fault(edits, { status: 503, body: 'upstream connect error' });
      assert.equal(await world.deliver(seen(5, 'verified')), 2);
      // An edit is harmless twice, so the client itself repeats it on a connection that was just closed.
      chat.fault(edits, 'lost after');
      assert.equal(await world.deliver(seen(7, 'failed')), 1);
      assert.equal(texts().length, 1);
      assert.match(texts()[0]!, /: failed\n/);
      const counts = new RegExp(`notifications_total\\{kind="${kind}",outcome="(\\w+)"\\} (\\d+)`, 'g');
      assert.deepEqual(
        [...world.metrics().matchAll(counts)].map(([, outcome, number]) => `${outcome} ${number}`).sort(),
        ['edited 2', 'failed 4', 'sent 1'],
      );
    });

    it('goes on with a new message where the first cannot be edited any longer', async () => {
      await world.deliver(labelled(0));
      chat.fault(edits, refusal);
      await world.deliver(seen(5, 'failed'));
      await world.deliver(seen(9, 'verified'));
      assert.deepEqual(heads(), ['karaoke 1.1.0 → prod: labelled', 'karaoke 1.1.0 → prod: serving']);
      assert.match(texts()[1]!, /\nBy: ada\n/);
    });

    it('fails with the name of the channel and of the error, and without the token', async () => {
      await world.close();
      world = await createWorld([{ ...chat.settings, token: 'revoked-token-77f1' }]);
      const { status, body } = await world.post(labelled(0));
      assert.equal(status, 503);
      assert.match(body.toString(), new RegExp(`${kind}: .*(invalid_auth|answered 401)`));
      assert.doesNotMatch(JSON.stringify([body.toString(), world.lines, world.metrics()]), /revoked-token/);
    });

    it('edits a message because of a reconcile only where that sees another state, and sends none', async () => {
      await world.deliver(seen(5, 'verified', { outcome: 'unchanged' }));
      assert.deepEqual(heads(), []);
      await world.deliver(seen(6, 'progressing'));
      await world.deliver(
        seen(9, 'progressing', { outcome: 'unchanged', reason: 'no new Pod is available yet, still' }),
      );
      assert.deepEqual([heads(), chat.messages[0]!.edits], [['karaoke 1.1.0 → prod: rolling out'], 0]);
      await world.deliver(seen(12, 'verified', { outcome: 'unchanged' }));
      await world.deliver(seen(1_800, 'verified', { outcome: 'unchanged' }));
      assert.deepEqual([heads(), chat.messages[0]!.edits], [['karaoke 1.1.0 → prod: serving'], 1]);
    });

    it('shows of a loss what became of it', async () => {
      await world.deliver(lost(0, modelPromoted.type, 'prod/karaoke'));
      assert.match(texts()[0]!, /^karaoke → prod: lost\nThe registry was not updated: registry-writer answered 503\./);
      await world.deliver(labelled(1_800));
      assert.deepEqual(heads(), ['karaoke 1.1.0 → prod: labelled']);
    });

    it('ends in one message with the newest state, whatever is repeated and in whatever order events of one promotion come', async () => {
      const events = [
        labelled(0),
        labelled(0),
        seen(4, 'progressing'),
        seen(6, 'failed'),
        seen(8, 'progressing'),
        seen(10, 'verified'),
        seen(12, 'verified', { outcome: 'unchanged' }),
        lost(0, modelPromoted.type, 'prod/karaoke'),
      ];
      const last = async (order: readonly number[]) => {
        chat.messages.length = 0;
        for (const index of order) await world.deliver(events[index]!);
        return texts();
      };
      const [expected] = await last([0, 2, 3, 4, 5]);
      const orders = fc
        .tuple(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), fc.array(fc.nat(7), { maxLength: 4 }))
        .map(([all, again]) => [...all, ...again]);
      await fc.assert(
        fc.asyncProperty(orders, async (order) => assert.deepEqual(await last(order), [expected])),
        { numRuns: 30, seed },
      );
    });

    it('in a channel with states of its own alerts anew each time that one of them comes, and edits what follows', async () => {
      await world.close();
      world = await createWorld([{ ...chat.settings, states: ['failed', 'differs', 'lost'] }]);
      await world.deliver(labelled(0));
      assert.deepEqual(heads(), []);
      const failed = 'karaoke 1.1.0 → prod: failed';
      await world.deliver(seen(5, 'failed'));
      assert.deepEqual(heads(), [failed]);
      await world.deliver(seen(9, 'verified'));
      assert.deepEqual(heads(), ['karaoke 1.1.0 → prod: serving']);
      await world.deliver(seen(3_600, 'failed'));
      await world.deliver(seen(3_600, 'failed'));
      assert.deepEqual(heads(), ['karaoke 1.1.0 → prod: serving', failed]);
      await world.deliver(seen(3_700, 'drifted'));
      assert.deepEqual(heads().slice(1), [failed, 'karaoke 1.1.0 → prod: differs']);
    });

    it('never takes for its own what others wrote beside theirs', async () => {
      await world.deliver(labelled(0));
      const [own] = chat.messages as {
        metadata?: { event_payload: { memo: string } };
        props?: Record<string, string>;
      }[];
      const memo = own!.metadata?.event_payload.memo ?? own!.props!.post_deployment_promotion!;
      const later = memo.replace(/"at":"[^"]+"/, '"at":"9999-12-31T00:00:00.000Z"').replace('"1.1.0"', '"6.6.6"');
      assert.notEqual(later, memo);
      const memos = [
        later,
        later.slice(later.indexOf('{')),
        '',
        'x',
        '{}',
        'null',
        JSON.stringify({ topic: `${repository} prod/karaoke`, model: 'karaoke' }),
        { a: 1 },
      ];
      for (const memo of memos) {
        const beside =
          kind === 'slack'
            ? { metadata: { event_type: 'post_deployment_promotion', event_payload: { memo } } }
            : { props: { post_deployment_promotion: memo } };
        chat.messages.push({ id: `other${chat.messages.length}`, text: 'Hello', edits: 0, ...beside } as never);
      }
      await world.deliver(seen(5, 'verified'));
      assert.match(texts()[0]!, /: serving\n/);
      assert.ok(chat.messages.slice(1).every(({ text }) => text === 'Hello'));
    });
  });
}
