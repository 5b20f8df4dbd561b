// What whoever has the webhook's secret can do, over real processes: make parse read Git again, and nothing more.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { type System, startSystem } from '../../local/system.ts';
import { httpServer, type LocalServer } from '../io/local-server.ts';

const file = (application: string) => `model-deployments/prod/${application}/config.yaml`;
const deploys = (name: string, version: string) => `name: ${name}\nversion: "${version}"\n`;

describe('a leaked webhook secret', () => {
  let system: System;
  let decoy: LocalServer;
  let connections = 0;
  let lines: string[] = [];

  before(async () => {
    decoy = await httpServer((_, response) => {
      connections++;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    system = await startSystem();
    for (const { process } of system.functions) process?.events.on('line', (line) => lines.push(JSON.stringify(line)));
  });
  after(async () => {
    await system.close();
    await decoy.close();
  });
  beforeEach(() => {
    connections = 0;
    lines = [];
  });

  const repository = () => system.gitea.standIn!.repository(system.gitea.repository);
  const registry = () => system.registry.kubeflow!;

  /** A push as the attacker says it was; true but for `change`. */
  function payload(change: object): Record<string, unknown> {
    const [owner, name] = system.gitea.repository.split('/');
    const url = `${system.gitea.url}/${owner}/${name}`;
    return {
      ref: 'refs/heads/main',
      before: repository().head(),
      after: repository().head(),
      repository: { html_url: url, full_name: system.gitea.repository, clone_url: `${url}.git`, url },
      pusher: { login: 'mallory', full_name: 'Mallory' },
      ...change,
    };
  }

  async function send(body: object): Promise<number> {
    const text = JSON.stringify(body);
    const signature = createHmac('sha256', system.webhook.secret).update(text).digest('hex');
    const answer = await fetch(system.webhook.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-gitea-delivery': crypto.randomUUID(),
        'x-gitea-event': 'push',
        'x-gitea-event-type': 'push',
        'x-gitea-signature': signature,
      },
      body: text,
    });
    await answer.arrayBuffer();
    await system.idle();
    return answer.status;
  }

  it('names another server: nobody is asked there, neither with the token nor without', async () => {
    const before = JSON.stringify(registry().dump());
    const first = '1'.repeat(40);
    for (const full_name of [system.gitea.repository, 'else/where']) {
      const url = `${decoy.url}/${full_name}`;
      const elsewhere = {
        html_url: url,
        full_name,
        clone_url: `${url}.git`,
        url,
        owner: { html_url: url, avatar_url: url },
      };
      const commits = [{ id: first, url: `${url}/commit/${first}`, added: [file('x')] }];
      assert.equal(await send(payload({ before: first, repository: elsewhere, compare_url: url, commits })), 202);
    }
    assert.equal(connections, 0);
    assert.equal(JSON.stringify(registry().dump()), before);
    assert.ok(lines.some((line) => line.includes('about another repository')));
  });

  it('names commits, files and versions that are not there: what the head says stays true', async () => {
    const before = JSON.stringify(registry().labels());
    for (const change of [
      { before: '1'.repeat(40) },
      { before: '0'.repeat(40) },
      { before: '1'.repeat(40), after: '2'.repeat(40) },
      { before: '1'.repeat(40), after: '0'.repeat(40) },
      { ref: 'refs/tags/main', before: '1'.repeat(40) },
      { ref: 'refs/heads/../../x', before: '1'.repeat(40) },
      {
        before: '1'.repeat(40),
        commits: [{ id: '3'.repeat(40), removed: [file('jukebox')], modified: ['../../etc/passwd'] }],
      },
    ])
      assert.equal(await send(payload(change)), 202);
    assert.equal(JSON.stringify(registry().labels()), before);
    assert.deepEqual(system.broker.deadLetters, []);
  });

  it('names a commit of a pull request as what was before: a label that is not ours stays', async () => {
    registry().addModel({ name: 'foreign', versions: [{ name: '1', labels: ['prod'] }] });
    const aside = repository().commit({
      branch: 'evil',
      files: { [file('foreign')]: deploys('foreign', '1') },
      message: 'Open to review',
    });
    assert.equal(await send(payload({ before: aside, after: repository().head()! })), 202);
    assert.deepEqual(registry().labels().foreign, { 1: ['prod'] });
    assert.ok(
      lines.some((line) => line.includes('it is not ours to move')),
      lines.join('\n'),
    );
    // Not because nothing ever is moved: what the branch itself deployed and removed goes.
    repository().commit({ files: { [file('foreign')]: deploys('foreign', '1') }, message: 'Deploy' });
    await system.idle();
    repository().deleteFiles([file('foreign')]);
    await system.idle();
    assert.deepEqual(registry().labels().foreign, { 1: [] });
  });

  it('sends the same a hundred times: reads, and not one write', async () => {
    await send(payload({ before: '0'.repeat(40) }));
    const writes = () => registry().calls.filter(({ method }) => method !== 'GET').length;
    const before = writes();
    await Promise.all(Array.from({ length: 100 }, () => send(payload({ before: '0'.repeat(40) }))));
    assert.equal(writes(), before);
  });

  it('may name who pushed where the true webhook was lost and there is no pull request, and nobody else', async () => {
    const { standIn } = system.gitea;
    const recordOf = (version: string) => {
      const { modelVersions = [] } = registry().dump() as unknown as Record<
        string,
        { name: string; customProperties: Record<string, { string_value?: string }> }[]
      >;
      return modelVersions.find(({ name }) => name === version)?.customProperties['prod.promotedBy']?.string_value;
    };
    standIn!.setDeliveryRule(() => 'drop');
    let before = repository().head();
    repository().commit({ files: { [file('jukebox')]: deploys('jukebox', '1.1.0') }, message: 'Direct' });
    await send(payload({ before, after: repository().head() }));
    assert.match(recordOf('1.1.0') ?? '', /mallory/i);

    before = repository().head();
    repository().commit({
      branch: 'next',
      files: { [file('jukebox')]: deploys('jukebox', '1.2.0') },
      message: 'Reviewed',
    });
    const pull = repository().openPullRequest({ title: 'Promote', head: 'next' });
    repository().mergePullRequest(pull.number, { style: 'merge' });
    await send(payload({ before, after: repository().head() }));
    assert.match(recordOf('1.2.0') ?? '', /user1/);
    assert.doesNotMatch(recordOf('1.2.0') ?? '', /mallory/i);
    standIn!.setDeliveryRule(() => 'send');
  });
});
