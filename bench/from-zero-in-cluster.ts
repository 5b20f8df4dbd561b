// From zero in the test cluster (test/cluster): promotions one after the other, each when no function has a Pod, sent by what gives up
// after 5 s and never tries again, as Gitea does. Prints which webhooks were lost, when the label moved, and where the seconds went.
//
//   bash test/cluster/cluster.sh bench [--runs 10] [--load] [--one]
//
// --load: two busy loops for each core meanwhile. --one: all functions in one Knative Service (mode: knative-one).
import { type ChildProcess, spawn } from 'node:child_process';
import { on } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { promote } from '../local/promote.ts';
import type { Delivery } from '../stand-ins/gitea/index.ts';
import { kubectl, until } from '../test/cluster/cluster.ts';
import { followPods, type Pod, type Pods } from '../test/cluster/pods.ts';
import { install, isReady, prepare, release } from '../test/cluster/release.ts';
import { model, type Servers, startServers } from '../test/cluster/servers.ts';
import { spread } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    load: { type: 'boolean', default: false },
    one: { type: 'boolean', default: false },
  },
});
const runs = Number(options.runs);
const { name, namespace } = release;
const chain = options.one ? ['functions'] : ['gitea-source', 'parse', 'registry-writer'];
const door = options.one ? name : `${name}-gitea-source`;
/** Without a label after this, the promotion counts as late: the next reconcile would move it. */
const patienceMs = 30_000;
/** A baseline is measured before the first promotion and after each tenth. */
const baselineEach = 10;

/** Of one promotion, in ms after the merge. */
interface Run {
  status: number;
  answered: number;
  label?: number;
  /** By function: what happened to its first Pod and its first event. */
  steps: Map<string, Steps>;
}
type Steps = Partial<Record<Step, number>>;
const steps = ['created', 'scheduled', 'started', 'listening', 'ready', 'taken', 'done'] as const;
type Step = (typeof steps)[number];

async function main(): Promise<void> {
  const servers = await startServers();
  let pods: Pods | undefined;
  let loops: ChildProcess[] = [];
  try {
    await prepare(servers);
    pods = await followPods(namespace);
    const versions = Array.from({ length: runs }, (_, index) => `2.0.${index}`);
    servers.register(...versions);
    await install(servers, ...(options.one ? ['mode=knative-one'] : []));
    await isReady(servers, chain.length === 1 ? 1 : release.functions.length);
    await isAtZero(pods);
    if (options.load) loops = busyLoops(2 * availableParallelism());
    const baseline = [await oneColdFunction()];
    const measured: Run[] = [];
    for (const [index, version] of versions.entries()) {
      await isAtZero(pods);
      const run = await promoteFromZero(servers, pods, version);
      measured.push(run);
      say(index + 1, run);
      if ((index + 1) % baselineEach === 0 || index + 1 === runs) {
        await isAtZero(pods);
        baseline.push(await oneColdFunction());
      }
    }
    report(measured, baseline);
  } finally {
    for (const loop of loops) loop.kill();
    pods?.close();
    await servers.close();
  }
}

/** Pods that are ending get no requests; Knative lets them wait for another 30 s. */
async function isAtZero(pods: Pods): Promise<void> {
  await until('no function has a Pod', () => pods.present().length === 0 || pods.present(), 15 * 60_000);
}

/** ms until what takes the webhooks has answered a GET, from zero. */
async function oneColdFunction(): Promise<number> {
  const start = Date.now();
  const response = await fetch(`http://${door}.${namespace}.kube.internal/health/liveness`);
  if (!response.ok) throw new Error(`${door}: expected 200, came ${response.status}`);
  await response.text();
  return Date.now() - start;
}

