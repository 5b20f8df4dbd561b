import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyWithinMs, judge } from '../../../promotions/rollout/judge.ts';
import { type Json, object, type Workload } from '../../../promotions/rollout/workload.ts';
import { controllers, ModelCluster, uriOf } from '../../../stand-ins/kubernetes/model-cluster.ts';
import { seed } from '../../seed.ts';
import { container, withoutKServe } from './without-kserve.ts';

const versions = ['1', '2', '3'];

type Step =
  | { do: (typeof controllers)[number] }
  | { deploy: string }
  | { edit: string }
  | { scale: number }
  | { stop: true };

const step = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...controllers).map((name): Step => ({ do: name })) },
  { weight: 2, arbitrary: fc.constantFrom(...versions).map((version): Step => ({ deploy: version })) },
  { weight: 1, arbitrary: fc.constantFrom(...versions).map((version): Step => ({ edit: version })) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 3).map((replicas): Step => ({ scale: replicas })) },
  { weight: 1, arbitrary: fc.constant<Step>({ stop: true }) },
);

function take(cluster: ModelCluster, one: Step): void {
  if ('do' in one) cluster.controllers[one.do]();
  else if ('deploy' in one) cluster.git = one.deploy;
  else if ('edit' in one) cluster.edit(one.edit);
  else if ('scale' in one) cluster.replicas = one.scale;
  else cluster.stop();
}

function settle(cluster: ModelCluster, rounds = 100): void {
  for (let round = 0; round < rounds; round += 1) for (const name of controllers) cluster.controllers[name]();
}

const judged = (cluster: ModelCluster, sinceMs = applyWithinMs) =>
  judge(cluster.readAll(), cluster.git === undefined ? undefined : uriOf(cluster.git), sinceMs);

