// The processes of one installation: the real handlers of the functions, each with an io of its own that ends with it. What a
// dying process held in memory is gone; who waited for it sees the connection closed.

import { TryAgainError } from '../../events/errors.ts';
import type { FunctionModule } from '../../host/function-module.ts';
import type { Http, Io } from '../../io/io.ts';
import { createMetrics } from '../../io/metrics.ts';
import { request as askFunction, openFunction } from '../functions/open-function.ts';
import { giteaUrl, gitToken, statusToken, webhookSecret } from './git.ts';
import type { Link, ProcessName } from './history.ts';
import { type Answer, type Network, NoAnswer, type Request, type Server } from './network.ts';
import { registryUrl } from './registry.ts';
import type { Scheduler } from './scheduler.ts';

export const brokerUrl = 'http://broker.events.svc/local/default';

/** What a process is asked through, whoever it is at the moment. */
export interface Process extends Server {
  name: string;
  kind: ProcessName;
}

export interface Surroundings {
  scheduler: Scheduler;
  network: Network;
  /** Where an address leads, and over which link. */
  route(from: ProcessName, url: string): { link: Link; server: Server };
  /** Of the clock of the n-th instance of a process, in ms. */
  skew(process: string, instance: number): number;
  /** Asked before every call: a death that was ordered for it. */
  dies(kind: ProcessName): { when: 'before' | 'after'; down: number } | undefined;
  onDeath(process: string): void;
  onLog(process: string, level: string, message: string, fields: Readonly<Record<string, unknown>> | undefined): void;
  env: Readonly<Record<string, string>>;
}

/** Those that the promise is about. */
export type FunctionProcess = Exclude<ProcessName, 'broker'>;

/** Starts it; from then on it dies and comes back as ordered. */
export function startProcess(
  name: string,
  kind: FunctionProcess,
  env: Record<string, string>,
  around: Surroundings,
): Process {
  const { scheduler, network } = around;
  const process: Process = { name, kind, take: undefined };
  const settings = { ...common, ...around.env, ...env };
  let instances = 0;
  start();
  return process;

  function start(): void {
    const instance = ++instances;
    const waiting = new Set<(error: NoAnswer) => void>();
    const atEnd = new Set<() => void>();
    let alive = true;

    function die(down: number): void {
      if (!alive) return;
      alive = false;
      scheduler.note(`${name} dies`);
      around.onDeath(name);
      process.take = undefined;
      for (const end of atEnd) end();
      for (const reject of waiting) reject(new NoAnswer('reset'));
      scheduler.after(down, () => {
        scheduler.note(`${name} is up again`);
        start();
      });
    }

    const http: Http = async ({ method, url, headers = {}, body, timeoutMs }) => {
      if (!alive) return never();
      const death = around.dies(kind);
      if (death?.when === 'before') {
        die(death.down);
        return never();
      }
      const request: Request = { method, url, headers: lower(headers), body: Buffer.from(body ?? '') };
      const { link, server } = around.route(kind, url);
      const caller = { instance, alive: () => alive, atEnd };
      try {
        const answer = await network.call(link, caller, server, request, timeoutMs);
        if (death?.when === 'after') {
          die(death.down);
          return await never();
        }
        return answer;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        throw new TryAgainError(`${method} ${new URL(url).host}: ${error.kind}`);
      }
    };

    const io: Io = {
      api: http,
      sink: http,
      clock: scheduler.clock(around.skew(name, instance), () => !alive),
      log: (level, message, fields) => {
        if (alive) around.onLog(name, level, message, fields);
      },
      metrics: createMetrics(),
      random: () => scheduler.random(),
      readFile: () => {
        throw new Error('no files here');
      },
    };
    const module = openFunction(kind, settings, io);
    process.take = async (request) => {
      let give: (error: NoAnswer) => void = () => {};
      const cut = new Promise<never>((_, reject) => {
        give = reject;
      });
      waiting.add(give);
      try {
        return await Promise.race([answerOf(module, kind !== 'gitea-source', request), cut]);
      } finally {
        waiting.delete(give);
      }
    };
  }
}

/** Several instances behind one address: whoever is there and has its turn takes a request. */
export function pool(instances: readonly Process[], scheduler: Scheduler): Server {
  return {
    name: instances[0]!.name,
    get take() {
      const there = instances.filter(({ take }) => take !== undefined);
      return there[Math.floor(scheduler.random() * there.length)]?.take;
    },
  };
}

const common = {
  K_SINK: brokerUrl,
  GITEA_URL: giteaUrl,
  GITEA_TOKEN: gitToken,
  GITEA_STATUS_TOKEN: statusToken,
  GITEA_WEBHOOK_SECRET: webhookSecret,
  GITEA_BRANCH: 'main',
  MODEL_REGISTRY_URL: registryUrl,
};

async function answerOf(module: FunctionModule, parseBody: boolean, { headers, body }: Request): Promise<Answer> {
  const answer = await askFunction(module, headers, body, parseBody);
  return { ...answer, headers: lower(answer.headers) };
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

function lower(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([header, value]) => [header.toLowerCase(), value]));
}
