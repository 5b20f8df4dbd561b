// `npm run demo`: a promotion, a lost webhook and a rollout that fails, for a person reading a terminal. Ends by itself: 0 when the
// registry is in sync with Git after each, and with the cluster at the end, 1 when not. check.ts, a process of its own, compares them.
// `--idle <function>` replaces a function by one that does nothing, to see that the check notices. With GITEA_URL and
// GITEA_TOKEN, or MODEL_REGISTRY_URL, the demo uses the real servers, with a repository and a model of its own.
// `--registry mlflow` takes MLflow in place of Kubeflow's registry, as MODEL_REGISTRY does.
// `--stay` keeps everything running behind the console, a page in the browser, until Ctrl-C.

import { parseArgs } from 'node:util';
import { type FunctionName, functionNames } from '../functions/table.ts';
import { watchableStepMs } from './cluster.ts';
import { startConsole } from './console/index.ts';
import { tellOfRollouts } from './demo-rollouts.ts';
import { check, say, showLabels, watched } from './demo-steps.ts';
import { openStage } from './opening.ts';
import { promote } from './promote.ts';
import { type System, startSystem } from './system.ts';
import { loseWebhooks } from './webhooks.ts';

try {
  process.exitCode = await run();
} catch (error) {
  console.error(`The demo broke off: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: { idle: { type: 'string' }, registry: { type: 'string' }, stay: { type: 'boolean' } },
  });
  const idle = values.idle as FunctionName | undefined;
  if (idle !== undefined && !functionNames.includes(idle))
    throw new Error(`--idle: expected one of ${functionNames.join(', ')}, came ${idle}`);
  say('Building the functions; starting Gitea, a model registry, a cluster, a broker and the functions');
  const { env } = process;
  const names = [
    ...['GITEA_URL', 'GITEA_TOKEN'],
    ...['MODEL_REGISTRY', 'MODEL_REGISTRY_URL', 'MODEL_REGISTRY_TOKEN', 'MODEL_REGISTRY_API'],
  ];
  const system = await startSystem({
    settings: {
      ...Object.fromEntries(names.map((name) => [name, env[name]])),
      ...(values.registry && { MODEL_REGISTRY: values.registry }),
    },
    seedRealServers: true,
    cluster: { stepMs: 15 },
    ...(idle ? { idleFunction: idle } : {}),
  });
  const end = (signal: NodeJS.Signals) =>
    void system.close().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    const page = values.stay ? await startConsole(system) : undefined;
    const code = await tell(system);
    if (page) await stay(system, page.url);
    return code;
  } finally {
    await system.close();
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

/** Never resolves: Ctrl-C ends it. */
async function stay(system: System, url: string): Promise<never> {
  await openStage(system);
  if (system.cluster) system.cluster.standIn.stepMs = watchableStepMs;
  say(`Everything keeps running. Open ${url} in a browser; Ctrl-C ends it`);
  return new Promise(() => {});
}

async function tell(system: System): Promise<number> {
  const { gitea, model } = system;
  say(`${gitea.repository} deploys ${model} 1.0.0 in prod; the registry says so too`);
  await showLabels(system);
  const first = await check(system);

  say(`A pull request that promotes ${model} 1.1.0 to prod is merged in Gitea`);
  await watched(system, () => promote(gitea, gitea.repository, model, '1.1.0'));
  say('The registry now');
  await showLabels(system);
  const promoted = await check(system);

  say(`${model} 1.2.0 is promoted, but the webhook gets lost`);
  const find = await loseWebhooks(gitea);
  await watched(system, () => promote(gitea, gitea.repository, model, '1.2.0'));
  await find();
  const stale = await check(system);

  say('The next reconcile (a PingSource in a cluster) finds the difference and corrects it');
  await watched(system, () => system.ping());
  say('The registry now');
  await showLabels(system);
  const letters = system.broker.deadLetters.length;
  if (letters > 0) console.log(`${letters} events were lost on the way.`);
  say('Git and registry, each asked directly');
  const last = await check(system);

  const expected = [
    ['before', first, true],
    ['after the merge', promoted, true],
    ['after the lost webhook', stale, false],
    ['after the reconcile', last, true],
  ] as const;
  const wrong: string[] = expected
    .filter(([, same, wanted]) => same !== wanted)
    .map(([when, same]) => `${when}: Git and registry ${same ? 'agree' : 'differ'}`);
  // Whatever does not work by then would only be waited for.
  if (wrong.length === 0) wrong.push(...(await tellOfRollouts(system)));
  for (const what of wrong) console.log(`NOT AS IT SHOULD BE ${what}.`);
  if (wrong.length === 0) console.log('\nAll as it should be.');
  return wrong.length === 0 ? 0 : 1;
}
