// What the demo is told with: a headline, what follows from a step line by line, the labels, and the check.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { callJson } from '../stand-ins/json-call.ts';
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

export async function showLabels({ registry, model }: System): Promise<void> {
  type Version = { name: string; customProperties?: Record<string, { string_value?: string }> };
  const found = await callJson<{ id: string }>(registry, 'GET', `/registered_model?name=${encodeURIComponent(model)}`);
  const { items } = await callJson<{ items: Version[] }>(registry, 'GET', `/registered_models/${found.id}/versions`);
  for (const { name, customProperties = {} } of items) {
    const properties = Object.entries(customProperties);
    const labels = properties.flatMap(([key, { string_value: text }]) => (text === '' ? [key] : []));
    const record = properties.flatMap(([key, { string_value: text }]) => (text ? [`${key}=${text}`] : []));
    console.log(`  ${model} ${name}  labels: ${labels.sort().join(', ') || '-'}`);
    for (const entry of record.sort()) console.log(`      ${entry}`);
  }
}

export function say(text: string): void {
  console.log(`\n== ${text}`);
}
