import assert from 'node:assert/strict';
import { originOf } from '../../../forges/gitea/origin.ts';

describe('where a webhook comes from', () => {
  const account = { login: 'ada', html_url: 'https://g.example.com/ada' };
  for (const [name, payload, source, partitionkey] of [
    [
      'the repository',
      { repository: { html_url: 'https://g.example.com/a/b', full_name: 'a/b' }, sender: account },
      'https://g.example.com/a/b',
      'a/b',
    ],
    [
      'the repository by its public address, where it was merged by another',
      {
        repository: {
          html_url: 'http://gitea.svc:3000/a/b',
          full_name: 'a/b',
          url: 'https://g.example.com/api/v1/repos/a/b',
        },
      },
      'https://g.example.com/a/b',
      'a/b',
    ],
    [
      'the organisation where there is none',
      { repository: null, organization: account, sender: {} },
      'https://g.example.com/ada',
      'ada',
    ],
    ["the package's owner", { package: { owner: account } }, 'https://g.example.com/ada', 'ada'],
    ['the sender at last', { sender: account }, 'https://g.example.com/ada', 'ada'],
    [
      'an account without login',
      { sender: { html_url: 'https://g.example.com/x' } },
      'https://g.example.com/x',
      'https://g.example.com/x',
    ],
  ] as const) {
    it(`is ${name}`, () => {
      const found = originOf(payload);
      assert.deepEqual([found.source, found.partitionkey], [source, partitionkey]);
    });
  }

  it('is not known when nothing says so', () => {
    for (const payload of [{}, { repository: 'a/b' }, { sender: { html_url: '' } }, { package: 5 }])
      assert.deepEqual(originOf(payload), {});
  });

  it('is named in lower case for the list of repositories', () => {
    assert.equal(originOf({ repository: { full_name: 'Ada/Ops' } }).repository, 'ada/ops');
    assert.equal(originOf({ repository: { full_name: 5 } }).repository, undefined);
  });
});
