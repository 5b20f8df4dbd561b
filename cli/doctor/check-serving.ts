// Checks the settings of rollout-observer as far as they can be checked outside of the cluster: against what Git deploys, and against
// what the registry says about who observes it. What the cluster says: check-cluster.ts.
import type { OwnSettings } from '../../functions/settings.ts';
import { ownText } from '../../promotions/property-names.ts';
import { versionIn } from '../../promotions/rollout/artifact-version.ts';
import { openRegistry } from '../../registries/index.ts';
import type { Git } from '../git.ts';
import { plural } from '../paint.ts';
import type { Shell } from '../shell.ts';
import { attempt, type Report } from './findings.ts';

type Observer = OwnSettings['rolloutObserver'];

/** `observer`: undefined where it is off, or where its settings are wrong; then nothing is said. */
export async function checkServing(
  shell: Shell,
  observer: Observer | undefined,
  git: Git,
  registryWriter: OwnSettings['registryWriter'],
  report: Report,
): Promise<void> {
  if (observer === undefined) return;
  const watched = [...git.reading.environments.keys()];
  for (const environment of Object.keys(observer.namespaces).filter((name) => !watched.includes(name)))
    report.warning(
      `SERVING_NAMESPACES names ${environment}, which is not watched; watched: ${watched.join(', ') || 'none'}.`,
      'Correct SERVING_NAMESPACES, or add the environment to ENVIRONMENTS.',
    );
  for (const environment of watched) {
    const namespace = observer.namespaces[environment];
    if (namespace === undefined)
      report.note(
        `${environment} is watched, and SERVING_NAMESPACES has no namespace for it: what serves there is not observed.`,
      );
    else report.ok(`What serves in ${environment} is observed in the namespace ${namespace}.`);
  }
  checkTemplate(observer, git, report);
  await checkCluster(shell, observer, git, registryWriter, report);
}

/** Whether the version of a model can be read from the address of its artifact. */
function checkTemplate({ servedUri }: Observer, git: Git, report: Report): void {
  const all = [...git.reading.environments.values()].flatMap(({ now }) => [...now.models]);
  const unreadable = all.filter(([model, { versions }]) =>
    versions.some(({ version }) => {
      const uri = servedUri.replaceAll('{name}', () => model).replaceAll('{version}', () => version);
      return versionIn(servedUri, model, uri.replace(/\{[^{}]+\}/g, 'x'))?.version !== version;
    }),
  );
  if (unreadable.length > 0)
    report.problem(
      `No version can be read from ${servedUri}, for ${plural(unreadable.length, 'model')} such as ${unreadable[0]![0]}: what serves would have no label.`,
      'Set SERVED_URI to the address of the artifact with {version} in it once, and with some text between {version} and other keys.',
    );
}

/** Whether the registry believes this cluster. */
async function checkCluster(
  shell: Shell,
  { namespaces, cluster }: Observer,
  git: Git,
  registryWriter: OwnSettings['registryWriter'],
  report: Report,
): Promise<void> {
  const registry = openRegistry(registryWriter, shell.io);
  await attempt(report, [[/./, 'post-deployment status shows more.']], async () => {
    const models = await registry.models();
    for (const [environment, { now }] of git.reading.environments) {
      if (namespaces[environment] === undefined) continue;
      const deployed = models.filter(({ name }) => now.models.has(name));
      const known = deployed.map(({ name, properties }) => ({ name, by: ownText(properties, environment, 'cluster') }));
      for (const { name, by } of known)
        if (by !== undefined && by !== cluster)
          report.warning(
            `${environment}: ${name} is observed by the cluster ${by}, and CLUSTER_NAME is ${cluster}: what this one says of it is ignored.`,
            `If that cluster is gone or has another name now, remove ${environment}.cluster from the model in the registry.`,
          );
      const unseen = known.filter(({ by }) => by === undefined).length;
      if (unseen > 0) report.note(`${environment}: ${plural(unseen, 'model')} of ${known.length} not observed yet.`);
    }
  });
}
