// The page that shows the installation, as the chart installs it.
import assert from 'node:assert/strict';
import { consoleTable } from '../../../config/settings/console.ts';
import { readTable } from '../../../config/settings/reader.ts';
import { readSettings } from '../../../functions/settings.ts';
import { tool } from '../../tool.ts';
import { type Rendering, render, workshop } from './helm.ts';
import { type Container, type Pod, podSpecs, unrestricted } from './pods.ts';
import { merge } from './values.ts';

const proxy = { userHeader: 'X-Forwarded-User', from: [{ podSelector: { matchLabels: { app: 'login' } } }] };
const secrets = {
  gitea: { existingSecret: 'gitea-of-parse', webhook: { existingSecret: 'webhook' } },
  registry: { existingSecret: 'registry-of-the-writer', user: 'writer' },
  furtherRegistries: [{ name: 'new', kind: 'mlflow', url: 'https://mlflow.example.com', existingSecret: 'new-writer' }],
  commitStatus: { existingSecret: 'status' },
};
const modes = ['knative', 'knative-one', 'deployment'];

describe('the page in a cluster', () => {
  let helm: string;
  before(function () {
    helm = tool(this, 'HELM');
  });

  const install = (more: object = {}, own: object = {}) =>
    render(helm, merge({ ...workshop, ...more }, { console: { enabled: true, existingSecret: 'page', ...own } }));

  function podOf({ objects }: Rendering): { kind: string; pod: Pod; container: Container } {
    const found = objects.filter(
      ({ kind, metadata }) => /Service|Deployment/.test(kind) && /-console$/.test(metadata.name),
    );
    const [object] = found.filter((one) => podSpecs(one).length > 0);
    const { pod } = podSpecs(object!)[0]!;
    return { kind: object!.kind, pod, container: pod.containers[0]! };
  }

  /** A file has a text of the kind its name says. */
  function settingsOf({ env = [] }: Container) {
    const given = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const read = (path: string) =>
      /ca\.crt$/.test(path) ? '-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----' : path;
    const own = readTable(consoleTable, () => true, given, read).finish();
    return { ...readSettings(given, ['parse', 'registry-writer'], read), own };
  }

  it('has a Service that Knative does not take for its own when the mode changes, and neither have the functions', async () => {
    const renderings = await Promise.all([...modes.map((mode) => install({ mode })), install({}, proxy)]);
    const named = (apiVersion: string) =>
      renderings.flatMap(({ objects }) =>
        objects
          .filter((one) => one.kind === 'Service' && one.apiVersion === apiVersion)
          .map((one) => one.metadata.name),
      );
    const ofKnative = named('serving.knative.dev/v1');
    assert.ok(ofKnative.length > 0 && named('v1').length > 0);
    assert.deepEqual(
      named('v1').filter((name) => ofKnative.includes(name)),
      [],
    );
  });

  it('is not there unless it is wanted', async () => {
    const { objects } = await render(helm, workshop);
    assert.deepEqual(
      objects.filter(({ metadata }) => /-console$/.test(metadata.name)),
      [],
    );
  });

  for (const mode of modes)
    it(`has credentials of its own alone, no right, and passes its own checks: mode ${mode}`, async () => {
      const rendering = await install({ ...secrets, mode }, { registryUser: 'reader' });
      const { kind, pod, container } = podOf(rendering);
      assert.equal(kind, mode === 'deployment' ? 'Deployment' : 'Service');
      const mounted = (pod.volumes ?? []).flatMap((volume) => ('secret' in volume ? [volume.secret] : []));
      assert.deepEqual(mounted, [{ secretName: 'page' }]);
      assert.ok(container.env!.every(({ valueFrom }) => valueFrom === undefined));
      assert.ok(!container.env!.some(({ name }) => /WEBHOOK|SIGNING|STATUS|K_SINK/.test(name)));
      assert.equal(pod.automountServiceAccountToken, false);
      const account = rendering.get('ServiceAccount', '-console');
      assert.equal(pod.serviceAccountName, account.metadata.name);
      assert.equal(account.automountServiceAccountToken, false);
      const bound = rendering
        .all('RoleBinding')
        .flatMap(({ subjects }) => subjects.map(({ name }: { name: string }) => name));
      assert.ok(!bound.includes(account.metadata.name));
      assert.deepEqual(unrestricted(pod), []);

      const { parse, registryWriter, own } = settingsOf(container);
      const folder = '/etc/post-deployment/console';
      assert.equal(parse.token(), `${folder}/gitea-token`);
      assert.equal(registryWriter.token(), `${folder}/registry-token`);
      assert.equal(registryWriter.user, 'reader');
      assert.equal(registryWriter.further[0]!.token(), `${folder}/registry-token-new`);
      assert.deepEqual(own.CONSOLE_TOKEN(), [`${folder}/token`]);
      assert.deepEqual(container.args!.slice(1), ['console', '--listen', '*', '--port', '8080']);
      assert.deepEqual(
        [container.readinessProbe!.httpGet.path, container.livenessProbe!.httpGet.path],
        ['/health/readiness', '/health/liveness'],
      );
    });

  it('runs while somebody looks where there is Knative, in one Pod', async () => {
    const { metadata, spec } = (await install()).get('serving.knative.dev/v1 Service', '-console');
    assert.equal(metadata.labels!['networking.knative.dev/visibility'], undefined);
    const { annotations } = spec.template.metadata;
    assert.deepEqual(
      [annotations['autoscaling.knative.dev/min-scale'], annotations['autoscaling.knative.dev/max-scale']],
      ['0', '1'],
    );
  });

  for (const mode of modes)
    it(`behind a login proxy can be reached by that alone: mode ${mode}`, async () => {
      const rendering = await install({ mode }, proxy);
      const { kind, container } = podOf(rendering);
      assert.equal(kind, 'Deployment');
      const { own } = settingsOf(container);
      assert.deepEqual([own.CONSOLE_TOKEN(), own.CONSOLE_USER_HEADER], [undefined, 'x-forwarded-user']);
      const { spec } = rendering.get('NetworkPolicy', '-console');
      assert.deepEqual(spec.ingress, [{ from: proxy.from, ports: [{ port: 'http', protocol: 'TCP' }] }]);
      assert.deepEqual(spec.policyTypes, ['Ingress', 'Egress']);
    });

  it('without a proxy a Deployment can be reached by nobody that no value names', async () => {
    const { spec } = (await install({ mode: 'deployment' })).get('NetworkPolicy', '-console');
    assert.deepEqual([spec.ingress, spec.policyTypes], [undefined, ['Ingress', 'Egress']]);
  });

  it('starts a reconcile by a ping to the functions, which let it in', async () => {
    const knative = podOf(await install({}, { allowReconcile: true })).container;
    assert.equal(settingsOf(knative).sink, 'http://post-deployment-pipeline-parse.user1-toolings.svc.cluster.local/');
    assert.equal(knative.args!.at(-1), '--allow-reconcile');
    const rendering = await install({ mode: 'deployment' }, { allowReconcile: true });
    const { sink } = settingsOf(podOf(rendering).container);
    assert.equal(sink, 'http://post-deployment-pipeline-http.user1-toolings.svc.cluster.local:8081/');
    const senders = (of: Rendering) =>
      of
        .get('NetworkPolicy', 'pipeline')
        .spec.ingress[1].from.map(({ podSelector }: Pods) => podSelector.matchLabels['app.kubernetes.io/component']);
    assert.deepEqual(senders(rendering), ['reconcile', 'console']);
    assert.deepEqual(senders(await install({ mode: 'deployment' })), ['reconcile']);
  });

  const refused: [string, object, RegExp][] = [
    ['without its Secret', { console: { enabled: true } }, /set console\.existingSecret/],
    [
      'behind a proxy that no value names',
      { console: { enabled: true, existingSecret: 'page', userHeader: 'X-User' } },
      /console\.userHeader: set console\.from to where the login proxy is/,
    ],
    [
      'behind a proxy without network policies',
      { console: { enabled: true, existingSecret: 'page', ...proxy }, networkPolicy: { enabled: false } },
      /leave networkPolicy\.enabled/,
    ],
    [
      'with a reconcile that it cannot sign',
      { mode: 'knative-one', console: { enabled: true, existingSecret: 'page', allowReconcile: true } },
      /the page has no key/,
    ],
    [
      'with a token that goes over plain HTTP',
      { registry: { url: 'http://registry.example.com' }, console: { enabled: true, existingSecret: 'page' } },
      /registry\.url: expected https:\/\/, because a token goes there/,
    ],
    [
      'with a setting of its own as a further variable',
      { extraEnv: [{ name: 'CONSOLE_TOKEN', value: 'a-token-in-clear-text' }] },
      /extraEnv: expected variables that the chart does not set; came CONSOLE_TOKEN/,
    ],
  ];
  for (const [name, values, says] of refused)
    it(`is refused ${name}`, () => assert.rejects(render(helm, { ...workshop, ...values }), says));
});

interface Pods {
  podSelector: { matchLabels: Record<string, string> };
}
