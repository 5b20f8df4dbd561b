// Pushes that go on arriving while something else is done. Each deploys an application of its own, so that no push makes up for
// another one that was lost.
import { setTimeout as pause } from 'node:timers/promises';
import { deploymentFile, folder } from '../../local/seed.ts';
import { until } from './cluster.ts';
import type { Servers } from './servers.ts';

let next = 0;

/** Pushes every `everyMs` until `work` is done and all webhooks are answered. Resolves with the models whose push was answered 2xx. */
export async function pushDuring(servers: Servers, work: () => Promise<unknown>, everyMs = 1_500): Promise<string[]> {
  const { gitea, registry, repository } = servers;
  const commits = new Map<string, string>();
  let working = true;
  const pushing = (async () => {
    while (working) {
      next += 1;
      const name = `song-${next}`;
      registry.addModel({ name, versions: [{ name: '1.0.0' }] });
      const files = { [`${folder}/prod/${name}/config.yaml`]: deploymentFile(name, '1.0.0', 'prod') };
      commits.set(name, gitea.repository(repository).commit({ files, message: `Deploy ${name}` }));
      await pause(everyMs);
    }
  })();
  try {
    await work();
  } finally {
    working = false;
    await pushing;
  }
  await gitea.idle();
  const taken = gitea.deliveries().filter(({ succeeded }) => succeeded);
  return [...commits].filter(([, id]) => taken.some(({ payload }) => payload.includes(id))).map(([name]) => name);
}

/** Each of these models has its label in the registry in the end. */
export async function areLabelled({ isLabelled }: Servers, models: readonly string[]): Promise<void> {
  await until('every push that was answered 2xx is in the registry', () => {
    const missing = models.filter((name) => !isLabelled('1.0.0', name));
    return missing.length === 0 || missing;
  });
}
