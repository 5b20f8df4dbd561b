// The demo's rollouts: one whose image is missing, while the old version goes on serving, and the promotion that heals it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { registryUpdated } from '../events/index.ts';
import type { Phase } from '../promotions/rollout/judge.ts';
import type { Attempt } from '../stand-ins/broker/index.ts';
import { callJson } from '../stand-ins/json-call.ts';
import { check, say, watched } from './demo-steps.ts';
import { promote } from './promote.ts';
import { register } from './register.ts';
import type { System } from './system.ts';

/** ms, for a busy machine. */
const longestWait = 60_000;
/** Of `post-deployment status`, when only the cluster is not as Git says. */
const onlyTheCluster = 4;

/** Resolves with what was not as it should be. Tells nothing where no cluster stands in. */
export async function tellOfRollouts(system: System): Promise<string[]> {
  const { gitea, registry, model, cluster } = system;
  if (!cluster) return [];
  for (const version of ['1.3.0', '1.3.1']) await register[registry.kind](registry).version(model, version, 'test');

  say(`${model} 1.3.0 is promoted, but its image is missing: its Pods cannot start`);
  cluster.standIn.missNext = true;
  const failed = toldOf(system, 'failed');
  const number = await watched(
    system,
    () => promote(gitea, gitea.repository, model, '1.3.0'),
    async () => void (await failed),
  );
  if (!(await failed)) return ['when an image is missing: nobody says so'];
  say('The label follows Git, and the old version goes on serving. The commit says');
  const status = await statusOf(system, number);
  console.log(status);
  say(`post-deployment status says, and ends with ${onlyTheCluster}`);
  const code = await showStatus(system);

  say(`The next promotion, ${model} 1.3.1, heals it`);
  await watched(system, () => promote(gitea, gitea.repository, model, '1.3.1'));
  say('Last check: Git, registry and cluster, each asked directly');
  const isSame = await check(system, 'user1-prod');
  return [
    ...(status.startsWith('rollout/prod failure') ? [] : ['after the failed rollout: the commit does not say so']),
    ...(code === onlyTheCluster ? [] : [`after the failed rollout: post-deployment status ends with ${code}`]),
    ...(isSame ? [] : ['after the next promotion: Git, registry and cluster differ']),
  ];
}

/** True when commit-status has taken what registry-writer says of an observation of that phase; false when that takes too long. */
function toldOf({ broker }: System, phase: Phase): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (is: boolean) => {
      clearTimeout(timer);
      broker.events.off('attempt', onAttempt);
      resolve(is);
    };
    const onAttempt = ({ trigger, to, event, status }: Attempt) => {
      if (trigger !== 'commit-status' || to !== 'subscriber' || !status || status >= 300) return;
      if (event.attributes.type !== registryUpdated.type) return;
      const { rollout } = JSON.parse(event.data.toString()) as registryUpdated.RegistryUpdate;
      if (rollout?.phase === phase) end(true);
    };
    const timer = setTimeout(end, longestWait, false);
    broker.events.on('attempt', onAttempt);
  });
}

/** What the merge commit of that request shows of the rollout. */
async function statusOf({ gitea }: System, number: number): Promise<string> {
  const repository = `/repos/${gitea.repository}`;
  const pull = await callJson<{ merge_commit_sha: string }>(gitea, 'GET', `${repository}/pulls/${number}`);
  const path = `${repository}/commits/${pull.merge_commit_sha}/statuses`;
  const list = await callJson<{ context: string; status: string; description: string }[]>(gitea, 'GET', path);
  const last = list.findLast(({ context }) => context.startsWith('rollout/'));
  return last ? `${last.context} ${last.status}: ${last.description.replace(/ \[.*$/, '')}` : 'nothing';
}

/** Resolves with the exit code. */
async function showStatus({ settings }: System): Promise<number | null> {
  const start = fileURLToPath(new URL('../cli/start.mjs', import.meta.url));
  const env = { PATH: process.env.PATH, ...settings };
  const child = spawn(process.execPath, [start, 'status'], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}
