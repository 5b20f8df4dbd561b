// What a Pod of the tests sees: it runs in a namespace, and says what it reaches from there.
import assert from 'node:assert/strict';
import { apply, image, kubectl, list } from './cluster.ts';
import { restricted } from './release.ts';

/** The port on which a Pod of the tests answers. */
export const listening = 8080;

/** A Pod that answers every request, of the restricted Pod Security Standard but for what `container` says. */
export function pod(
  namespace: string,
  name: string,
  { labels = {}, container: more = {} }: { labels?: Record<string, string>; container?: object } = {},
): string {
  const script = `require('node:http').createServer((_, response) => response.end()).listen(${listening})`;
  const container = { name: 'server', image, command: ['node', '-e', script], securityContext: restricted, ...more };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: { containers: [container], automountServiceAccountToken: false, terminationGracePeriodSeconds: 0 },
  });
}

export async function runPod(namespace: string, name: string, more: Parameters<typeof pod>[2] = {}): Promise<void> {
  await apply(pod(namespace, name, more));
  await kubectl('-n', namespace, 'wait', '--for=condition=Ready', `pod/${name}`, '--timeout=300s');
}

export async function addressOf(namespace: string, name: string): Promise<string> {
  const [found] = await list<{ status: { podIP: string } }>(
    namespace,
    'pods',
    `--field-selector=metadata.name=${name}`,
  );
  return found!.status.podIP;
}

/** Whether a TCP connection from the Pod is taken. */
export async function reaches(namespace: string, from: string, host: string, port: number): Promise<boolean> {
  const script = `
    const socket = require('node:net').connect({ host: '${host}', port: ${port}, timeout: 5000 });
    const say = (text) => { console.log(text); process.exit(); };
    socket.on('connect', () => say('reached')).on('timeout', () => say('silent'))
      .on('error', ({ code }) => say(code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? 'no such name' : 'refused'));`;
  const answer = (await exec(namespace, from, 'node', '-e', script)).trim();
  assert.notEqual(answer, 'no such name', host);
  return answer === 'reached';
}

/** What a script prints that runs in a Pod. */
export const node = (namespace: string, from: string, script: string) =>
  exec(namespace, from, 'node', '--input-type=module', '-e', script);

/** Runs a command in the first container of a Pod. */
export function exec(namespace: string, pod: string, ...command: string[]): Promise<string> {
  return kubectl('-n', namespace, 'exec', pod, '--', ...command);
}
