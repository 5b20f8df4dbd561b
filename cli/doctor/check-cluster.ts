// Asks the cluster what rollout-observer would ask: whether it may, and whether what runs there is what the settings say. Reads only.
import { type Kind, type Kubernetes, openKubernetes } from '../../clusters/kubernetes.ts';
import { watchedKinds } from '../../clusters/workloads.ts';
import type { TryAgainError } from '../../events/errors.ts';
import { observedModels } from '../../functions/parse/make-events.ts';
import { createLooks, type Looks } from '../../functions/rollout-observer/look.ts';
import type { OwnSettings } from '../../functions/settings.ts';
import { versionIn } from '../../promotions/rollout/artifact-version.ts';
import { kindOf, subjectOf, uriAskedFor, type Workload } from '../../promotions/rollout/workload.ts';
import type { Git, ParseSettings } from '../git.ts';
import { plural, shortList } from '../paint.ts';
import type { Shell } from '../shell.ts';
import { attempt, connectionRemedies, type Remedies, type Report } from './findings.ts';

type Observer = OwnSettings['rolloutObserver'];

const kinds = ['deployments', 'replicasets', 'pods'] as const satisfies readonly Kind[];

/** s: enough to see that a watch begins. */
const shortWatch = 1;

/** Names that a sentence lists at most. */
const maxNames = 5;

const unreachable =
  'Set KUBERNETES_URL to an address of the API server that can be reached from here, KUBERNETES_CA_FILE to its certificate, and KUBERNETES_TOKEN to a token of the service account of rollout-observer.';

const remedies: Remedies = [
  ...connectionRemedies('the API server', 'KUBERNETES', unreachable),
  [
    /status 401/,
    'Set KUBERNETES_TOKEN to a valid token of the service account of rollout-observer; such tokens expire.',
  ],
  [/./, unreachable],
];

/** `git`: what it deploys where. */
export async function checkCluster(
  shell: Shell,
  observer: Observer,
  parse: ParseSettings,
  git: Git,
  report: Report,
): Promise<void> {
  const { url, namespaces } = observer;
  const watched = [...git.reading.environments].filter(([environment]) => Object.hasOwn(namespaces, environment));
  if (watched.length === 0) return;
  if (!shell.env.KUBERNETES_URL && observer.token() === undefined)
    return report.note(`The cluster was not asked: ${url} can be reached from within only.`, unreachable);
  shell.progress.step('Checking the cluster');
  const kubernetes = openKubernetes(observer, shell.io);
  const looks = createLooks(observer, shell.io, kubernetes);
  await attempt(report, remedies, async () => {
    for (const [environment, { now }] of watched) {
      const namespace = namespaces[environment]!;
      const needed = observer.workload.container === undefined ? (['inferenceservices', ...kinds] as const) : kinds;
      if (!(await mayRead(kubernetes, namespace, needed, report))) continue;
      const models = observedModels(environment, now, parse);
      const { workloads } = await looks.workloads.readAll(namespace);
      checkNames(observer, looks, environment, models, workloads, report);
    }
    if (observer.argoCdNamespace !== undefined) await checkArgoCd(kubernetes, observer.argoCdNamespace, report);
  });
}

/** Lists and watches each kind, of which no object is named so. */
async function mayRead(
  kubernetes: Kubernetes,
  namespace: string,
  needed: readonly Kind[],
  report: Report,
): Promise<boolean> {
  if ((await kubernetes.hasNamespace(namespace)) === false) {
    report.problem(
      `The cluster has no namespace ${namespace}.`,
      'Correct SERVING_NAMESPACES (in the chart: rollout.namespaces).',
    );
    return false;
  }
  const refused = await Promise.all(needed.map((kind) => refusalOf(kubernetes, namespace, kind)));
  const said = refused.filter((message) => message !== undefined);
  for (const message of said)
    report.problem(
      `${message}.`,
      `Give the account list and watch for ${needed.join(', ')} in ${namespace} by a Role and a RoleBinding, as the chart does with rollout.enabled; if KUBERNETES_TOKEN is another account's, take a token of the one of rollout-observer.`,
    );
  if (said.length === 0) report.ok(`All that is read in ${namespace} may be listed and watched: ${needed.join(', ')}.`);
  return said.length === 0;
}

