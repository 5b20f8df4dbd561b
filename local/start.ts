// `npm run local`: the system on this machine, until Ctrl-C. With GITEA_URL (and GITEA_REPOSITORY, GITEA_TOKEN) or
// MODEL_REGISTRY_URL (and MODEL_REGISTRY_TOKEN) set, the real server is used instead of a stand-in. `--registry mlflow` takes MLflow
// in place of Kubeflow's registry, as MODEL_REGISTRY does.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { RegistryName } from '../config/settings/registry.ts';
import { functionNames } from '../functions/table.ts';
import { watchableStepMs } from './cluster.ts';
import { startConsole } from './console/index.ts';
import { writeEnvFile } from './env-file.ts';
import { holdAlone } from './only-one.ts';
import { openStage } from './opening.ts';
import { freePort } from './processes.ts';
import { type System, startSystem } from './system.ts';
import { watch } from './watch.ts';

/** The functions have those from 8080 on, in the order of their table. */
const ports = {
  gitea: 3000,
  ...Object.fromEntries(functionNames.map((name, index) => [name, 8080 + index])),
  registry: 8089,
  broker: 8090,
  cluster: 8091,
};
const consolePort = 8070;
const root = fileURLToPath(new URL('..', import.meta.url));

const registryNames: Record<RegistryName, string> = { kubeflow: 'Model Registry', mlflow: 'MLflow' };
const lists: Record<RegistryName, string> = {
  kubeflow: '/registered_models',
  mlflow: '/model-versions/search',
};

/** Seconds between two reconciles; a PingSource of the chart comes less often. */
const usualPause = 60;

try {
  await run();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const { registry: kind } = parseArgs({ options: { registry: { type: 'string' } } }).values;
  const pause = Number(process.env.RECONCILE_SECONDS || usualPause);
  if (!(pause >= 1)) throw new Error('RECONCILE_SECONDS: expected a number of seconds, at least 1');
  const signal = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  // Its file of settings is one a checkout.
  const alone = await holdAlone(root, runsAlready('it is starting'));
  console.log('Building the functions and starting everything …');
  const system = await startSystem({
    settings: { ...process.env, ...(kind && { MODEL_REGISTRY: kind }) },
    ports,
    cluster: { stepMs: 15 },
  });
  const envFile = await writeEnvFile(system);
  try {
    const page = await startConsole(system, { port: await freePort(consolePort) });
    alone.tell(runsAlready(`console ${page.url}`));
    console.log(introduce(system, pause));
    console.log(
      `# In another terminal, with the command line:\nnpx post-deployment status --settings ${envFile.path}\n`,
    );
    console.log(`Console         ${page.url}\n`);
    const unwatch = watch(system, console.log);
    await openStage(system);
    if (system.cluster) system.cluster.standIn.stepMs = watchableStepMs;
    const timer = setInterval(() => void system.ping().catch(() => {}), pause * 1000);
    await signal;
    clearInterval(timer);
    unwatch();
    await page.close();
    console.log('\nStopping everything.');
  } finally {
    await envFile.remove();
    await system.close();
    await alone.release();
  }
}

function runsAlready(where: string): string {
  return `npm run local runs already in ${root} (process ${process.pid}, ${where}).\nNothing was started or changed. End it with Ctrl-C where it runs, or use it as it is.`;
}

function introduce({ gitea, registry, cluster, broker, functions, model, webhook }: System, pause: number): string {
  const authorization = gitea.token ? " -H 'Authorization: Bearer $TOKEN'" : '';
  const head = [
    '',
    `Gitea           ${gitea.url}  (${gitea.standIn ? 'stand-in: API only, no pages' : 'real'}), repository ${gitea.repository}`,
    `${registryNames[registry.kind].padEnd(15)} ${registry.url}  (${registry.standIn ? 'stand-in' : 'real'})`,
    ...(cluster
      ? [`Cluster         ${cluster.url}  (stand-in of the API server, and of what KServe and Argo CD do)`]
      : []),
    `Broker          ${broker.url}`,
    ...functions.map(({ name, url }) => `${name.padEnd(15)} ${url}`),
    `Reconcile every ${pause} s. Ctrl-C ends everything.`,
    '',
  ];
  const real = [
    `Set up a webhook in ${gitea.repository}: URL ${webhook.url}, POST, application/json, events push and pull request.`,
    process.env.GITEA_WEBHOOK_SECRET || process.env.GITEA_WEBHOOK_SECRET_FILE
      ? 'Its secret is what GITEA_WEBHOOK_SECRET says.'
      : `Its secret: ${webhook.secret} (set GITEA_WEBHOOK_SECRET to choose one).`,
    `Or: npx post-deployment webhook create --url ${webhook.url} --settings dist/local.env --token-file <token with write:repository>`,
    `Gitea calls loopback addresses only when its [webhook] ALLOWED_HOST_LIST holds "loopback".`,
  ];
  const path = `model-deployments/prod/${model}/config.yaml`;
  const contents = `${gitea.api}/repos/${gitea.repository}/contents/${path}`;
  const text = `name: ${model}\nversion: "1.1.0"\nimage_repository: quay.io\nimage_namespace: user1-prod\n`;
  const standIn = [
    `TOKEN=${gitea.token}`,
    '# Promote version 1.1.0 to prod by a push, and watch the lines below:',
    `SHA=$(curl -s${authorization.replaceAll("'", '"')} ${contents} | sed -n 's/.*"sha":"\\([0-9a-f]*\\)".*/\\1/p' | head -1)`,
    `curl -s -X PUT${authorization.replaceAll("'", '"')} -H 'Content-Type: application/json' ${contents} \\`,
    `  -d '{"branch":"main","message":"Promote 1.1.0","sha":"'$SHA'","content":"${Buffer.from(text).toString('base64')}"}'`,
  ];
  const rest = [
    '# Reconcile now:',
    `curl -i -X POST ${broker.url} -H 'ce-specversion: 1.0' -H 'ce-id: 1' -H 'ce-source: /me' -H 'ce-type: dev.knative.sources.ping' -H 'content-type: application/json' -d '{}'`,
    '# What the registry says:',
    `curl -s '${registry.api}${lists[registry.kind]}'`,
    '',
  ];
  return [...head, ...(gitea.standIn ? standIn : real), ...rest].join('\n');
}
