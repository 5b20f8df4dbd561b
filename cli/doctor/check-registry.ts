// The registry as doctor looks at it: address, token, generation, and whether a write would be let through. Writes nothing.
import type { OwnSettings } from '../../functions/settings.ts';
import { openRegistry } from '../../registries/index.ts';
import { plural } from '../paint.ts';
import type { Shell } from '../shell.ts';
import { attempt, type Report } from './finding.ts';

/** False when the registry cannot be read. */
export async function checkRegistry(
  shell: Shell,
  settings: OwnSettings['registryWriter'],
  report: Report,
): Promise<boolean> {
  shell.progress.step('Asking the registry');
  const before = shell.log.length;
  const registry = openRegistry(settings, shell.io);
  const reads = await attempt(report, 'registry', remedy, async () => {
    const models = await registry.models();
    report('ok', 'registry', `${registry.url}, ${plural(models.length, 'registered model')}.`);
    if (models.length === 0)
      report(
        'note',
        'registry',
        'It holds no model: nothing is labelled until one is registered under the name in its deployment file.',
      );
  });
  if (!reads) return false;
  await attempt(report, 'registry', remedy, async () => {
    for (const { level, text } of await registry.remarks()) report(level, 'registry', text);
    const { allowed, reason } = await registry.mayWrite();
    if (allowed)
      report('ok', 'registry', 'A write is let through (asked with a model that is not there; nothing was changed).');
    else
      report(
        'problem',
        'registry',
        `A write is refused: ${reason}.`,
        'Give the token of MODEL_REGISTRY_TOKEN a role that may write, and see that nothing in front of the registry lets GET through alone.',
      );
  });
  const ending = shell.log.slice(before).find(({ message }) => /announces the end/.test(message));
  if (ending)
    report(
      'warning',
      'registry',
      `The registry announces the end of this API version (${ending.fields.sunset || 'no date'}).`,
      'Set MODEL_REGISTRY_API to the next one.',
    );
  return true;
}

function remedy(message: string): string {
  if (/HTTPS?_PROXY/.test(message))
    return 'See that the proxy can be reached from here and lets through to the registry, or name the registry in NO_PROXY.';
  if (/TLS certificate is not trusted/.test(message))
    return 'Set MODEL_REGISTRY_CA_FILE to a file with the certificate (PEM) of who signed it.';
  if (/TLS certificate/.test(message))
    return 'Use the host name the certificate is made for in MODEL_REGISTRY_URL, or have it renewed.';
  if (/no such host|refused|cannot be reached|cannot connect|no whole answer/.test(message))
    return 'See that MODEL_REGISTRY_URL is right and can be reached from here; in a cluster: kubectl port-forward service/model-registry-service 8085:8080, and MODEL_REGISTRY_URL=http://127.0.0.1:8085.';
  if (/MODEL_REGISTRY_TOKEN/.test(message))
    return 'Set MODEL_REGISTRY_TOKEN to a token whose owner may get the service of the registry (oc whoami -t is one).';
  return 'Look at MODEL_REGISTRY_URL (a path prefix belongs to it) and MODEL_REGISTRY_API.';
}
