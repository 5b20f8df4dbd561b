import assert from 'node:assert/strict';
import { fillArtifactUri } from '../../promotions/artifact-uri-template.ts';

const usual = 'oci://{image_repository}/{image_namespace}/{name}:{version}';
const values = { image_repository: 'quay.io', image_namespace: 'user1', name: 'jukebox', version: '1.10' };
const filled = (template: string, change: Record<string, string> = {}) =>
  fillArtifactUri(template, new Map(Object.entries({ ...values, ...change })));

describe('fillArtifactUri', () => {
  it('fills every key as written', () => {
    assert.equal(filled(usual), 'oci://quay.io/user1/jukebox:1.10');
    assert.equal(filled('s3://{name}/{name}'), 's3://jukebox/jukebox');
    assert.equal(filled(usual, { name: '$& {version}' }), 'oci://quay.io/user1/$& {version}:1.10');
  });

  it('fills nothing when a key is missing or empty', () => {
    for (const key of Object.keys(values)) {
      assert.equal(filled(usual, { [key]: '' }), undefined, key);
      const others = new Map(Object.entries(values).filter(([name]) => name !== key));
      assert.equal(fillArtifactUri(usual, others), undefined, key);
    }
    assert.equal(filled('{toString}'), undefined);
  });

  it('gives no address that no registry could hold', () => {
    assert.equal(filled(usual, { image_namespace: 'x'.repeat(3000) }), undefined);
    assert.equal(filled(usual, { image_namespace: 'a\nb' }), undefined);
  });
});
