// What the demo is told with: a headline, what follows from a step line by line, the labels, and the check.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createReaders } from './console/readers.ts';
import { numberIn } from './console/registry-view.ts';
import type { System } from './system.ts';
import { watch } from './watch.ts';

/** A real Gitea sends its webhooks some seconds after the event. */
const realWebhookMs = 10_000;

/** True: Git and registry agree, and with `namespace` also what the registry says of the Pods there. */
export async function check({ gitea, registry, model, settings }: System, namespace?: string): Promise<boolean> {
  const path = fileURLToPath(new URL('./check.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      GITEA_URL: gitea.url,
      GITEA_REPOSITORY: gitea.repository,
      GITEA_TOKEN: gitea.token ?? '',
      MODEL_REGISTRY: registry.kind,
      MODEL_REGISTRY_URL: registry.url,
      MODEL_REGISTRY_TOKEN: registry.token ?? '',
      MODEL_REGISTRY_API: registry.api.slice(registry.url.length),
      ENVIRONMENT: 'prod',
      MODEL: model,
      ...(namespace !== undefined && {
        NAMESPACE: namespace,
        KUBERNETES_URL: settings.KUBERNETES_URL,
        KUBERNETES_TOKEN: settings.KUBERNETES_TOKEN,
      }),
    },
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0 && code !== 1) throw new Error('Git and registry could not be compared');
  return code === 0;
}

/** Does something and shows what follows from it, until nothing more does, or until that resolves. */
export async function watched<T>(system: System, act: () => Promise<T>, until = quiet(system)): Promise<T> {
  const unwatch = watch(system, console.log);
  const done = await act();
  await until();
  unwatch();
  return done;
}

const quiet = (system: System) => async () => {
  if (!system.gitea.standIn) await pause(realWebhookMs);
  await system.idle();
};

export async function showLabels(system: System): Promise<void> {
  const { registry } = createReaders(system);
  const found = await registry.findModel(system.model);
  if (found === undefined) throw new Error(`${system.model} is not registered`);
  const versions = await registry.versions(found);
  for (const { id, name, properties } of versions.sort((a, b) => numberIn(a.id) - numberIn(b.id))) {
    const texts = [...properties].flatMap(([key, { type, value }]) => (type === 'string' ? [[key, value]] : []));
    const labels = texts.flatMap(([key, text]) => (text === '' ? [key] : []));
    const record = texts.flatMap(([key, text]) => (text ? [`${key}=${text}`] : []));
    const aliases = [...(found.aliases ?? [])].flatMap(([alias, of]) => (of === id ? [alias] : []));
    const also = aliases.length > 0 ? `  alias: ${aliases.sort().join(', ')}` : '';
    console.log(`  ${system.model} ${name}  labels: ${labels.sort().join(', ') || '-'}${also}`);
    for (const entry of record.sort()) console.log(`      ${entry}`);
  }
}

export function say(text: string): void {
  console.log(`\n== ${text}`);
}
