// What doctor says of the cluster, beside a stand-in of the API server: each finding with what to do about it.
import assert from 'node:assert/strict';
import { createKubernetesStandIn, type KubernetesStandIn } from '../../stand-ins/kubernetes/index.ts';
import { closedPort } from '../io/local-server.ts';
import { closeAfterEach } from '../try-again.ts';
import { type CliWorld, config, createCliWorld, findingLines, pathOf } from './world.ts';

const namespace = 'user1-prod';
const token = 'a-token-of-the-tests';

describe('post-deployment doctor and the cluster', () => {
  const keep = closeAfterEach();
  let world: CliWorld;
  let kubernetes: KubernetesStandIn;

  beforeEach(async () => {
    kubernetes = keep(await createKubernetesStandIn({ token }));
    world = keep(
      await createCliWorld({
        [pathOf('jukebox')]: config('jukebox', '1.1.0'),
        [pathOf('karaoke')]: config('karaoke', '2'),
      }),
    );
  });

  async function findings(env: Record<string, string | undefined> = {}): Promise<string[]> {
    const { json } = await world.run(['doctor', '--json'], {
      env: {
        SERVING_NAMESPACES: `prod=${namespace}`,
        K_SINK: 'http://broker.test',
        KUBERNETES_URL: kubernetes.url,
        KUBERNETES_TOKEN: token,
        ...env,
      },
    });
    return findingLines(json, 'cluster');
  }

  function serves(name: string, storageUri: string | undefined): void {
    kubernetes.store.put('inferenceservices', {
      metadata: { name, namespace },
      spec: { predictor: { model: { ...(storageUri !== undefined && { storageUri }) } } },
    });
  }
  /** As config() fills ARTIFACT_URI. */
  const uriOf = (model: string, version: string) => `oci://quay.io/models/${model}:${version}`;

  it('finds nothing to do where it may read everything and finds every model', async () => {
    serves('jukebox', uriOf('jukebox', '1.1.0'));
    serves('karaoke', uriOf('karaoke', '1'));
    assert.deepEqual(await findings(), [
      `ok: All that is read in ${namespace} may be listed and watched: inferenceservices, deployments, replicasets, pods.`,
      'ok: prod: 2 InferenceServices of 2 found, with a version that can be read.',
    ]);
    assert.deepEqual(
      kubernetes.calls.filter(({ method }) => method !== 'GET'),
      [],
    );
  });

  it('names each kind that may not be listed or watched', async () => {
    kubernetes.fault = ({ plural, isWatch }) =>
      plural === 'replicasets' || (plural === 'pods' && isWatch)
        ? { status: 403, message: `${plural} is forbidden: User "ada" cannot ${isWatch ? 'watch' : 'list'} it` }
        : plural === 'namespaces'
          ? { status: 403 }
          : undefined;
    const said = await findings();
    assert.equal(said.length, 2, said.join('\n'));
    assert.match(said[0]!, /^problem: .*replicasets.*cannot list it.* → Give the account list and watch .* user1-prod/);
    assert.match(said[1]!, /^problem: .*pods.*cannot watch it.* → .*rollout\.enabled/);
  });

  it('says that KServe is not installed, or that Argo CD may not be asked', async () => {
    kubernetes.fault = ({ plural }) =>
      plural === 'inferenceservices'
        ? { status: 404, message: 'the server could not find the requested resource' }
        : undefined;
    assert.match((await findings()).join('\n'), /^problem: .*is what defines it installed/);
    kubernetes.fault = ({ plural }) => (plural === 'applications' ? { status: 403, message: 'no' } : undefined);
    assert.match(
      (await findings({ ARGOCD_NAMESPACE: 'user1-toolings' })).join('\n'),
      /warning: .*status 403, "no".* told without Argo CD's reasons\. → .*unset ARGOCD_NAMESPACE/,
    );
  });

  it('says that a namespace is not there', async () => {
    kubernetes.namespaces = new Set(['user1-test']);
    assert.deepEqual(await findings(), [
      `problem: The cluster has no namespace ${namespace}. → Correct SERVING_NAMESPACES (in the chart: rollout.namespaces).`,
    ]);
  });

  it('says which models have no InferenceService, and what is there instead', async () => {
    serves('jukebox-v2', uriOf('jukebox', '1.1.0'));
    const [, said] = await findings();
    assert.match(said!, /^warning: prod: .* no InferenceService in user1-prod: jukebox, karaoke\. → /);
    assert.match(said!, /There are: jukebox-v2\..* SERVING_WORKLOAD \(now inferenceservice\/\{name\}\)/);
    const fits = await findings({ SERVING_WORKLOAD: 'inferenceservice/{name}-v2' });
    assert.match(fits.join('\n'), /in user1-prod: karaoke-v2\. →/);
  });

  it('says where SERVED_URI does not fit what the cluster asks for', async () => {
    serves('jukebox', 's3://models/jukebox/1.1.0');
    serves('karaoke', undefined);
    const said = (await findings()).join('\n');
    assert.match(said, /problem: prod: no artifact is named by: karaoke\. → .*storageUri/);
    assert.match(
      said,
      /problem: .*by SERVED_URI \(oci:.* asked for by: jukebox \(s3:\/\/models\/jukebox\/1\.1\.0\)\. → Set/,
    );
    serves('karaoke', 's3://models/karaoke/1');
    const fits = await findings({ SERVED_URI: 's3://models/{name}/{version}' });
    assert.match(fits.join('\n'), /ok: prod: 2 InferenceServices of 2 found/);
  });

  it('says that another repository is asked for than the one in Git', async () => {
    serves('jukebox', 'oci://elsewhere/team/jukebox:1.1.0');
    serves('karaoke', uriOf('karaoke', '2'));
    const said = (await findings()).join('\n');
    assert.match(said, /warning: prod: another repository .*: jukebox \(oci:\/\/elsewhere.*; Git: oci:.*→ .*no label/);
  });

  it('looks for Deployments where there is no KServe', async () => {
    kubernetes.store.put('deployments', {
      metadata: { name: 'jukebox', namespace },
      spec: { template: { spec: { containers: [{ name: 'server', image: 'quay.io/models/jukebox@sha256:abc' }] } } },
    });
    const said = await findings({ SERVING_WORKLOAD: 'deployment/{application}/server' });
    assert.match(said[0]!, /^ok: .*: deployments, replicasets, pods\.$/);
    assert.match(said[1]!, /no Deployment in user1-prod: karaoke\. → .* \(now deployment\/\{application\}\/server\)/);
    assert.match(said[2]!, /by SERVED_URI \(\{image\}:\{version\}\) .* jukebox \(quay\.io\/models\/jukebox\)/);
    assert.ok(!kubernetes.calls.some(({ plural }) => plural === 'inferenceservices'));
  });

  it('says what is needed to ask, from outside and with a token that is not valid', async () => {
    assert.match(
      (await findings({ KUBERNETES_URL: undefined, KUBERNETES_TOKEN: undefined })).join('\n'),
      /^note: The cluster was not asked: https:\/\/kubernetes\.default\.svc .* → Set KUBERNETES_URL/,
    );
    assert.match(
      (await findings({ KUBERNETES_TOKEN: 'another-one' })).join('\n'),
      /^problem: .*status 401.* → Set KUBERNETES_TOKEN/,
    );
    assert.match(
      (await findings({ KUBERNETES_URL: await closedPort() })).join('\n'),
      /^problem: .* → Set KUBERNETES_URL/,
    );
  });
});