/** Undefined: it may be listed and, where that is needed, watched. */
async function refusalOf(kubernetes: Kubernetes, namespace: string, kind: Kind): Promise<string | undefined> {
  const none = { kind, namespace, fieldSelector: 'metadata.name=doctor' };
  try {
    const { resourceVersion } = await kubernetes.list(none);
    if ((watchedKinds as readonly Kind[]).includes(kind))
      await kubernetes.watch(none, resourceVersion, () => {}, new AbortController().signal, shortWatch);
    return undefined;
  } catch (error) {
    const { message } = error as TryAgainError;
    if (/status (403|404)/.test(message)) return message;
    throw error;
  }
}

async function checkArgoCd(kubernetes: Kubernetes, namespace: string, report: Report): Promise<void> {
  const refused = await refusalOf(kubernetes, namespace, 'applications');
  if (refused === undefined) report.ok(`Argo CD's Applications in ${namespace} may be listed.`);
  else
    report.warning(
      `${refused}. What serves is told without Argo CD's reasons.`,
      `Give the account list for applications in ${namespace} (the chart does with rollout.argoCdNamespace), or unset ARGOCD_NAMESPACE.`,
    );
}

/** Whether each model of Git is found in the cluster, and its version can be read there. */
function checkNames(
  { namespaces, servedUri, comparesUri, workload: template }: Observer,
  looks: Looks,
  environment: string,
  models: ReturnType<typeof observedModels>,
  workloads: ReadonlyMap<string, Workload>,
  report: Report,
): void {
  const kind = kindOf(template);
  const setting = `${kind.toLowerCase()}/${[template.name, template.container].filter(Boolean).join('/')}`;
  const [missing, silent, unreadable, elsewhere]: string[][] = [[], [], [], []];
  const there = [...workloads].flatMap(([name, workload]) => (subjectOf(workload) ? name : []));
  const wanted = models.flatMap(({ model, versions }) => {
    const uri = comparesUri ? versions.find((one) => one.uri !== undefined)?.uri : undefined;
    const applications = versions.flatMap((one) => one.applications);
    return looks.namesOf(model, applications).map((name) => ({ model, name, uri }));
  });
  for (const { model, name, uri: git } of wanted) {
    const workload = workloads.get(name);
    const asked = workload && uriAskedFor(workload);
    const [named, meant] = [asked, git].map((uri) =>
      uri === undefined ? undefined : versionIn(servedUri, model, uri),
    );
    if (workload === undefined || subjectOf(workload) === undefined) missing!.push(name);
    else if (asked === undefined) silent!.push(name);
    else if (named === undefined) unreadable!.push(`${name} (${asked})`);
    else if (meant && meant.uriPattern !== named.uriPattern) elsewhere!.push(`${name} (${asked}; Git: ${git})`);
  }
  const say = (level: 'warning' | 'problem', all: readonly string[], said: string, next: string) => {
    if (all.length > 0) report[level](`${environment}: ${said}: ${shortList(all, maxNames)}.`, next);
  };
  const others = there.length > 0 ? `There are: ${shortList(there, maxNames)}.` : 'There is none at all.';
  say(
    'warning',
    missing!,
    `of what Git deploys there is no ${kind} in ${namespaces[environment]}`,
    `${others} If they are named otherwise, set SERVING_WORKLOAD (now ${setting}); if they are not there yet, look at Argo CD.`,
  );
  say(
    'problem',
    silent!,
    'no artifact is named by',
    'Only a storageUri, or STORAGE_URI of a container, says which version serves: set one in the chart that deploys them. Of a Deployment it is the image of the container that SERVING_WORKLOAD names.',
  );
  say(
    'problem',
    unreadable!,
    `no version can be read by SERVED_URI (${servedUri}) from what is asked for by`,
    'Set SERVED_URI to how the addresses of artifacts are made in the cluster, with {name} and {version} in it.',
  );
  say(
    'warning',
    elsewhere!,
    'another repository than the one that Git says is asked for by',
    'Its versions get no label. Correct the deployment file or ARTIFACT_URI; if the versions are meant all the same, set SERVED_URI, and only name and version are compared.',
  );
  const fine = wanted.length - [missing, silent, unreadable, elsewhere].flat().length;
  if (fine > 0)
    report.ok(`${environment}: ${plural(fine, kind)} of ${wanted.length} found, with a version that can be read.`);
}
