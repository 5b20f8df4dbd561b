import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fillArtifactUri } from '../../../promotions/artifact-uri-template.ts';
import { modelIn, versionIn, withVersion } from '../../../promotions/rollout/artifact-version.ts';
import { seed } from '../../seed.ts';

const usual = 'oci://{image_repository}/{image_namespace}/{name}:{version}';

describe('version of an artifact', () => {
  for (const [template, uri, version] of [
    [usual, 'oci://quay.io/team/jukebox:4562a17c17', '4562a17c17'],
    [usual, 'oci://registry.svc:5000/user1-prod/jukebox:1.10', '1.10'],
    [usual, 'oci://registry.svc:5000/group/project/jukebox:1', '1'],
    ['s3://models/{name}/{version}/model.onnx', 's3://models/jukebox/7/model.onnx', '7'],
    ['s3://models/{name}/{version}/{file}', 's3://models/jukebox/7/model.onnx', '7'],
    ['s3://{bucket}/{name}-{version}', 's3://b/jukebox-1-rc', '1-rc'],
    ['https://models.example.com/{version}', 'https://models.example.com/7', '7'],
    ['pvc://models/{version}/', 'pvc://models/7/', '7'],
  ] as const) {
    it(`${uri} is ${version} by ${template}`, () => {
      const named = versionIn(template, 'jukebox', uri);
      assert.equal(named?.version, version);
      assert.equal(withVersion(named!, version), uri);
    });
  }

  for (const [template, uri, why] of [
    [usual, 'oci://quay.io/team/other:1', 'another model'],
    [usual, 'oci://quay.io/team/not-jukebox:1', 'a model whose name ends alike'],
    [usual, 's3://quay.io/team/jukebox:1', 'another scheme'],
    [usual, 'oci://quay.io/team/jukebox@sha256:abc', 'a digest'],
    [usual, 'oci://quay.io/team/jukebox', 'no version'],
    [usual, 'oci://quay.io/team/jukebox:', 'an empty version'],
    [usual, 'oci://quay.io/team/jukebox:1/x', 'something below the version'],
    ['s3://models/{name}/{version}/model.onnx', 's3://models/jukebox/model.onnx', 'too short'],
    ['s3://models/{name}/{version}/model.onnx', 's3://models/jukebox/7/other.onnx', 'another file'],
    ['s3://models/{version}{file}', 's3://models/7model', 'an end that nothing marks'],
    ['s3://models/{folder}{version}', 's3://models/7', 'a beginning that nothing marks'],
    ['s3://models/{name}', 's3://models/jukebox', 'a template without a version'],
    ['s3://{version}/{version}', 's3://1/1', 'a template with two'],
  ] as const) {
    it(`${uri} names no version: ${why}`, () => {
      assert.equal(versionIn(template, 'jukebox', uri), undefined);
    });
  }

  it('tells repositories apart by what stands around the version', () => {
    const [a, b, c] = [
      'oci://quay.io/team/jukebox:1',
      'oci://quay.io/team/jukebox:2',
      'oci://evil.io/team/jukebox:1',
    ].map((uri) => versionIn(usual, 'jukebox', uri)?.uriPattern);
    assert.equal(a, b);
    assert.notEqual(a, c);
  });

  it('reads back what parse fills in', () => {
    const word = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,12}$/);
    fc.assert(
      fc.property(word, word, word, word, (host, team, name, version) => {
        const values = new Map(Object.entries({ image_repository: host, image_namespace: team, name, version }));
        assert.equal(versionIn(usual, name, fillArtifactUri(usual, values)!)?.version, version);
      }),
      { seed },
    );
  });

  it('is of the model whose name stands in its place, where the template has one', () => {
    for (const [template, uri, model] of [
      [usual, 'oci://quay.io/team/jukebox:1', 'jukebox'],
      [usual, 'quay.io/team/jukebox:1', undefined],
      [usual, 'oci://quay.io/team/jukebox', undefined],
      ['{registry}/{name}:{version}', 'registry:5000/team/jukebox:1', 'jukebox'],
      ['{name}/{name}:{version}', 'a/a:1', 'a'],
      ['{name}/{name}:{version}', 'a/b:1', undefined],
      ['{image}:{version}', 'registry/jukebox:1', undefined],
    ] as const)
      assert.equal(modelIn(template, uri), model, uri);
  });
});
