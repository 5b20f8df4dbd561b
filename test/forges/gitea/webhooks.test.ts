// What recorded servers say of webhooks, as our words.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { ensureWebhook, rotateWebhook } from '../../../forges/ensure-webhook.ts';
import { GENERATIONS } from '../../../stand-ins/gitea/generations.ts';
import { createGiteaStandIn, type GenerationName } from '../../../stand-ins/gitea/index.ts';
import { closeAfterEach, fails as failsTo } from '../../try-again.ts';
import { type Answer, generations, giteaAt, giteaServer, recorded, recordedBody } from './recorded.ts';

const url = 'http://127.0.0.1:9555/hook/unused';
const wanted = { url, secret: 'recording-secret', events: ['push'], branchFilter: 'main' };

describe('webhooks of the Gitea adapter', () => {
  const keep = closeAfterEach();
  async function at(answers: Record<string, Answer>, tokenName?: string) {
    return giteaAt(keep(await giteaServer(answers)).url, { ...(tokenName && { tokenName }) }).webhooks;
  }
  const fails = (call: Promise<unknown>, text: RegExp) => failsTo(call, text, ['secret-token', 'recording-secret']);

  for (const generation of generations) {
    const record = (name: string) => recorded(generation, name);

    it(`${generation}: lists them, oldest first, events in order`, async () => {
      const hooks = await at({ '/hooks?page=1&limit=50': record('hook-list') });
      const list = await hooks.list();
      const ids = recordedBody(generation, 'hook-list').map(({ id }: { id: number }) => id);
      assert.deepEqual(
        list.map(({ id }) => id),
        ids.sort((a: number, b: number) => a - b),
      );
      for (const { events, contentType } of list) {
        assert.ok(['json', 'form'].includes(contentType));
        assert.deepEqual(events, [...events].sort());
      }
    });

    it(`${generation}: says which scope and which setting is missing`, async () => {
      const hooks = await at({ '/hooks': record('scope-write-missing-403-hook') }, 'GITEA_WEBHOOK_TOKEN');
      await fails(hooks.create(wanted), /POST .*GITEA_WEBHOOK_TOKEN lacks the scope write:repository/);
    });

    it(`${generation}: says that a stranger sees no repository`, async () => {
      const hooks = await at({ '/hooks?page=1&limit=50': record('hook-list-stranger') });
      await fails(hooks.list(), /not visible to GITEA_TOKEN/);
    });

    it(`${generation}: removes a webhook that the server does not know any more`, async () => {
      const hooks = await at({
        '/hooks/2000': record('hook-delete-again'),
        '/hooks?page=1&limit=50': record('hook-list'),
      });
      await hooks.remove({ id: 2000, ...wanted, contentType: 'json', active: true });
    });

    it(`${generation}: takes back a webhook that would never fire`, async () => {
      const { id } = recordedBody(generation, 'hook-create-unknown-event');
      const hooks = await at({
        '/hooks': record('hook-create-unknown-event'),
        [`/hooks/${id}`]: record('hook-delete'),
      });
      await fails(hooks.create({ ...wanted, events: ['bogus'] }), /no event bogus/);
    });
  }

  for (const generation of Object.keys(GENERATIONS) as GenerationName[])
    it(`${generation}: mending and rotating keep what people added, whatever it is, and other webhooks`, async () => {
      const gitea = await createGiteaStandIn({ generation });
      keep(gitea);
      const { hookEvents } = GENERATIONS[generation];
      // What a person can choose: single events and their groups.
      const events = fc.subarray([...hookEvents, 'issues_only', 'pull_request_only', 'pull_request_review']);
      const added = fc.record({
        events,
        active: fc.boolean(),
        authorization: fc.constantFrom('', 'Basic Zm9vOmJhcg=='),
      });
      let repositories = 0;
      await fc.assert(
        fc.asyncProperty(added, fc.boolean(), async ({ events, active, authorization }, rotates) => {
          const name = `ada/fleet-${repositories++}`;
          const handle = gitea.createRepository(name, { files: { a: 'a' } });
          handle.createWebhook({ url, events, active, branchFilter: 'other', authorizationHeader: authorization });
          const others = handle.createWebhook({
            url: 'https://argocd.example/api/webhook',
            authorizationHeader: 'theirs',
          });
          const { hooks } = handle.repository;
          const [before, theirs] = [new Set(hooks[0]!.events), structuredClone(others)];
          const { webhooks } = giteaAt(gitea.url, { repository: name, token: () => gitea.token('ada') });
          if (rotates) await rotateWebhook(webhooks, wanted, async () => {});
          else await ensureWebhook(webhooks, wanted);
          const ours = hooks.find((hook) => hook.url === url)!;
          assert.deepEqual(new Set(ours.events), before.add('push'));
          assert.deepEqual(
            [ours.authorizationHeader, ours.branchFilter, ours.active],
            [authorization, wanted.branchFilter, true],
          );
          assert.equal(hooks.length, 2);
          assert.deepEqual(
            hooks.find(({ id }) => id === theirs.id),
            theirs,
          );
        }),
        { numRuns: 60 },
      );
    });
});
