import assert from 'node:assert/strict';
import { buildFunctions } from '../../local/processes.ts';
import { type ClusterApi, failure, startClusterApi } from './kubernetes.ts';
import { runJob } from './run-job.ts';

describe('job create-secrets', () => {
  let built: Awaited<ReturnType<typeof buildFunctions>>;
  let api: ClusterApi;

  before(async () => {
    built = await buildFunctions();
  });
  after(() => built.remove());
  beforeEach(async () => {
    api = await startClusterApi();
  });
  afterEach(() => api.close());

  const run = (SECRETS = 'webhook/secret,event-key/key') =>
    runJob(built.folder, 'create-secrets', { ...api.env, SECRETS });
  const keyAndValue = (name: string) =>
    Object.entries(api.secrets.get(name)!.data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]);

  it('makes each with a random value of its own, and tells no value', async () => {
    const { code, lines, output } = await run();
    assert.equal(code, 0, output);
    assert.deepEqual(lines.at(-1)!.created, ['webhook', 'event-key']);
    const [[webhookKey, secret], [eventKey, key]] = [keyAndValue('webhook')[0]!, keyAndValue('event-key')[0]!];
    assert.deepEqual([webhookKey, eventKey], ['secret', 'key']);
    for (const value of [secret!, key!]) {
      assert.match(value, /^[0-9a-f]{64}$/);
      assert.ok(!output.includes(value));
    }
    assert.notEqual(secret, key);
  });

  it('keeps what is there, at the next upgrade or sync, and asks for nothing but to create', async () => {
    await run();
    const before = keyAndValue('webhook');
    api.secrets.delete('event-key');
    const { code, lines } = await run();
    assert.equal(code, 0);
    assert.deepEqual([lines.at(-1)!.created, lines.at(-1)!.kept], [['event-key'], ['webhook']]);
    assert.deepEqual(keyAndValue('webhook'), before);
    assert.deepEqual([...new Set(api.requests)], ['POST /api/v1/namespaces/user1-toolings/secrets']);
  });

  it("carries no label by which Helm or Argo CD would take it for the release's own and prune it", async () => {
    await run();
    assert.deepEqual(api.secrets.get('webhook')!.metadata, {
      name: 'webhook',
      labels: { 'app.kubernetes.io/part-of': 'post-deployment' },
    });
  });

  it('fails with a sentence where it may not create, and succeeds when it is tried again', async () => {
    api.faults.push(failure(403, 'Forbidden'));
    const refused = await run();
    assert.equal(refused.code, 1);
    assert.match(
      String(refused.lines.at(-1)!.reason),
      /Secret webhook in user1-toolings: expected 201 or 409 AlreadyExists .* came 403 Forbidden; .*needs a Role/,
    );
    api.faults.push([201, '{}'], [500, 'not JSON'], [409, '{"reason":"Conflict"}']);
    for (const came of [/came 500; it is tried again/, /came 409 Conflict/]) {
      const { code, lines } = await run();
      assert.equal(code, 1);
      assert.match(String(lines.at(-1)!.reason), came);
    }
    assert.equal((await run()).code, 0);
  });

  it('says where it expected to run, and what its settings are', async () => {
    const outside = await runJob(built.folder, 'create-secrets', { SECRETS: 'a/b' });
    assert.match(String(outside.lines.at(-1)!.reason), /KUBERNETES_SERVICE_HOST is not set: expected to run in a pod/);
    const unmounted = await runJob(built.folder, 'create-secrets', {
      SECRETS: 'a/b',
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      SERVICE_ACCOUNT_FOLDER: '/nowhere',
    });
    assert.match(
      String(unmounted.lines.at(-1)!.reason),
      /\/nowhere\/namespace cannot be read: expected what Kubernetes/,
    );
    assert.match(String((await run('no-key')).lines.at(-1)!.reason), /SECRETS: expected name\/key of Secrets/);
    assert.equal(api.requests.length, 0);
  });

  it('sends its token to nobody whose certificate is for another host', async () => {
    const other = await startClusterApi('elsewhere.crt');
    const { code, lines } = await runJob(built.folder, 'create-secrets', { ...other.env, SECRETS: 'a/b' });
    await other.close();
    assert.equal(code, 1);
    assert.match(String(lines.at(-1)!.reason), /127\.0\.0\.1.*certificate/);
    assert.equal(other.requests.length, 0);
  });
});
