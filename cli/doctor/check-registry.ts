// Checks the registry: address, token, version, and whether it accepts a write. Writes nothing.
import type { OwnSettings } from '../../functions/settings.ts';
import { openRegistry } from '../../registries/index.ts';
import { plural } from '../paint.ts';
import type { Shell } from '../shell.ts';
import { attempt, connectionRemedies, type Remedies, type Report } from './findings.ts';

const remedies: Remedies = [
  ...connectionRemedies(
    'the registry',
    'MODEL_REGISTRY',
    'Check that MODEL_REGISTRY_URL is right and can be reached from here; for one in a cluster: kubectl port-forward service/model-registry-service 8085:8080, and MODEL_REGISTRY_URL=http://127.0.0.1:8085.',
  ),
  [
    /MODEL_REGISTRY_TOKEN/,
    'Set MODEL_REGISTRY_TOKEN to a token of an account that has access to the registry (oc whoami -t prints one), or to the password of MODEL_REGISTRY_USER.',
  ],
  [/MLFLOW_WORKSPACE/, 'Set MLFLOW_WORKSPACE to a workspace of this server; leave it out where the server has none.'],
  [/./, 'Check MODEL_REGISTRY_URL (a path prefix belongs to it) and MODEL_REGISTRY_API.'],
];

/** False when the registry cannot be read. */
export async function checkRegistry(
  shell: Shell,
  settings: OwnSettings['registryWriter'],
  report: Report,
): Promise<boolean> {
  shell.progress.step('Checking the registry');
  const before = shell.log.length;
  const registry = openRegistry(settings, shell.io);
  const reads = await attempt(report, remedies, async () => {
    const models = await registry.models();
    report.ok(`${registry.url}, ${plural(models.length, 'registered model')}.`);
    if (models.length === 0)
      report.note('It holds no model: nothing is labelled until the model that a deployment file names is registered.');
  });
  if (!reads) return false;
  await attempt(report, remedies, async () => {
    for (const { level, text } of await registry.remarks()) report[level](text);
    const { allowed, reason } = await registry.mayWrite();
    if (allowed) report.ok('It accepts writes (tried with one that changes nothing).');
    else
      report.problem(
        `A write is refused: ${reason}.`,
        'Give the account of MODEL_REGISTRY_TOKEN a role that may write, and check that no proxy in front of the registry allows only GET.',
      );
  });
  const ending = shell.log.slice(before).find(({ message }) => /announces the end/.test(message));
  if (ending)
    report.warning(
      `The registry announces the end of this API version (${ending.fields.sunset || 'no date'}).`,
      'Set MODEL_REGISTRY_API to the next version.',
    );
  return true;
}
