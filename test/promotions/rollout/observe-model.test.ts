import assert from 'node:assert/strict';
import { applyWithinMs } from '../../../promotions/rollout/judge.ts';
import { type Deployed, observeModel } from '../../../promotions/rollout/observe-model.ts';
import type { Json, Workload } from '../../../promotions/rollout/workload.ts';

const template = 'oci://{image_repository}/{image_namespace}/{name}:{version}';
const uri = (version: string, namespace = 'user1-prod') => `oci://registry:5000/${namespace}/jukebox:${version}`;

/** An InferenceService that asks for one artifact, with a Pod for each of those that serve; the first is the Deployment's. */
function workload(asked: string | undefined, ...serving: string[]): Workload {
  const template = (one: string): Json => ({
    metadata: { annotations: { 'internal.serving.kserve.io/storage-initializer-sourceuri': one } },
  });
  return {
    ...(asked !== undefined && { inferenceService: { spec: { predictor: { model: { storageUri: asked } } } } }),
    deployments: serving.slice(0, 1).map((one) => ({ spec: { replicas: 1, template: template(one) } })),
    replicaSets: serving.map((one, n) => ({
      metadata: { uid: `rs-${n}` },
      spec: { template: template(one) },
      status: { replicas: 1, availableReplicas: 1 },
    })),
    pods: [],
  };
}

const observe = (deployed: Deployed[], given: Workload, sinceMs = 0) =>
  observeModel('jukebox', deployed, given, template, sinceMs);

describe('observation of a model', () => {
  it('is verified when the version that Git deploys is the one whose address serves', () => {
    for (const deployed of [{ version: '2', uri: uri('2') }, { version: '2' }]) {
      const { phase, serving, target, settled, isApplied } = observe([deployed], workload(uri('2'), uri('2')));
      assert.deepEqual([phase, settled, isApplied], ['verified', true, true]);
      assert.deepEqual(serving, [{ version: '2', uri: uri('2'), pods: 1 }]);
      assert.deepEqual(target, { version: '2', uri: uri('2') });
    }
  });

  it('names the version that serves until the cluster is told of the new one', () => {
    for (const deployed of [{ version: '2', uri: uri('2') }, { version: '2' }]) {
      const { phase, serving, target, isApplied } = observe([deployed], workload(uri('1'), uri('1')));
      assert.deepEqual([phase, isApplied], ['progressing', false]);
      assert.deepEqual(serving, [{ version: '1', uri: uri('1'), pods: 1 }]);
      assert.deepEqual(target, { version: '2', uri: uri('2') });
      assert.equal(observe([deployed], workload(uri('1'), uri('1')), applyWithinMs).phase, 'drifted');
    }
  });

  it('gives no version to what is of another repository, though it is called like one', () => {
    const foreign = uri('1', 'somebody-else');
    const { serving } = observe([{ version: '2', uri: uri('2') }], workload(uri('2'), uri('2'), foreign));
    assert.deepEqual(serving, [
      { uri: foreign, pods: 1 },
      { version: '2', uri: uri('2'), pods: 1 },
    ]);
    const asked = observe([{ version: '1', uri: uri('1') }], workload(foreign, foreign));
    assert.deepEqual([asked.phase, asked.serving], ['progressing', [{ uri: foreign, pods: 1 }]]);
  });

  it('gives no version to what no template reads, not even where Git says no address', () => {
    const other = 's3://models/jukebox/1';
    const { phase, reason, serving, target, settled } = observe([{ version: '2' }], workload(other, other));
    assert.deepEqual([phase, settled], ['unknown', false]);
    assert.match(reason!, /asks for s3:\/\/models\/jukebox\/1, which is no address by SERVED_URI/);
    assert.deepEqual([serving, target], [[{ uri: other, pods: 1 }], { version: '2' }]);
    assert.equal(observe([{ version: '2' }], workload(other, other), applyWithinMs).settled, true);
  });

  it('compares no address with what asks for none', () => {
    const missing = observe([{ version: '2' }], workload(undefined));
    assert.deepEqual([missing.phase, missing.isApplied, missing.target], ['progressing', false, { version: '2' }]);
    const nameless = observe([{ version: '2' }], { ...workload(uri('1')), inferenceService: { spec: {} } });
    assert.equal(nameless.phase, 'unknown');
  });

  it('is verified when Git deploys nothing and nothing is there, and names what is still there', () => {
    const gone = observe([], workload(undefined));
    assert.deepEqual([gone.phase, gone.target, gone.isApplied], ['verified', undefined, true]);
    const leaving = observe([], workload(undefined, uri('1')));
    assert.deepEqual([leaving.phase, leaving.serving], ['progressing', [{ version: '1', uri: uri('1'), pods: 1 }]]);
    const there = observe([], workload(uri('1'), uri('1')), applyWithinMs);
    assert.deepEqual([there.phase, there.serving[0]!.version], ['drifted', '1']);
  });

  it('takes the version that the cluster asks for where Git deploys several', () => {
    const both = [{ version: '1' }, { version: '2' }];
    assert.equal(observe(both, workload(uri('2'), uri('2'))).target?.version, '2');
    assert.equal(observe(both, workload(uri('3'), uri('3'))).target?.version, '1');
  });
});
