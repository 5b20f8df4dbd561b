// What really serves, in a real cluster: Deployments, ReplicaSets and Pods below InferenceServices of a definition of our own, with
// KServe's names of fields. The tests do what Argo CD and KServe do; what is expected is read from the ReplicaSets by kubectl.
import assert from 'node:assert/strict';
import { apply, kubectl, list, scaleToZero, until } from './cluster.ts';
import { type Behaviour, defineInferenceServices, deploy, deployment, prod, uriAnnotation } from './kserve.ts';
import { applyNamespace, isReady, noReconciles, podsOf, reconcile, release, upgrade } from './release.ts';
import { model, type Servers } from './servers.ts';
import { installed } from './shared.ts';

describe('what really serves in a real cluster', function () {
  this.timeout(15 * 60_000);
  let servers: Servers;

  before(async () => {
    servers = await installed();
    servers.register('2.0.0', '2.1.0', '2.2.0', '2.3.0', '2.4.0', '2.5.0', '2.6.0');
    await scaleToZero('quickly');
    await defineInferenceServices();
    await applyNamespace(prod);
    await upgrade('rollout.enabled=true', `rollout.namespaces.prod=${prod}`, noReconciles);
    await isReady(servers, release.functions.length + 1);
  });
  after(async () => {
    await reconcile('never');
    await upgrade('rollout.enabled=false');
    await kubectl('delete', 'namespace', prod, '--wait=false');
  });

  /** Merges the version; then Argo CD and KServe bring it to the cluster. */
  async function rollOut(version: string, behaviour: Behaviour = 'serves'): Promise<void> {
    await servers.promote(version);
    await until(`${version} has the label of Git`, () => servers.isLabelled(version));
    await deploy(version, behaviour);
  }

  /** The registry names the versions that the ReplicaSets serve, which are these, and the rollout of the last one promoted is so. */
  async function serve(versions: string[], state: { of: string; rollout: RegExp | undefined }): Promise<void> {
    await until(`the cluster serves ${versions}`, async () => isSame(await servedByReplicaSets(), versions));
    const begin = Date.now();
    await until(`the registry says that ${versions} serve`, () => {
      const labelled = servers.labelled('prod.serving');
      return isSame(labelled, versions) || labelled;
    });
    await until(`the registry says ${state.rollout} of ${state.of}`, () => {
      const said = servers.property(state.of, 'prod.rollout');
      return (state.rollout === undefined ? said === undefined : state.rollout.test(said ?? '')) || said;
    });
    console.log(`      registry: ${((Date.now() - begin) / 1000).toFixed(1)} s after the ReplicaSets`);
  }

  const statusOfRollout = () => servers.statusOfHead('rollout/prod');

  it('a rollout that succeeds', async () => {
    await deploy('2.0.0');
    await until('2.0.0 serves', async () => isSame(await servedByReplicaSets(), ['2.0.0']));
    await rollOut('2.1.0');
    await serve(['2.1.0'], { of: '2.1.0', rollout: undefined });
    await until('the commit says so', async () => (await statusOfRollout()) === 'success');
  });

  it('one whose image is missing: the old version goes on serving, and registry and commit say why', async () => {
    await rollOut('2.2.0', 'has no image');
    await serve(['2.1.0'], { of: '2.2.0', rollout: /^failed: .*(ImagePullBackOff|ErrImage)/ });
    await until('the commit says so', async () => (await statusOfRollout()) === 'failure');
  });

  it('the next version after a failed one', async () => {
    await rollOut('2.3.0');
    await serve(['2.3.0'], { of: '2.3.0', rollout: undefined });
  });

  it('one that is not ready before its deadline', async () => {
    await rollOut('2.4.0', 'is never ready');
    await serve(['2.3.0'], { of: '2.4.0', rollout: /^failed: .*ProgressDeadlineExceeded/ });
  });

  it('a rollback', async () => {
    await rollOut('2.0.0');
    await serve(['2.0.0'], { of: '2.0.0', rollout: undefined });
    await until('the commit says so', async () => (await statusOfRollout()) === 'success');
  });

  it('rollout-observer is killed while it watches', async () => {
    await servers.promote('2.5.0');
    await until('it tells of the rollout', () => servers.property('2.5.0', 'prod.rollout') === 'progressing');
    const killed = await podsOf('rollout-observer');
    assert.equal(killed.length, 1);
    await kubectl('-n', release.namespace, 'delete', 'pod', '--force', '--grace-period=0', ...killed);
    await deploy('2.5.0');
    await serve(['2.5.0'], { of: '2.5.0', rollout: undefined });
  });

  it('rights that are taken away: nothing is said that was not seen, and the next reconcile makes up for it', async () => {
    const [binding] = await list<object>(prod, 'rolebindings');
    await kubectl('-n', prod, 'delete', 'rolebinding', '--all');
    await rollOut('2.6.0');
    await until('the cluster serves it', async () => isSame(await servedByReplicaSets(), ['2.6.0']));
    assert.deepEqual(servers.labelled('prod.serving'), ['2.5.0']);
    await apply(JSON.stringify(withoutVersion(binding!)));
    await reconcile('every ten seconds');
    await serve(['2.6.0'], { of: '2.6.0', rollout: undefined });
  });

  it('two versions by hand', async () => {
    await apply(JSON.stringify(deployment('2.5.0', 'serves', `${model}-by-hand`)));
    await serve(['2.5.0', '2.6.0'], { of: '2.6.0', rollout: undefined });
    await kubectl('-n', prod, 'delete', 'deployment', `${model}-by-hand`);
    await serve(['2.6.0'], { of: '2.6.0', rollout: undefined });
  });

  it('scaled to zero, and removed', async () => {
    await kubectl('-n', prod, 'scale', 'deployment', `${model}-predictor`, '--replicas=0');
    await until('it has no Pod', async () => (await list(prod, 'pods')).length === 0);
    await until('the version that a request starts serves', () => isSame(servers.labelled('prod.serving'), ['2.6.0']));
    await kubectl('-n', prod, 'delete', 'inferenceservice', model);
    await kubectl('-n', prod, 'delete', 'deployment', `${model}-predictor`);
    await serve([], { of: '2.6.0', rollout: /^pending/ });
  });
});

/** By a plain reading of the ReplicaSets: versions with Pods that take requests. */
async function servedByReplicaSets(): Promise<string[]> {
  type ReplicaSet = {
    spec: { template: { metadata: { annotations: Record<string, string> } } };
    status: { availableReplicas?: number };
  };
  const serving = (await list<ReplicaSet>(prod, 'replicasets')).filter(({ status }) => status.availableReplicas);
  const uris = serving.map(({ spec }) => spec.template.metadata.annotations[uriAnnotation]!);
  return [...new Set(uris.map((uri) => uri.slice(uri.lastIndexOf(':') + 1)))].sort();
}

const isSame = (some: readonly string[], others: readonly string[]) => some.join() === others.join();

/** An object that was read, as it can be created again. */
function withoutVersion(object: object): object {
  const { metadata, ...more } = object as { metadata: { name: string; namespace: string } };
  return { ...more, metadata: { name: metadata.name, namespace: metadata.namespace } };
}