describe('judge of a rollout', () => {
  for (const [what, form] of [
    ['with KServe', (workload: Workload) => workload],
    ['of a Deployment without KServe', withoutKServe],
  ] as const) {
    it(`${what}: never says verified while a Pod of another version can answer, however reads and changes interleave`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 120 }), fc.array(step, { maxLength: 12 }), (before, during) => {
          const cluster = new ModelCluster();
          Object.assign(cluster, { git: '1', replicas: 2 });
          settle(cluster);
          cluster.git = '2';
          for (const one of before) take(cluster, one);
          const wanted = cluster.git ?? '';
          const steps = [...during];
          const others = () => cluster.answering().some((version) => version !== wanted);
          // The instants at which the reads of ReplicaSets and Pods happened, and those between them.
          const seen: boolean[] = [];
          let reads = 0;
          const workload = cluster.readAll(() => {
            reads += 1;
            if (reads === 3) seen.push(others());
            for (let n = 0; n < 4; n += 1) {
              const next = steps.shift();
              if (next) take(cluster, next);
              if (reads === 3) seen.push(others());
            }
          });
          const { phase, serving } = judge(form(workload), uriOf(wanted), 0);
          if (phase !== 'verified') return;
          assert.ok(seen.includes(false), 'at no moment of the reading was the wanted version alone');
          assert.deepEqual(
            serving.filter(({ uri }) => uri !== uriOf(wanted)),
            [],
          );
        }),
        { seed, numRuns: 3000 },
      );
    });

    it(`${what}: says verified in the end, whatever happened before`, () => {
      fc.assert(
        fc.property(
          fc.array(step, { maxLength: 80 }),
          fc.constantFrom(...versions),
          fc.constantFrom(0, 1, 3),
          (before, last, replicas) => {
            const cluster = new ModelCluster();
            for (const one of before) take(cluster, one);
            Object.assign(cluster, { git: last, replicas });
            settle(cluster);
            const { phase, serving, settled } = judge(form(cluster.readAll()), uriOf(last), applyWithinMs);
            assert.equal(phase, 'verified');
            assert.equal(settled, true);
            assert.deepEqual(serving, [{ uri: uriOf(last), pods: replicas }]);
          },
        ),
        { seed, numRuns: 500 },
      );
    });
  }

  it('says failed in the end, and what still serves, when the new version cannot start', () => {
    for (const replicas of [1, 3]) {
      const cluster = new ModelCluster();
      Object.assign(cluster, { git: '1', replicas });
      settle(cluster);
      cluster.broken.add('2');
      cluster.git = '2';
      settle(cluster);
      const { phase, reason, serving, settled } = judged(cluster);
      assert.deepEqual({ phase, settled }, { phase: 'failed', settled: true });
      assert.match(reason ?? '', /ImagePullBackOff/);
      assert.deepEqual(serving, [{ uri: uriOf('1'), pods: replicas }]);
      // Back to the version before: success, although the deadline of the attempt before stands in the status.
      cluster.git = '1';
      settle(cluster, 3);
      assert.equal(judged(cluster).phase, 'verified');
    }
  });

  it('an image that could not be pulled once may come yet; it is the reason when Kubernetes has given up', () => {
    const cluster = new ModelCluster();
    cluster.git = '1';
    settle(cluster);
    cluster.broken.add('2');
    cluster.git = '2';
    const judgedWhilePulling = () =>
      judge(
        JSON.parse(JSON.stringify(cluster.readAll()).replaceAll('ImagePullBackOff', 'ErrImagePull')),
        uriOf('2'),
        0,
      );
    settle(cluster, 5);
    assert.equal(judgedWhilePulling().phase, 'progressing');
    settle(cluster);
    const { phase, reason } = judgedWhilePulling();
    assert.equal(phase, 'failed');
    assert.match(reason ?? '', /ErrImagePull/);
  });

  it('says drifted when the cluster settled on something else, but not before Argo CD had its time', () => {
    const cluster = new ModelCluster();
    cluster.git = '1';
    settle(cluster);
    cluster.git = '2';
    assert.equal(judged(cluster, applyWithinMs - 1).phase, 'progressing');
    const { phase, reason } = judged(cluster, applyWithinMs);
    assert.equal(phase, 'drifted');
    assert.match(reason ?? '', /asks for oci:.*:1$/);
  });

  it('says that a withdrawn version is gone only when its Pods are', () => {
    const cluster = new ModelCluster();
    cluster.git = '1';
    settle(cluster);
    cluster.git = undefined;
    assert.equal(judged(cluster).phase, 'drifted');
    cluster.controllers.applyByArgoCd();
    assert.equal(judged(cluster).phase, 'progressing');
    settle(cluster);
    assert.deepEqual(judged(cluster), { phase: 'verified', settled: true, serving: [] });
  });

  /** Version 1 serves, then Git, Argo CD and KServe say 2, and no controller has done anything yet. */
  const changed = (replicas = 1) => {
    const cluster = new ModelCluster();
    Object.assign(cluster, { git: '1', replicas });
    settle(cluster);
    cluster.git = '2';
    cluster.controllers.applyByArgoCd();
    return cluster;
  };

  it('does not take the deadline of an earlier attempt for a failure of this one', () => {
    const cluster = changed();
    cluster.broken.add('2');
    settle(cluster);
    cluster.git = '3';
    cluster.controllers.applyByArgoCd();
    cluster.controllers.reconcileByKServe();
    const { phase, settled } = judged(cluster);
    assert.deepEqual({ phase, settled }, { phase: 'progressing', settled: false });
  });

  it('nor when its controller has seen the new template and made nothing of it yet, whatever the version', () => {
    for (const [version, pods] of [
      ['3', 0],
      ['1', 1],
    ] as const) {
      const cluster = changed();
      cluster.broken.add('2');
      settle(cluster);
      assert.equal(judged(cluster).phase, 'failed');
      cluster.git = version;
      cluster.controllers.applyByArgoCd();
      cluster.controllers.reconcileByKServe();
      cluster.controllers.stepDeployment();
      const [{ status }] = cluster.readAll().deployments as [{ status: Record<string, unknown> }];
      // As Kubernetes leaves it for a moment.
      assert.deepEqual(
        [status.updatedReplicas, (status.conditions as Json[])[0]!.reason],
        [pods, 'ProgressDeadlineExceeded'],
      );
      const { phase, settled } = judged(cluster);
      assert.deepEqual({ phase, settled }, { phase: 'progressing', settled: false });
      settle(cluster);
      assert.equal(judged(cluster).phase, 'verified');
    }
  });

  it('does not take a Deployment without Pods for the new version before KServe has changed its template', () => {
    const cluster = changed(0);
    assert.equal(judged(cluster).phase, 'progressing');
    cluster.controllers.reconcileByKServe();
    cluster.controllers.stepDeployment();
    const { phase, serving } = judged(cluster);
    assert.equal(phase, 'verified');
    assert.deepEqual(serving, [{ uri: uriOf('2'), pods: 0 }]);
  });

  it('counts a Pod that the status of its ReplicaSet does not count yet, and none that is on its way out', () => {
    const cluster = changed();
    settle(cluster);
    const workload = cluster.readAll();
    const owner = object(workload.replicaSets[0]?.metadata).uid;
    const late = { metadata: { uid: 'late', ownerReferences: [{ uid: owner }] }, status: {} };
    const leaving = { ...late, metadata: { ...late.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    const phase = (pod: Json) => judge({ ...workload, pods: [...workload.pods, pod] }, uriOf('2'), applyWithinMs).phase;
    assert.equal(phase(late), 'progressing');
    assert.equal(phase(leaving), 'verified');
  });

  it('reads the version of a Deployment without KServe from the tag of the image, whatever its digest', () => {
    const cluster = new ModelCluster();
    cluster.git = '1';
    settle(cluster);
    const image = (one: Json, text: string | undefined): Json => ({
      ...one,
      spec: { ...object(one.spec), template: { spec: { containers: [{ name: container, image: text }] } } },
    });
    const { deployments, replicaSets, pods } = cluster.readAll();
    const withImage = (text: string | undefined) => ({
      container,
      deployments: deployments.map((one) => image(one, text)),
      replicaSets: replicaSets.map((one) => image(one, text)),
      pods,
    });
    const tagged = withImage('quay.io/models/jukebox:1@sha256:abc');
    assert.deepEqual(judge(tagged, 'quay.io/models/jukebox:1', 0), {
      phase: 'verified',
      settled: true,
      serving: [{ uri: 'quay.io/models/jukebox:1', pods: 1 }],
    });
    assert.equal(
      judge(tagged, 'quay.io/models/jukebox:2', applyWithinMs).reason,
      'the Deployment asks for quay.io/models/jukebox:1',
    );
    assert.equal(judge(withImage(undefined), 'x:1', 0).reason, 'the Deployment names no artifact');
    assert.equal(
      judge({ ...tagged, deployments: [] }, undefined, 0).reason,
      'the Deployment is gone, its Pods are still there',
    );
  });
});
