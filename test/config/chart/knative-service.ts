// A Knative Service on one machine: a pod at the first request, by the Service's own readiness probe, concurrency, time limit
// and scale; none when it is scaled to zero. It does what Serving does with the rendered object, as far as a function can notice.
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Manifest } from './helm.ts';
import type { Machine, Running } from './machine.ts';
import type { Pod } from './pods.ts';

export interface KnativeService {
  name: string;
  url: string;
  /** Pods that were started, from the first. */
  pods: Running[];
  /** Status of every answer. */
  answers: number[];
  /** The most requests that were in the pod at a time. */
  busiest(): number;
  /** SIGTERM, and the grace period Knative leaves; resolves with the exit code, undefined when no pod ran. */
  scaleToZero(): Promise<number | null | undefined>;
  close(): Promise<void>;
}

/** ms until a pod has to be ready, and seconds that Knative keeps SIGTERM back. */
const startWithin = 240_000;
const drain = 30;

/** `platform`: what Knative adds to the environment (SinkBinding). */
export async function startKnativeService(
  service: Manifest,
  machine: Machine,
  platform: Readonly<Record<string, string>>,
): Promise<KnativeService> {
  const pod = service.spec.template.spec as Pod;
  const { readinessProbe, ports = [] } = pod.containers[0]!;
  const { containerConcurrency: concurrency = 0, timeoutSeconds = 300 } = pod;
  const pods: Running[] = [];
  const answers: number[] = [];
  const waiting: (() => void)[] = [];
  let [inside, most] = [0, 0];
  let starting: Promise<Running> | undefined;

  async function start(): Promise<Running> {
    const running = await machine.run(pod, platform);
    pods.push(running);
    const end = Date.now() + startWithin;
    for (;;) {
      if (running.process.exitCode !== null) throw new Error(`${service.metadata.name} ended: ${running.output()}`);
      const port = running.ports[ports[0]!.containerPort];
      const probe = await fetch(`http://127.0.0.1:${port}${readinessProbe!.httpGet.path}`).catch(() => undefined);
      await probe?.arrayBuffer();
      if (probe?.ok) return running;
      if (Date.now() > end) throw new Error(`${service.metadata.name} is not ready: ${running.output()}`);
      await pause(50);
    }
  }

  async function enter(): Promise<boolean> {
    if (concurrency > 0 && inside >= concurrency) {
      // The breaker of queue-proxy: ten times as many wait, more are turned away.
      if (waiting.length >= 10 * concurrency) return false;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    inside += 1;
    most = Math.max(most, inside);
    return true;
  }

  async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number) => {
      answers.push(status);
      response.writeHead(status).end();
    };
    if (!(await enter())) return answer(503);
    try {
      starting ??= start();
      const running = await starting;
      await forward(running.ports[ports[0]!.containerPort]!, request, response);
      answers.push(response.statusCode);
    } catch {
      if (!response.headersSent) answer(504);
    } finally {
      inside -= 1;
      waiting.shift()?.();
    }
  }

  function forward(port: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
    return new Promise((resolve, reject) => {
      const { method, url, headers } = request;
      const signal = AbortSignal.timeout(timeoutSeconds * 1000);
      const onwards = http.request({ port, host: '127.0.0.1', method, path: url, headers, signal }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response).on('close', resolve);
      });
      onwards.on('error', reject);
      request.pipe(onwards);
    });
  }

  const server = http.createServer((request, response) => void onRequest(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  async function scaleToZero(): Promise<number | null | undefined> {
    const running = await starting?.catch(() => undefined);
    starting = undefined;
    if (!running) return undefined;
    running.process.kill('SIGTERM');
    const timer = setTimeout(() => running.process.kill('SIGKILL'), (timeoutSeconds - drain) * 1000);
    const code = await running.ended;
    clearTimeout(timer);
    return code;
  }

  return {
    name: service.metadata.name,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pods,
    answers,
    busiest: () => most,
    scaleToZero,
    async close() {
      server.closeAllConnections();
      server.close();
      await scaleToZero();
    },
  };
}
