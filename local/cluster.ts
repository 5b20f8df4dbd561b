// The cluster of the local system: a stand-in of the API server, and behind it what does there what Argo CD and KServe do. Argo CD
// hears of every push at once, and reads the files by the rules that hold for the functions, too.
import { randomBytes } from 'node:crypto';
import { templatesOf } from '../functions/parse/select-files.ts';
import { readSettings } from '../functions/settings.ts';
import { createIo } from '../io/real-io.ts';
import { fillArtifactUri } from '../promotions/artifact-uri-template.ts';
import { readDeploymentFile } from '../promotions/deployment-file.ts';
import { matchTemplates } from '../promotions/deployment-template.ts';
import type { GiteaStandIn } from '../stand-ins/gitea/index.ts';
import { createKubernetesStandIn, type KubernetesStandIn } from '../stand-ins/kubernetes/index.ts';
import { createLiveCluster, type Deployed, type LiveCluster } from '../stand-ins/kubernetes/live-cluster.ts';

/** A rollout then takes some five seconds, so that people see that it is under way. */
export const watchableStepMs = 250;

export interface ClusterStandIn extends LiveCluster {
  kubernetes: KubernetesStandIn;
}

export interface LocalCluster {
  url: string;
  standIn: ClusterStandIn;
  /** What the functions need to know of it. */
  settings: Readonly<Record<string, string | undefined>>;
  /** Resolves when what was pushed so far is asked for. */
  asked(): Promise<void>;
  close(): Promise<void>;
}

type Settings = Readonly<Record<string, string | undefined>>;

/** Everything that Git deploys serves when it resolves. `given`: as the functions are started with. `stepMs` as of LiveCluster. */
export async function openCluster(
  gitea: GiteaStandIn,
  given: Settings & { GITEA_REPOSITORY: string },
  { port, stepMs }: { port: number; stepMs: number },
): Promise<LocalCluster> {
  const token = randomBytes(16).toString('hex');
  const kubernetes = await createKubernetesStandIn({ port, token });
  const settings = {
    SERVING_NAMESPACES: given.SERVING_NAMESPACES || namespacesOf(given.ENVIRONMENTS || 'prod'),
    CLUSTER_NAME: given.CLUSTER_NAME || 'local',
    KUBERNETES_URL: kubernetes.url,
    KUBERNETES_TOKEN: token,
  };
  const cluster = createLiveCluster(kubernetes.store, stepMs);
  const read = createReader({ ...given, ...settings });
  let reading = Promise.resolve();
  const follow = () => {
    reading = reading.then(async () => cluster.deploy(await read(gitea.repository(given.GITEA_REPOSITORY).files())));
  };
  gitea.live.on('push', follow);
  follow();
  await reading;
  cluster.settle();
  return {
    url: kubernetes.url,
    standIn: Object.assign(cluster, { kubernetes }),
    settings,
    asked: () => reading,
    async close() {
      gitea.live.off('push', follow);
      cluster.close();
      await kubernetes.close();
    },
  };
}

/** As the workshop calls them. */
function namespacesOf(environments: string): string {
  const names = environments === '*' ? ['test', 'prod'] : environments.split(',').map((name) => name.trim());
  return names.map((name) => `${name}=user1-${name}`).join(',');
}

/** What the files of a branch deploy. Of a file that cannot be rendered, what it deployed before: Argo CD changes nothing then. */
function createReader(env: Settings): (files: ReadonlyMap<string, string>) => Promise<Deployed[]> {
  const { readFile } = createIo({ name: 'cluster' });
  const names = ['parse', 'rollout-observer'] as const;
  const { parse, rolloutObserver } = readSettings({ ...env, PORT: undefined }, names, readFile);
  const templates = templatesOf(parse);
  let before = new Map<string, Deployed[]>();
  return async (files) => {
    const now = new Map<string, Deployed[]>();
    for (const [path, text] of files) {
      const place = matchTemplates(templates, path);
      const namespace = place && rolloutObserver.namespaces[place.environment];
      if (namespace === undefined) continue;
      const content = await readDeploymentFile(Buffer.from(text));
      if (content.kind === 'unreadable') now.set(path, before.get(path) ?? []);
      if (content.kind !== 'deployments') continue;
      const deployed = content.deployments.flatMap(({ name = place!.application, values }): Deployed[] => {
        const withDefaults = new Map([...chartDefaults, ['image_namespace', namespace], ['name', name], ...values]);
        const uri = fillArtifactUri(parse.artifactUri, withDefaults);
        return uri ? [{ namespace, name: rolloutObserver.workload.name.replace('{name}', () => name), uri }] : [];
      });
      now.set(path, deployed);
    }
    before = now;
    return [...now.values()].flat();
  };
}

/** What the chart says where the file says nothing. */
const chartDefaults: [string, string][] = [['image_repository', 'quay.io']];
