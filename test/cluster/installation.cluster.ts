// Installs the chart in a real Kubernetes with real Knative, as docs/install.md says.
import assert from 'node:assert/strict';
import { parseAllDocuments } from 'yaml';
import {
  areServicesReady,
  helm,
  install,
  kubectl,
  release,
  type Servers,
  startServers,
  threeWay,
  until,
} from './cluster.ts';

const { name, namespace } = release;
type Rendered = { apiVersion: string; kind: string; metadata: { name: string } };

describe('the chart in a real cluster', function () {
  this.timeout(10 * 60_000);
  let servers: Servers;

  before(async () => {
    servers = await startServers('jukebox');
  });
  after(async () => {
    await servers?.close();
  });

  it('is installed: every Service becomes Ready, and the Job makes the webhook', async () => {
    await install(servers);
    await until('five Services are Ready', () => areServicesReady(namespace, release.functions), 5 * 60_000);
    await until('the webhook was created', async () => (await servers.hooks()).length === 1);
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
