// Pull requests through the API, where it says no.

import assert from 'node:assert/strict';
import { createGiteaStandIn, type GiteaStandIn, type RepositoryHandle } from '../../../../stand-ins/gitea/index.ts';

describe('pull requests by API', () => {
  let gitea: GiteaStandIn;
  let fleet: RepositoryHandle;
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${gitea.url}/api/v1/repos/ada/mlops-gitops/pulls${path}`, {
      method,
      headers: { Authorization: `token ${gitea.token()}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return { status: response.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : undefined };
  };

  beforeEach(async () => {
    gitea = await createGiteaStandIn();
    fleet = gitea.createRepository('ada/mlops-gitops', { files: { a: '1\n' } });
    fleet.commit({ branch: 'one', files: { a: '2\n' }, message: 'one' });
    fleet.commit({ branch: 'two', files: { b: '2\n' }, message: 'two' });
  });
  afterEach(() => gitea.close());

  it('are opened, merged, and then found by the commit of the merge', async () => {
    const opened = await call('POST', '', { title: 'One', head: 'one', base: 'main' });
    assert.equal(opened.status, 201);
    assert.equal((await call('POST', '/1/merge', { Do: 'squash' })).status, 200);
    const url = `${gitea.url}/api/v1/repos/ada/mlops-gitops/commits/${fleet.head()}/pull`;
    const found = (await (await fetch(url, { headers: { Authorization: `token ${gitea.token()}` } })).json()) as {
      number: number;
    };
    assert.equal(found.number, 1);
  });

  const refusals: [string, () => Promise<{ status: number }>, number][] = [
    ['a head that is none', () => call('POST', '', { title: 'x', head: 'none', base: 'main' }), 404],
    ['a head that is the base', () => call('POST', '', { title: 'x', head: 'main', base: 'main' }), 422],
    ['a style that is none', () => call('POST', '/1/merge', { Do: 'smash' }), 422],
    ['a style the repository does not allow', () => call('POST', '/1/merge', { Do: 'manually-merged' }), 405],
    ['a number that is none', () => call('GET', '/99'), 404],
    ['the same request twice', () => call('POST', '', { title: 'again', head: 'one', base: 'main' }), 409],
  ];
  for (const [name, wrong, status] of refusals) {
    it(`answer ${status} to ${name}`, async () => {
      await call('POST', '', { title: 'One', head: 'one', base: 'main' });
      assert.equal((await wrong()).status, status);
    });
  }

  it('stay merged: a merged one cannot be opened again, nor merged', async () => {
    await call('POST', '', { title: 'One', head: 'one', base: 'main' });
    await call('POST', '/1/merge', { Do: 'merge' });
    assert.equal((await call('PATCH', '/1', { state: 'open' })).status, 412);
    assert.equal((await call('POST', '/1/merge', { Do: 'merge' })).status, 405);
  });

  it('may be closed, and are then not there to merge', async () => {
    await call('POST', '', { title: 'One', head: 'one', base: 'main' });
    assert.equal((await call('PATCH', '/1', { state: 'closed' })).body?.state, 'closed');
    assert.equal((await call('POST', '/1/merge', { Do: 'merge' })).status, 404);
  });
});
