// The chart is installed in a real Kubernetes with real Knative, as docs/install.md says, while pushes arrive already.
import assert from 'node:assert/strict';
import { parseAllDocuments } from 'yaml';
import { helm, kubectl, list, threeWay } from './cluster.ts';
import { areLabelled, pushDuring } from './pushes.ts';
import { install, isReady, prepare, release, webhookSecret, webhookUrl } from './release.ts';
import { type Servers, startServers } from './servers.ts';
import { share } from './shared.ts';

const { name, namespace } = release;
type Rendered = { apiVersion: string; kind: string; metadata: { name: string } };

describe('an installation in a real cluster', function () {
  this.timeout(15 * 60_000);
  let servers: Servers;

  before(async () => {
    servers = await startServers();
    share(servers);
    await prepare(servers);
  });

  it('loses no push that was answered 2xx, though there was a webhook before it', async () => {
    const { gitea, repository } = servers;
    gitea.repository(repository).createWebhook({ url: webhookUrl, secret: webhookSecret });
    const taken = await pushDuring(servers, async () => {
      await install(servers);
      await isReady(servers);
    });
    assert.ok(taken.length > 0);
    await areLabelled(servers, taken);
  });

  it('starts each function once: a SinkBinding adds nothing that was not there', async () => {
    const revisions = await list(namespace, 'revisions.serving.knative.dev');
    assert.equal(revisions.length, release.functions.length);
  });

  it('shows Argo CD no difference between what was rendered and what is there', async () => {
    const rendered = parseAllDocuments(await helm('get', 'manifest', name, '-n', namespace))
      .map((document) => document.toJS() as Rendered | null)
      .filter((object) => object !== null);
    assert.ok(rendered.length > 30);
    const pairs = await Promise.all(
      rendered.map(async (object) => {
        const [version, group] = object.apiVersion.split('/').reverse();
        const kind = group === undefined ? object.kind : `${object.kind}.${version}.${group}`;
        const live = await kubectl('-n', namespace, 'get', kind, object.metadata.name, '-o', 'json');
        return JSON.stringify({ rendered: object, live: JSON.parse(live) });
      }),
    );
    assert.equal(await threeWay(pairs.join('\n')), '');
  });
});
