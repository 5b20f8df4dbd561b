import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type CliWorld, createCliWorld, secret } from './world.ts';

const url = 'http://gitea-source.models.svc.cluster.local/';

describe('post-deployment webhook', () => {
  let world: CliWorld;
  beforeEach(async () => {
    world = await createCliWorld();
    Object.assign(world.env, {
      GITEA_TOKEN: world.gitea.token('ada'),
      GITEA_WEBHOOK_SECRET: `${secret},an-older-webhook-secret`,
    });
  });
  afterEach(() => world.close());

  const hooks = () => world.repository.repository.hooks;

  it('creates it with the first secret, leaves it unchanged the next time, and corrects it', async () => {
    const first = await world.run(['webhook', 'create', '--url', url]);
    assert.equal(first.code, 0, first.stderr);
    assert.match(
      first.stdout,
      /^Created: webhook 1 to http:\/\/gitea-source\S+ \(pull_request, pull_request_review, push; all branches; json; active\)/,
    );
    assert.equal(hooks()[0]?.secret, secret);

    const second = await world.run(['webhook', 'create', '--url', url]);
    assert.match(second.stdout, /^Unchanged[\s\S]+secret cannot be read back[\s\S]+webhook rotate/);

    Object.assign(hooks()[0]!, { active: false, contentType: 'form' });
    const third = await world.run(['webhook', 'create', '--url', url], { env: { GITEA_BRANCH: 'release' } });
    assert.match(third.stdout, /^Corrected/);
    assert.match(
      third.stdout,
      /was: it was switched off\n +was: content type form instead of json\n +was: all branches instead of branch filter release/,
    );
    assert.deepEqual(
      hooks().map(({ active, contentType, branchFilter }) => ({ active, contentType, branchFilter })),
      [{ active: true, contentType: 'json', branchFilter: 'release' }],
    );
    assert.doesNotMatch(first.stdout + second.stdout + third.stdout, new RegExp(secret));
  });

  it('shows what differs, as JSON too', async () => {
    world.repository.createWebhook({ url, events: ['create'], active: false });
    const { stdout } = await world.run(['webhook', 'show']);
    assert.match(
      stdout,
      /webhook 1 to .+\n +differs: it was switched off\n +differs: event push, pull_request_only, pull_request_review missing/,
    );
    const { json } = await world.run(['webhook', 'show', '--json']);
    assert.equal(json.webhooks[0].url, url);
    assert.equal(json.webhooks[0].differences.length, 2);
  });

  it('says how to create one if there is none', async () => {
    const { code, stdout } = await world.run(['webhook', 'show']);
    assert.equal(code, 0);
    assert.match(stdout, /has no webhook\.\n→ post-deployment webhook create --url/);
  });

  it('rotates only when confirmed, keeps what people added, and needs no address if gitea-source can be seen', async () => {
    world.repository.createWebhook({
      url,
      events: ['push', 'create'],
      authorizationHeader: 'Basic abc',
      secret: 'an-older-webhook-secret',
    });
    const refused = await world.run(['webhook', 'rotate', '--wait', '0']);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /nobody can be asked; nothing was changed\.\n→ Add --yes/);
    assert.deepEqual(
      hooks().map(({ id }) => id),
      [1],
    );
    const { code, stdout } = await world.run(['webhook', 'rotate', '--wait', '0', '--yes']);
    assert.equal(code, 0);
    assert.match(stdout, /Created: webhook 2[\s\S]+Removed: webhook 1/);
    assert.deepEqual(
      hooks().map((hook) => [hook.id, hook.secret, hook.active, hook.events, hook.authorizationHeader]),
      [[2, secret, true, ['create', 'push', 'pull_request', 'pull_request_review'], 'Basic abc']],
    );
  });

  it('changes only our webhook, and asks for its address if it cannot be seen', async () => {
    const argo = world.repository.createWebhook({ url: 'https://argocd.example/api/webhook', events: ['push'] });
    for (const args of [['rotate', '--wait', '0'], ['delete']]) {
      const { code, stderr } = await world.run(['webhook', ...args, '--yes']);
      assert.equal(code, 2);
      assert.match(stderr, /It is not known which webhook is ours: .+argocd\.example.+\n→ Name its address with --url/);
    }
    world.repository.createWebhook({ url, events: ['push'] });
    world.repository.createWebhook({ url: 'https://fleet-gitea-source-models.apps.example/', events: ['push'] });
    const several = await world.run(['webhook', 'rotate', '--yes']);
    assert.equal(several.code, 2);
    assert.match(several.stderr, /seen at several addresses: .+svc\.cluster\.local\/, https:\/\/fleet/);
    assert.equal(hooks().length, 3);
    const env = { WEBHOOK_URL: url };
    const { webhooks } = (await world.run(['webhook', 'show', '--json'], { env })).json;
    assert.deepEqual(
      webhooks.map((one: { id: number; ours: boolean }) => [one.id, one.ours]),
      [
        [1, false],
        [2, true],
        [3, false],
      ],
    );
    assert.match(
      (await world.run(['webhook', 'rotate', '--wait', '0', '--yes'], { env })).stdout,
      /Removed: webhook 2\n/,
    );
    assert.deepEqual(
      hooks().map(({ id }) => id),
      [1, 3, 4],
    );
    assert.deepEqual(hooks()[0], argo);
  });

  it('removes only with --yes if nobody can be asked', async () => {
    world.repository.createWebhook({ url, events: ['push'] });
    const refused = await world.run(['webhook', 'delete']);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /nobody can be asked; nothing was changed\.\n→ Add --yes/);
    assert.equal(hooks().length, 1);
    const { code, json } = await world.run(['webhook', 'delete', '--yes', '--json']);
    assert.equal(code, 0);
    assert.equal(json.removed.length, 1);
    assert.deepEqual(hooks(), []);
    assert.match((await world.run(['webhook', 'delete', '--url', url])).stdout, /There is no such webhook/);
  });

  it('takes the token for it from a file', async () => {
    const file = path.join(world.folder, 'admin-token');
    await writeFile(file, `${world.gitea.token('ada')}\n`);
    const env = { GITEA_TOKEN: world.gitea.createToken('ada', ['read:repository']) };
    const without = await world.run(['webhook', 'create', '--url', url], { env });
    assert.equal(without.code, 1);
    assert.match(without.stderr, /GITEA_TOKEN lacks the scope write:repository/);
    const { code } = await world.run(['webhook', 'create', '--url', url, '--token-file', file], { env });
    assert.equal(code, 0);
    assert.equal((await world.run(['webhook', 'show'], { env })).code, 0);
  });

  const wrong: [string, string[], Record<string, string | undefined>, RegExp][] = [
    ['no address', ['create'], {}, /--url: expected the address[\s\S]+it is missing\.\n→ /],
    ['an address with a query', ['create', '--url', `${url}?a=b`], {}, /--url: expected .+no query/],
    [
      'no secret',
      ['create', '--url', url],
      { GITEA_WEBHOOK_SECRET: undefined },
      /GITEA_WEBHOOK_SECRET: expected[\s\S]+\n→ /,
    ],
    ['an event with no name', ['create', '--url', url, '--event', 'push,,'], {}, /names separated by commas/],
    ['a command that is none', ['make'], {}, /unknown command 'make'/],
    ['a command that is nearly one', ['creat'], {}, /Did you mean create\?/],
    ['no command', [], {}, /Usage: post-deployment webhook/],
  ];
  for (const [name, args, env, says] of wrong)
    it(`refuses ${name}`, async () => {
      const { code, stderr, stdout } = await world.run(['webhook', ...args], { env });
      assert.equal(code, 2);
      assert.match(stderr, says);
      assert.equal(stdout, '');
      assert.deepEqual(hooks(), []);
    });
});
