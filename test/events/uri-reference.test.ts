import assert from 'node:assert/strict';
import { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import { uriReference } from '../../events/uri-reference.ts';

describe('uriReference', () => {
  for (const [address, expected] of [
    ['https://gitea.example.com/a/b', 'https://gitea.example.com/a/b'],
    ['https://gitea.example.com/%C3%B6/b?x=1#y', 'https://gitea.example.com/%C3%B6/b?x=1#y'],
    ['http://[::1]:3000/a/b', 'http://[::1]:3000/a/b'],
    ['https://gitea.example.com/ö/b c', 'https://gitea.example.com/%C3%B6/b%20c'],
    ['https://gitea.example.com/a%zz/[b]', 'https://gitea.example.com/a%25zz/%5Bb%5D'],
    ['https://gitea.example.com/\ud800 \u{1f600}', 'https://gitea.example.com/%EF%BF%BD%20%F0%9F%98%80'],
    ['https://gitea.example.com/a#b#c', 'https://gitea.example.com/a#b%23c'],
    ['/apis/v1/namespaces/a/pingsources/b', '/apis/v1/namespaces/a/pingsources/b'],
  ] as const) {
    it(`makes ${expected} of ${address}`, () => assert.equal(uriReference(address), expected));
  }

  it('gives what CloudEvents takes as a source, for a repository of any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        const source = uriReference(`https://gitea.example.com/a/${name}`);
        assert.doesNotThrow(() => new CloudEvent({ id: '1', type: 't', source }));
        assert.equal(uriReference(source), source);
      }),
    );
  });
});