async function promoteFromZero(servers: Servers, pods: Pods, version: string): Promise<Run> {
  const { git, repository, isLabelled } = servers;
  const before = new Set(pods.all.keys());
  const delivered = nextPush(servers);
  await promote(git, repository, model, version);
  const start = Date.now();
  const label = (async () => {
    while (Date.now() < start + patienceMs) {
      if (isLabelled(version)) return Date.now();
      await pause(10);
    }
    return undefined;
  })();
  const { delivery, at } = await delivered;
  const merged = delivery.created.getTime();
  const labelled = await label;
  const run: Run = { status: delivery.response!.status, answered: at - merged, steps: new Map() };
  if (labelled !== undefined) run.label = labelled - merged;
  for (const pod of pods.all.values()) {
    if (before.has(pod.name) || run.steps.has(pod.component)) continue;
    run.steps.set(pod.component, afterMerge({ ...timesOf(pod), ...(await logged(pod)) }, merged));
  }
  return run;
}

/** The webhook's branch filter keeps pushes of other branches back. */
async function nextPush({ gitea }: Servers): Promise<{ delivery: Delivery; at: number }> {
  for await (const [delivery] of on(gitea.live, 'delivered') as AsyncIterable<[Delivery]>)
    if (delivery.eventType === 'push') return { delivery, at: Date.now() };
  throw new Error('the stand-in for Gitea was closed');
}

const timesOf = ({ created, scheduled, started, ready }: Pod) => ({ created, scheduled, started, ready });

function afterMerge(times: { [step in Step]?: number | undefined }, merged: number): Steps {
  const known = Object.entries(times).filter(([, time]) => time !== undefined) as [Step, number][];
  return Object.fromEntries(known.map(([step, time]) => [step, time - merged]));
}

/** When the process listened, and when its first event came and was answered, as its log says. */
async function logged({ name: pod }: Pod): Promise<{ [step in Step]?: number | undefined }> {
  // On a slow machine it may be gone already.
  const text = await kubectl('-n', namespace, 'logs', pod, '-c', 'user-container').catch(() => '');
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { message: string; time: string; ms: number });
  const timeOf = (message: string) => {
    const line = lines.find((one) => one.message === message);
    return line && { at: Date.parse(line.time), ms: line.ms };
  };
  const event = timeOf('event');
  return { listening: timeOf('ready')?.at, taken: event && event.at - event.ms, done: event?.at };
}

function say(number: number, { status, answered, label }: Run): void {
  const answer = status >= 200 && status < 300 ? `answered ${status} after` : `lost (${status || 'no answer'}) after`;
  console.log(`${String(number).padStart(4)}: ${answer} ${answered} ms, label ${label ?? 'not'} ms after the merge`);
}

function report(measured: readonly Run[], baseline: readonly number[]): void {
  const labels = measured.flatMap(({ label }) => label ?? []);
  const lost = measured.filter(({ status }) => status < 200 || status >= 300).length;
  const all = spread(labels);
  const cold = spread(baseline);
  const line = (text: string, { median, low, high }: typeof all) =>
    console.log(`${text}: median ${median} ms, quarters ${low} and ${high}`);
  console.log(
    `\n${measured.length} promotions from zero${options.load ? ', two busy loops for each core' : ''}: ` +
      `${lost} webhooks lost, ${measured.length - labels.length} labels not moved within ${patienceMs / 1000} s`,
  );
  line('from merge to answer', spread(measured.map(({ answered }) => answered)));
  line('from merge to label', all);
  line(`one cold function (${baseline.length} times)`, cold);
  console.log(`merge to label in cold functions: ${(all.median / cold.median).toFixed(2)}`);
  console.log('\nms after the merge, medians (started: in whole seconds, as the kubelet says)');
  console.log(
    ['', ...steps]
      .map((text) => text.padStart(10))
      .join('')
      .trimStart()
      .padStart(86),
  );
  for (const component of chain) {
    const cells = steps.map((step) => {
      const times = measured.flatMap((run) => run.steps.get(component)?.[step] ?? []);
      return (times.length === 0 ? '–' : String(Math.round(spread(times).median))).padStart(10);
    });
    console.log(component.padEnd(16) + cells.join(''));
  }
}

function busyLoops(count: number): ChildProcess[] {
  return Array.from({ length: count }, () => spawn(process.execPath, ['-e', 'for(;;);'], { stdio: 'ignore' }));
}

await main();
