// What a reader of a failed run needs of the cluster, which is gone when the run ends: printed after each failed test.
import type { Context } from 'mocha';
import { kubectl } from './cluster.ts';

const ofKnative = ['knative-serving', 'knative-eventing', 'kourier-system', 'kube-system'];

afterEach(async function (this: Context) {
  if (this.currentTest?.state !== 'failed') return;
  const namespaces = (await show('get', 'namespaces', '-o', 'name'))
    .split('\n')
    .map((name) => name.split('/')[1] ?? '');
  const own = namespaces.filter((name) => name !== '' && name !== 'default' && !name.startsWith('kube-'));
  console.log(`Pods that are not ready:\n${await podsNotReady()}`);
  for (const namespace of own.filter((name) => !ofKnative.includes(name))) {
    const events = await show('-n', namespace, 'get', 'events', '--sort-by=.lastTimestamp', '--no-headers');
    console.log(`Last events in ${namespace}:\n${lastLines(events, 15)}`);
    const pods = await show('-n', namespace, 'get', 'pods', '-l', 'serving.knative.dev/service', '-o', 'name');
    for (const pod of pods.split('\n').filter(Boolean))
      console.log(
        `Last log lines of ${pod}:\n${await show('-n', namespace, 'logs', pod, '-c', 'user-container', '--tail=5')}`,
      );
  }
});

async function podsNotReady(): Promise<string> {
  const lines = (await show('get', 'pods', '-A', '--no-headers')).split('\n');
  return lines.filter((line) => !/\s(\d+)\/\1\s+Running\s|\sCompleted\s/.test(line)).join('\n');
}

/** What kubectl prints, or why it fails: a report never fails a test. */
const show = (...args: string[]) => kubectl(...args).catch((error: Error) => error.message);

const lastLines = (text: string, count: number) =>
  text
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => line.slice(0, 300))
    .join('\n');
