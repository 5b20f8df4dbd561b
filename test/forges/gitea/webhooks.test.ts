// What recorded servers say of webhooks, as our words.
import assert from 'node:assert/strict';
import { TryAgainError } from '../../../events/errors.ts';
import { createGiteaWebhooks } from '../../../forges/gitea/webhooks.ts';
import { createAxiosHttp } from '../../../io/axios-http.ts';
import { clock } from '../../../io/clock.ts';
import { type Answer, generations, giteaServer, recorded, recordedBody, repository } from './recorded.ts';

const url = 'http://127.0.0.1:9555/hook/unused';
const wanted = { url, secret: 'recording-secret', events: ['push'], branchFilter: 'main' };

describe('webhooks of the Gitea adapter', () => {
  const servers: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  async function at(answers: Record<string, Answer>, tokenName?: string) {
    const server = await giteaServer(answers);
    servers.push(server);
    const options = { url: server.url, repository, token: () => 'secret-token', ca: () => undefined };
    return createGiteaWebhooks({ ...options, ...(tokenName && { tokenName }) }, { api: createAxiosHttp(), clock });
  }
  const fails = (call: Promise<unknown>, text: RegExp) =>
    assert.rejects(call, (error: unknown) => {
      assert.ok(error instanceof TryAgainError, String(error));
      assert.match(error.message, text);
      assert.doesNotMatch(error.message, /secret-token|recording-secret/);
      return true;
    });

  for (const generation of generations) {
    const record = (name: string) => recorded(generation, name);

    it(`${generation}: lists them, oldest first, events in order`, async () => {
      const hooks = await at({ '/hooks?limit=50&page=1': record('hook-list') });
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
      const hooks = await at({ '/hooks?limit=50&page=1': record('hook-list-stranger') });
      await fails(hooks.list(), /not visible to GITEA_TOKEN/);
    });

    it(`${generation}: removes a webhook that the server does not know any more`, async () => {
      const hooks = await at({
        '/hooks/2000': record('hook-delete-again'),
        '/hooks?limit=50&page=1': record('hook-list'),
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
});
