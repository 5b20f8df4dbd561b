// Commits made through the API come out with the ids they had when they were recorded (case 20-contents-api).

import assert from 'node:assert/strict';
import { createGiteaStandIn, type GiteaStandIn, type RepositoryHandle } from '../../../../stand-ins/gitea/index.ts';
import { buildHistory, readJson } from '../recorded-history.ts';

type Shown = { commits: Record<string, { message: string; parents: string[] }> };

describe('contents, written by API', () => {
  const { store } = buildHistory('gitea');
  const { commits } = readJson<Shown>('gitea/deliveries/20-contents-api/commits.json');
  const idOf = (message: string) => Object.entries(commits).find(([, commit]) => commit.message === message)![0];
  const PROD = 'model-deployments/prod/jukebox/config.yaml';
  const TEST = 'model-deployments/test/jukebox/config.yaml';
  const API = 'model-deployments/prod/api-app/config.yaml';

  let gitea: GiteaStandIn;
  let fleet: RepositoryHandle;
  let now = new Date();

  const content = (commit: string, path: string) => {
    fleet.repository.refs.set('refs/heads/look', commit);
    const text = fleet.files('look').get(path)!;
    fleet.repository.refs.delete('refs/heads/look');
    return Buffer.from(text).toString('base64');
  };
  const call = async (method: string, path: string, body: unknown, wanted: string) => {
    now = new Date(store.commit(wanted).committer.seconds * 1000);
    const response = await fetch(`${gitea.url}/api/v1/repos/ada/mlops-gitops/contents${path}`, {
      method,
      headers: { Authorization: `token ${gitea.token()}` },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { commit: { sha: string }; message?: string } };
  };
  const startAt = (commit: string) => {
    fleet.repository.refs.set('refs/heads/main', store.commit(commit).parents[0]!);
  };

  before(async () => {
    gitea = await createGiteaStandIn({
      clock: () => now,
      users: [{ login: 'ada', fullName: 'Ada Example', email: 'ada@example.test' }],
    });
    fleet = gitea.createRepository('ada/mlops-gitops');
    fleet.repository.store = store;
  });
  after(() => gitea.close());

  const blob = (path: string) => store.writeBlob(fleet.files().get(path)!);
  const several = (wanted: string) =>
    [PROD, TEST].map((path) => ({ operation: 'update', path, content: content(wanted, path), sha: blob(path) }));
  const changes: [what: string, message: string, method: string, path: string, body: (wanted: string) => object][] = [
    [
      'update a file',
      `Update ${PROD}`,
      'PUT',
      `/${PROD}`,
      (wanted) => ({ content: content(wanted, PROD), sha: blob(PROD) }),
    ],
    [
      'create one, with a message of the server',
      `Add ${API}`,
      'POST',
      `/${API}`,
      (wanted) => ({ content: content(wanted, API) }),
    ],
    ['delete it', 'Remove api-app', 'DELETE', `/${API}`, () => ({ sha: blob(API), message: 'Remove api-app' })],
    [
      'change several in one commit',
      'Several files in one commit',
      'POST',
      '',
      (wanted) => ({ message: 'Several files in one commit', files: several(wanted) }),
    ],
  ];
  for (const [what, message, method, path, bodyOf] of changes)
    it(what, async () => {
      const wanted = idOf(message);
      startAt(wanted);
      const { status, body } = await call(method, path, bodyOf(wanted), wanted);
      assert.equal(status, method === 'POST' ? 201 : 200);
      assert.equal(body.commit.sha, wanted);
    });

  it('leave the branch alone when they are for a new one', async () => {
    const wanted = idOf('Edit on a new branch');
    startAt(wanted);
    const head = fleet.head();
    const edit = {
      content: content(wanted, PROD),
      sha: blob(PROD),
      message: 'Edit on a new branch',
      new_branch: 'edit',
    };
    const { body } = await call('PUT', `/${PROD}`, edit, wanted);
    assert.equal(body.commit.sha, wanted);
    assert.equal(fleet.head(), head);
    assert.equal(fleet.head('edit'), wanted);
  });

  it('are refused for a file that has changed meanwhile', async () => {
    const wanted = idOf(`Update ${PROD}`);
    startAt(wanted);
    const { status, body } = await call('PUT', `/${PROD}`, { content: '', sha: '1'.repeat(40) }, wanted);
    assert.equal(status, 422);
    assert.match(body.message!, /^sha does not match/);
  });
});
