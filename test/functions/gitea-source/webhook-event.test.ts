import assert from 'node:assert/strict';
import { eventOf, repositoryOf } from '../../../functions/gitea-source/webhook-event.ts';

const receipt = { time: '2026-11-02T09:30:00.000Z', traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` };
const delivery = (eventType: string, payload: Record<string, unknown>) => ({
  id: 'd1',
  event: eventType,
  eventType,
  payload,
  text: JSON.stringify(payload),
});

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
      const event = eventOf(delivery('package', payload), receipt);
      assert.deepEqual([event.source, event.partitionkey], [source, partitionkey]);
    });
  }

  it('is refused when nothing says so', () => {
    for (const payload of [{}, { repository: 'a/b' }, { sender: { html_url: '' } }, { package: 5 }])
      assert.throws(() => eventOf(delivery('package', payload), receipt), { name: 'StopError', status: 422 });
  });

  it('is named in lower case for the list of repositories', () => {
    assert.equal(repositoryOf({ repository: { full_name: 'Ada/Ops' } }), 'ada/ops');
    assert.equal(repositoryOf({ repository: { full_name: 5 } }), undefined);
    assert.equal(repositoryOf({}), undefined);
  });
});
