import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createMask, isSecretName, masked } from '../../../local/console/mask.ts';

describe('mask', () => {
  it('hides what stands under the name of a secret, however deep', () => {
    const { value } = createMask([]);
    assert.deepEqual(
      value({
        headers: {
          Authorization: 'Bearer abc',
          'X-Gitea-Signature': 'ab12',
          'x-hub-signature-256': 'sha256=ab',
          'X-Gitea-Event': 'push',
        },
        list: [{ token: 'abc', signature: 'x', id: 1 }],
        hook: { secret: '', password: null },
      }),
      {
        headers: {
          Authorization: masked,
          'X-Gitea-Signature': masked,
          'x-hub-signature-256': masked,
          'X-Gitea-Event': 'push',
        },
        list: [{ token: masked, signature: masked, id: 1 }],
        hook: { secret: '', password: null },
      },
    );
  });

  it('hides passwords in addresses', () => {
    assert.equal(createMask([]).text('GET https://ada:pw@git.test/x'), `GET https://${masked}@git.test/x`);
  });

  it('hides each of several secrets that one setting holds', () => {
    const { text } = createMask(['first,second']);
    assert.equal(text('a first and a second'), `a ${masked} and a ${masked}`);
  });

  it('lets no known secret through, wherever it stands', () => {
    const secret = fc
      .string({ minLength: 4, maxLength: 40 })
      .filter((text) => !text.includes(',') && !masked.includes(text));
    fc.assert(
      fc.property(secret, fc.jsonValue(), (known, around) => {
        const { value } = createMask([known]);
        const shown = value({ around, [`key ${known}`]: [`before ${known} after`, { deep: known }] });
        const texts: string[] = [];
        JSON.stringify(shown, (key, inner: unknown) => {
          texts.push(key, ...(typeof inner === 'string' ? [inner] : []));
          return inner;
        });
        return texts.every((text) => !text.includes(known));
      }),
    );
  });

  it('knows the settings that are secrets', () => {
    for (const name of [
      'GITEA_WEBHOOK_SECRET',
      'GITEA_TOKEN',
      'MODEL_REGISTRY_TOKEN',
      'EVENT_SIGNING_KEY',
      'GITEA_STATUS_TOKEN',
    ])
      assert.equal(isSecretName(name), true, name);
    for (const name of ['GITEA_URL', 'K_SINK', 'GITEA_TOKEN_FILE']) assert.equal(isSecretName(name), false, name);
  });
});
