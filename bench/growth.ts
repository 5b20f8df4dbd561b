// Growth: calls, bytes and time of one promotion as the registry and the repository grow, on the stand-ins, with the
// exponent of each: 0 does not grow, 1 grows as its cause does.

import { freePort } from '../local/processes.ts';
import { deploymentFile } from '../local/seed.ts';
import { createGiteaStandIn } from '../stand-ins/gitea/index.ts';
import { createModelRegistryStandIn } from '../stand-ins/model-registry/index.ts';
import { contestant, type Measured } from './contestants.ts';
import { startProcess } from './process.ts';
import { eventHeaders, type Message, recordingProxy, send } from './record.ts';
import { listen } from './sockets.ts';
import { exponent } from './statistics.ts';
import { untilListening } from './warm.ts';

export interface Growth {
  of: string;
  /** `treePages`: of the calls, those that read a page of a tree. */
  points: { size: number; calls: number; treePages: number; bytes: number; ms: number }[];
  exponents: { calls: number; bytes: number; ms: number };
}

export async function measureGrowth(quick: boolean): Promise<Growth[]> {
  const sizes = (...all: number[]) => (quick ? all.slice(0, 2) : all);
  return [
    await grow('versions per model', sizes(10, 100, 1_000, 10_000), (size) => ofRegistry(size, 1)),
    await grow('holders of the label', sizes(1, 10, 100), (size) => ofRegistry(size + 10, size)),
    await grow('deployments per repository', sizes(10, 100, 1_000, 5_000), ofRepository),
  ];
}

async function grow(
  of: string,
  sizes: number[],
  point: (size: number) => Promise<Omit<Growth['points'][0], 'size'>>,
): Promise<Growth> {
  const points: Growth['points'] = [];
  for (const size of sizes) points.push({ size, ...(await point(size)) });
  const of_ = (key: 'calls' | 'bytes' | 'ms') => exponent(points.map((each) => [each.size, each[key]]));
  return { of, points, exponents: { calls: of_('calls'), bytes: of_('bytes'), ms: of_('ms') } };
}

/** One version is promoted in a model with so many versions, of which so many hold the label. */
async function ofRegistry(versions: number, holders: number) {
  const registry = await createModelRegistryStandIn();
  registry.addModel({
    name: 'jukebox',
    versions: Array.from({ length: versions }, (_, index) => ({
      name: `1.${index}.0`,
      ...(index < holders ? { labels: ['prod'] } : {}),
      ...(index === versions - 1 ? { artifacts: [{ name: 'jukebox', uri: 'oci://quay.io/old/jukebox:0' }] } : {}),
    })),
  });
  const version = `1.${versions - 1}.0`;
  const head = 'a'.repeat(40);
  const data = {
    environment: 'prod',
    model: 'jukebox',
    cause: 'push',
    repository: 'https://gitea.example/user1/mlops-gitops',
    branch: 'main',
    head,
    observedAt: new Date().toISOString(),
    complete: true,
    serving: [
      {
        version,
        applications: ['jukebox'],
        path: 'a.yaml',
        commit: head,
        uri: 'oci://quay.io/new/jukebox:1',
        promotedAt: new Date().toISOString(),
        promotedBy: { login: 'user1' },
      },
    ],
  };
  const message = {
    headers: { ...eventHeaders('dev.mlops.model.promoted.v1'), 'ce-source': data.repository },
    body: JSON.stringify(data),
  };
  try {
    return await measureOne('registry-writer', registry.url, 'MODEL_REGISTRY_URL', {}, message, 200);
  } finally {
    await registry.close();
  }
}

/** One application of so many is changed by a push. */
async function ofRepository(deployments: number) {
  const users = [{ login: 'user1', fullName: 'User One', email: 'user1@example.test' }];
  const gitea = await createGiteaStandIn({ users });
  const path = (index: number) => `model-deployments/prod/app-${index}/config.yaml`;
  const files = Object.fromEntries(
    Array.from({ length: deployments }, (_, index) => [path(index), deploymentFile(`model-${index}`, '1.0.0', 'prod')]),
  );
  const repository = gitea.createRepository('user1/mlops-gitops', { files });
  const webhooks: Message[] = [];
  const receiver = await listen((request, body) => {
    webhooks.push({ headers: request.headers as Record<string, string>, body: body.toString() });
    return { status: 200, headers: {}, body: '' };
  });
  repository.createWebhook({ url: receiver.url, secret: 's', events: ['push'] });
  repository.commit({
    branch: 'promote',
    files: { [path(3)]: deploymentFile('model-3', '2.0.0', 'prod') },
    message: 'Promote',
  });
  const { number } = repository.openPullRequest({ title: 'Promote', head: 'promote' });
  repository.mergePullRequest(number, { style: 'merge' });
  await gitea.idle();
  const message = { headers: eventHeaders('dev.knative.source.gitea.push'), body: webhooks.at(-1)!.body };
  try {
    const settings = { GITEA_REPOSITORY: 'user1/mlops-gitops', GITEA_TOKEN: gitea.token('user1') };
    return await measureOne('parse', gitea.url, 'GITEA_URL', settings, message, 202);
  } finally {
    await receiver.close();
    await gitea.close();
  }
}

/** A process that is warm by an event of nobody's, then the event that counts, once: it changes the registry. */
async function measureOne(
  name: Measured,
  server: string,
  variable: string,
  settings: Record<string, string>,
  message: Message,
  expected: number,
) {
  const proxy = await recordingProxy(server);
  const sink = await listen(() => ({ status: 202, headers: {}, body: '' }));
  const port = await freePort();
  const all = { ...settings, [variable]: proxy.url, K_SINK: sink.url };
  const started = startProcess(process.execPath, contestant(name, 'ours', port), all);
  const url = `http://127.0.0.1:${port}/`;
  try {
    await untilListening(async () => void (await send(url, { headers: eventHeaders('of.nobody'), body: '{}' })));
    const start = performance.now();
    const status = await send(url, message);
    const ms = performance.now() - start;
    if (status !== expected) throw new Error(`${name}: expected ${expected}, came ${status}`);
    return {
      calls: proxy.exchanges.length,
      treePages: proxy.exchanges.filter(({ target }) => target.includes('/git/trees/')).length,
      bytes: proxy.exchanges.reduce((sum, { body }) => sum + body.length, 0),
      ms,
    };
  } finally {
    await started.end();
    await proxy.close();
    await sink.close();
  }
}
