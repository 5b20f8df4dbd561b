// Starts the real broker code of Knative (README.md) with manifests, and ends it. What it says of each hop is kept.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseAllDocuments, stringify } from 'yaml';
import type { Trigger } from '../../stand-ins/broker/index.ts';

/** One request that was really sent, as `-trace` prints it. */
export interface Hop {
  /** `channel`: an event came in, by a producer or as a reply. */
  hop: 'channel' | 'filter' | 'subscriber' | 'reply' | 'deadletter';
  trigger?: string;
  id?: string;
  source?: string;
  type?: string;
  status?: number;
  attempt: number;
  url: string;
}

export interface KnativeBroker {
  /** What K_SINK is set to. */
  url: string;
  /** How it is called inside, where it says who refused a reply. */
  ingress: string;
  hops: Hop[];
  process: ChildProcess;
  /** The exit code. */
  ended: Promise<number | null>;
  close(): Promise<void>;
}

export interface DeliverySpec {
  retry: number;
  backoffPolicy: string;
  backoffDelay: string;
  timeout: string;
  deadLetterSink?: { uri: string } | { ref: { name: string } };
}

export interface TriggerManifest {
  kind: 'Trigger';
  metadata: { name: string; namespace: string };
  spec: {
    broker: string;
    filters?: { any: { exact: { type: string } }[] }[];
    subscriber: object;
    delivery: DeliverySpec;
  };
}

export interface BrokerManifest {
  kind: 'Broker';
  metadata: { name: string; namespace: string; annotations: Record<string, string> };
}

export type Manifest = BrokerManifest | TriggerManifest;

const asyncAnnotation = 'messaging.knative.dev/async-handler';

/** system.yaml as objects. `async` false: without the annotation, as a Broker is by default. */
export function systemManifests({ async }: { async: boolean }): Manifest[] {
  const text = readFileSync(new URL('./system.yaml', import.meta.url), 'utf8');
  const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  for (const one of manifests) if (one.kind === 'Broker' && !async) delete one.metadata.annotations[asyncAnnotation];
  return manifests;
}

/** The same with pauses between attempts of some ms: what is tried and how often stays. */
export function hurried(manifests: readonly Manifest[], backoffDelay = 'PT0.01S'): Manifest[] {
  return manifests.map((one) =>
    one.kind === 'Trigger' ? { ...one, spec: { ...one.spec, delivery: { ...one.spec.delivery, backoffDelay } } } : one,
  );
}

/** A Broker and these Triggers, as the local broker knows them. */
export function manifestsOf(triggers: readonly Trigger[], { async = false } = {}): object[] {
  const metadata = (name: string) => ({ name, namespace: 'test' });
  const duration = (ms: number) => `PT${ms / 1000}S`;
  return [
    {
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Broker',
      metadata: { ...metadata('default'), ...(async ? { annotations: { [asyncAnnotation]: 'true' } } : {}) },
      spec: { delivery: { retry: 0 } },
    },
    ...triggers.map(({ name, types = [], attributes, subscriber, deadLetterSink, ...rest }) => ({
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Trigger',
      metadata: metadata(name),
      spec: {
        broker: 'default',
        ...(types.length > 0 ? { filters: [{ any: types.map((type) => ({ exact: { type } })) }] } : {}),
        ...(attributes ? { filter: { attributes } } : {}),
        subscriber: { uri: subscriber },
        delivery: {
          retry: rest.retry,
          backoffPolicy: rest.backoffPolicy,
          backoffDelay: duration(rest.backoffDelayMs),
          timeout: duration(rest.timeoutMs),
          ...(deadLetterSink ? { deadLetterSink: { uri: deadLetterSink } } : {}),
        },
      },
    })),
  ];
}

/** `program`: its path. `subscribers`: addresses for what manifests name by `ref`. Throws with what it said when it does not start. */
export async function startKnativeBroker(
  program: string,
  manifests: readonly object[],
  subscribers: Readonly<Record<string, string>> = {},
): Promise<KnativeBroker> {
  const folder = mkdtempSync(path.join(tmpdir(), 'knative-broker-'));
  const config = path.join(folder, 'manifests.yaml');
  writeFileSync(config, manifests.map((one) => `---\n${stringify(one)}`).join(''));
  const named = Object.entries(subscribers).flatMap(([name, url]) => ['-subscriber', `${name}=${url}`]);
  const child = spawn(program, ['-listen', '127.0.0.1:0', '-config', config, '-trace', ...named], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // However this process ends, the broker does not stay behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'close').then(([code]) => {
    process.off('exit', kill);
    rmSync(folder, { recursive: true, force: true });
    return code as number | null;
  });
  const hops: Hop[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => hops.push(JSON.parse(line) as Hop));
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const address = /^broker (\S+)$/m.exec(said)?.[1];
      if (address) resolve(address);
    });
    void ended.then((code) => reject(new Error(`knative-broker ended with ${code}:\n${said}`)));
  });
  return {
    url,
    ingress: `http://broker-ingress.knative-eventing.svc.cluster.local${new URL(url).pathname}`,
    hops,
    process: child,
    ended,
    async close() {
      child.kill('SIGTERM');
      const timer = setTimeout(kill, 15_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
