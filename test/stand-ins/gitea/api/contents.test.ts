// file-contents: the reading of several files at once, with the limits measured on Gitea 1.26.

import assert from 'node:assert/strict';
import { createGiteaStandIn, type GiteaStandIn } from '../../../../stand-ins/gitea/index.ts';

type File = { path: string; content: string | null; sha: string; last_commit_sha: string } | null;

describe('file-contents', () => {
  let gitea: GiteaStandIn;
  let head: string;
  const paths = Array.from({ length: 41 }, (_, at) => `files/${at}.txt`);
  const url = (files: readonly string[], ref = head) =>
    `${gitea.url}/api/v1/repos/ada/mlops-gitops/file-contents?ref=${ref}&body=${encodeURIComponent(JSON.stringify({ files }))}`;
  const headers = (scope: string) => ({ Authorization: `token ${gitea.createToken('ada', [scope])}` });

  beforeEach(async () => {
    gitea = await createGiteaStandIn({ limits: { blobSize: 100 } });
    const files = Object.fromEntries(paths.map((path) => [path, `${path}\n`]));
    head = gitea.createRepository('ada/mlops-gitops', { files: { ...files, 'long.txt': 'x'.repeat(101) } }).head()!;
  });
  afterEach(() => gitea.close());

  it('answers a GET with a token that may only read', async () => {
    const response = await fetch(url(['files/1.txt']), { headers: headers('read:repository') });
    const [file] = (await response.json()) as [File];
    assert.equal(Buffer.from(file!.content!, 'base64').toString(), 'files/1.txt\n');
    assert.equal(file!.last_commit_sha, head);
  });

  it('refuses a POST with such a token', async () => {
    const address = `${gitea.url}/api/v1/repos/ada/mlops-gitops/file-contents`;
    const body = JSON.stringify({ files: [] });
    const response = await fetch(address, { method: 'POST', headers: headers('read:repository'), body });
    assert.equal(response.status, 403);
  });

  it('answers 30 of 41 and says nothing of the others', async () => {
    const response = await fetch(url(paths), { headers: headers('all') });
    const files = (await response.json()) as File[];
    assert.deepEqual(
      files.map((file) => file?.path),
      paths.slice(0, 30),
    );
  });

  it('has null for a path that is not there, and for the content of a file too long', async () => {
    const files = (await (
      await fetch(url(['no.txt', 'long.txt', 'files']), { headers: headers('all') })
    ).json()) as File[];
    assert.equal(files[0], null);
    assert.equal(files[1]!.content, null);
    assert.equal(files[2], null);
  });

  it('does not know a ref that is none', async () => {
    assert.equal((await fetch(url([], 'none'), { headers: headers('all') })).status, 404);
  });

  it('is not there on Gitea 1.22', async () => {
    const old = await createGiteaStandIn({ generation: 'gitea-1.22' });
    try {
      old.createRepository('ada/mlops-gitops', { files: { a: 'a' } });
      const address = `${old.url}/api/v1/repos/ada/mlops-gitops/file-contents?body=${encodeURIComponent('{"files":[]}')}`;
      assert.equal((await fetch(address, { headers: { Authorization: `token ${old.token()}` } })).status, 404);
    } finally {
      await old.close();
    }
  });
});
