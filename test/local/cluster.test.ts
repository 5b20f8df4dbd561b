// What of Git reaches the cluster of the local system: what Argo CD renders there.
import assert from 'node:assert/strict';
import { type LocalCluster, openCluster } from '../../local/cluster.ts';
import { createGiteaStandIn, type GiteaStandIn } from '../../stand-ins/gitea/index.ts';

const pathOf = (application: string, environment = 'prod') =>
  `model-deployments/${environment}/${application}/config.yaml`;

describe('cluster of the local system', () => {
  let gitea: GiteaStandIn;
  let cluster: LocalCluster;
  before(async () => {
    gitea = await createGiteaStandIn();
    gitea.createRepository('ada/fleet', {
      files: {
        [pathOf('lamp')]: 'name: lamp\nversion: "1"\nimage_repository: quay.io\nimage_namespace: models\n',
        [pathOf('lamp', 'test')]: 'name: lamp\nversion: "2"\n',
        [pathOf('lamp-ui')]: 'chart_path: chart\n',
      },
    });
    const given = { GITEA_URL: gitea.url, GITEA_TOKEN: gitea.token('ada'), GITEA_REPOSITORY: 'ada/fleet' };
    cluster = await openCluster(gitea, given, { port: 0, stepMs: 1_000_000 });
  });
  after(async () => {
    await cluster?.close();
    await gitea?.close();
  });

  const repository = () => gitea.repository('ada/fleet');
  /** Name and address of everything that Git asks for there. */
  async function asked(namespace = 'user1-prod'): Promise<string[]> {
    await cluster.asked();
    cluster.standIn.settle();
    return cluster.standIn.kubernetes.store.list('inferenceservices', namespace).map(({ metadata, spec }) => {
      const { predictor } = spec as { predictor: { model: { storageUri: string } } };
      return `${metadata.name} ${predictor.model.storageUri}`;
    });
  }
  const commit = (files: Record<string, string>) => repository().commit({ files, message: 'Change' });

  it('begins with what Git deploys in the watched environments', async () => {
    assert.deepEqual(await asked(), ['lamp oci://quay.io/models/lamp:1']);
    assert.deepEqual(await asked('user1-test'), []);
    assert.equal(cluster.settings.SERVING_NAMESPACES, 'prod=user1-prod');
  });

  it('follows each push to the branch, and no other', async () => {
    commit({ [pathOf('lamp')]: 'name: lamp\nversion: "2"\n', [pathOf('radio')]: 'version: "1"\n' });
    const both = ['lamp oci://quay.io/user1-prod/lamp:2', 'radio oci://quay.io/user1-prod/radio:1'];
    assert.deepEqual(await asked(), both);
    repository().createBranch('next');
    repository().commit({ branch: 'next', files: { [pathOf('lamp')]: 'version: "3"\n' }, message: 'Next' });
    assert.deepEqual(await asked(), both);
  });

  it('changes nothing because of a file that cannot be rendered, and takes out what is deleted', async () => {
    commit({ [pathOf('lamp')]: 'version: [\n' });
    assert.equal((await asked()).length, 2);
    repository().deleteFiles([pathOf('lamp')]);
    assert.deepEqual(await asked(), ['radio oci://quay.io/user1-prod/radio:1']);
  });

  it('asks for its token, and is away while it is down', async () => {
    const { kubernetes } = cluster.standIn;
    const url = `${cluster.url}/api/v1/namespaces/user1-prod/pods`;
    assert.equal((await fetch(url)).status, 401);
    const headers = { authorization: `Bearer ${cluster.settings.KUBERNETES_TOKEN}` };
    assert.equal((await fetch(url, { headers })).status, 200);
    await kubernetes.setDown(true);
    await assert.rejects(fetch(url, { headers }));
    await kubernetes.setDown(false);
    assert.equal((await fetch(url, { headers })).status, 200);
  });
});
