// Nothing acknowledged is lost: each function as the process it is in a cluster, under load, ended in the middle of it. Who
// sends does what the real one does: a broker sends again what was not acknowledged, Gitea never.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildFunctions, freePort } from '../../local/processes.ts';
import { createGiteaStandIn, type GiteaStandIn, type RepositoryHandle } from '../../stand-ins/gitea/index.ts';
import { createModelRegistryStandIn, type StandIn } from '../../stand-ins/model-registry/index.ts';
import { type Running, start } from '../conformance/processes.ts';
import { type End, type Ended, startLoad, type ToSend } from './load.ts';
import { event, pushPayload, secret, webhook, webhooks } from './messages.ts';
import { createSink, type Sink } from './sink.ts';

const zeros = '0'.repeat(40);
const models = Array.from({ length: 5 }, (_, i) => `model-${i}`);
const versions = Array.from({ length: 60 }, (_, i) => `v${i}`);
const file = (model: string) => `model-deployments/prod/${model}/config.yaml`;
const deploys = (model: string, version: string) => `name: ${model}\nversion: ${version}\n`;

/** One function, what it is sent, and where the work that it acknowledges has to be. */
interface Case {
  env: Record<string, string>;
  atOnce: number;
  /** Requests that have ended when the process is. */
  after: number;
  /** Undefined: all that there is was sent. */
  next(): ToSend | undefined;
  /** Ids among the acknowledged whose work is not where it should be. */
  lost(acknowledged: ReadonlySet<string>): string[];
  /** What the sender repeats until it is acknowledged; Gitea repeats nothing. */
  repeats: boolean;
  /** A named exception: what is acknowledged waits in memory, so that only a reconcile finds what a kill loses. */
  waitsInMemory?: boolean;
  /** After the last acknowledgement. */
  atEnd?(): Promise<void>;
}

const isAcknowledged = (end: End) => typeof end === 'number' && end < 300;

function counted(ended: readonly Ended[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { end } of ended) counts[end] = (counts[end] ?? 0) + 1;
  return counts;
}

describe('a process that is ended under load', () => {
  let bundles: Awaited<ReturnType<typeof buildFunctions>>;
  let sink: Sink;
  let gitea: GiteaStandIn;
  let repository: RepositoryHandle;
  let registry: StandIn;
  let running: Running | undefined;

  before(async () => {
    bundles = await buildFunctions();
  });
  after(() => bundles.remove());

  beforeEach(async () => {
    sink = await createSink();
    gitea = await createGiteaStandIn();
    const files = Object.fromEntries(models.map((model) => [file(model), deploys(model, 'v0')]));
    repository = gitea.createRepository('ada/fleet', { files });
    registry = await createModelRegistryStandIn();
    for (const name of models)
      registry.addModel({
        name,
        versions: versions.map((version, i) => ({ name: version, labels: i === 0 ? ['prod'] : [] })),
      });
  });
  afterEach(async () => {
    await running?.stop();
    await Promise.all([sink.close(), gitea.close(), registry.close()]);
  });

  const url = () => `${gitea.url}/ada/fleet`;
  const gitSettings = () => ({
    GITEA_URL: gitea.url,
    GITEA_REPOSITORY: 'ada/fleet',
    GITEA_TOKEN: gitea.token('ada'),
  });
  const indexOf = (version: string) => versions.indexOf(version);
  /** Index of the newest version of a model that holds the label; -1: none does. */
  const labelled = (model: string) => {
    const holders = Object.entries(registry.labels()[model] ?? {}).filter(([, labels]) => labels.includes('prod'));
    return Math.max(-1, ...holders.map(([version]) => indexOf(version)));
  };

  const cases: Record<string, () => Case> = {
    'gitea-source': () => {
      sink.delayMs = 20;
      return {
        env: { FUNCTION_TARGET: 'gitea-source', GITEA_WEBHOOK_SECRET: secret, K_SINK: sink.url },
        atOnce: 32,
        after: 100,
        next: webhooks({ repository: url(), before: zeros, after: repository.head()!, filler: 5_000 }),
        lost(acknowledged) {
          const there = new Set(sink.taken.map(({ id }) => id));
          return [...acknowledged].filter((id) => !there.has(id));
        },
        repeats: false,
      };
    },

    parse: () => {
      sink.delayMs = 5;
      // One in thirty is not taken: some of the events of a push are handed on, some are not.
      let count = 0;
      sink.refuses = () => (++count % 30 === 0 ? 503 : undefined);
      const expected = new Map<string, { type: string; trace: string; events: number; since: number }>();
      let turn = 0;
      return {
        env: { FUNCTION_TARGET: 'parse', K_SINK: sink.url, ...gitSettings() },
        atOnce: 8,
        after: 30,
        next() {
          const head = repository.head()!;
          turn += 1;
          const drift = {
            environment: 'prod',
            repository: url(),
            head,
            observedAt: new Date().toISOString(),
            models: models.slice(0, 3).map((model) => ({ model, git: ['v0'], registry: [] })),
          };
          const [type, data, events] = (
            [
              ['dev.knative.sources.ping', {}, 1],
              ['dev.mlops.registry.drifted.v1', drift, 3],
              [
                'dev.knative.source.gitea.push',
                pushPayload({ repository: url(), before: zeros, after: head }),
                models.length,
              ],
            ] as const
          )[turn % 3]!;
          const sent = event(type, data);
          expected.set(sent.id, { type, trace: sent.trace, events, since: sink.taken.length });
          return sent;
        },
        lost(acknowledged) {
          const there = new Map<string, Set<string>>();
          for (const { trace, id } of sink.taken) there.set(trace, (there.get(trace) ?? new Set()).add(id));
          return [...acknowledged].filter((id) => {
            const { type, trace, events, since } = expected.get(id)!;
            // Pings that wait for the same reading are answered by what is handed on for one of them.
            if (type === 'dev.knative.sources.ping')
              return !sink.taken.slice(since).some((taken) => taken.type === 'dev.mlops.environment.observed.v1');
            return there.get(trace)?.size !== events;
          });
        },
        repeats: true,
      };
    },

    'registry-writer': () => {
      registry.faults.latencyMs = 5;
      const sent = new Map<string, { model: string; version: number }>();
      let turn = 0;
      // Young enough not to be refused for its age.
      let observedAt = Date.now() - 1_800_000;
      const withoutLabel = new Set<string>();
      registry.events.on('call', ({ method }) => {
        if (method === 'PATCH') for (const model of models) if (labelled(model) < 0) withoutLabel.add(model);
      });
      return {
        env: { FUNCTION_TARGET: 'registry-writer', MODEL_REGISTRY_URL: registry.url },
        atOnce: 16,
        after: 100,
        next() {
          turn += 1;
          const model = models[turn % models.length]!;
          const version = Math.floor(turn / models.length) + 1;
          // A process that ends refuses so fast that there would be none left.
          if (version >= versions.length) return undefined;
          observedAt += 10;
          const one = event('dev.mlops.model.promoted.v1', {
            environment: 'prod',
            model,
            cause: 'push',
            repository: url(),
            branch: 'main',
            head: repository.head()!,
            observedAt: new Date(observedAt).toISOString(),
            complete: true,
            serving: [
              {
                version: versions[version]!,
                applications: [model],
                path: file(model),
                commit: repository.head()!,
                promotedAt: new Date(observedAt).toISOString(),
                promotedBy: { login: 'ada' },
              },
            ],
          });
          sent.set(one.id, { model, version });
          return one;
        },
        // A newer event may have been done, in part or whole, without being acknowledged.
        lost: (acknowledged) =>
          [...acknowledged].filter((id) => {
            const { model, version } = sent.get(id)!;
            return labelled(model) < version;
          }),
        repeats: true,
        async atEnd() {
          assert.deepEqual([...withoutLabel], [], 'models that were without a label for a moment');
          for (const model of models) {
            const newest = Math.max(
              ...[...sent.values()].filter((one) => one.model === model).map((one) => one.version),
            );
            const holders = Object.entries(registry.labels()[model]!).filter(([, labels]) => labels.length > 0);
            assert.deepEqual(holders, [[versions[newest], ['prod']]], model);
          }
        },
      };
    },
  };

  cases['dead-letter'] = () => {
    sink.delayMs = 20;
    const traces = new Map<string, string>();
    return {
      env: { FUNCTION_TARGET: 'dead-letter', K_SINK: sink.url },
      atOnce: 32,
      after: 100,
      next() {
        const extensions = { knativeerrorcode: '422', knativeerrordest: 'http://parse.default.svc.cluster.local/' };
        const letter = event('dev.knative.sources.ping', {}, { extensions });
        traces.set(letter.id, letter.trace);
        return letter;
      },
      lost(acknowledged) {
        const reported = new Set(
          sink.taken.filter(({ type }) => type === 'dev.mlops.delivery.lost.v1').map(({ trace }) => trace),
        );
        return [...acknowledged].filter((id) => !reported.has(traces.get(id)!));
      },
      repeats: true,
    };
  };

  cases['all functions in one process'] = () => {
    const sent = new Map<string, { model: string; version: number }>();
    let turn = 0;
    return {
      env: {
        GITEA_WEBHOOK_SECRET: secret,
        MODEL_REGISTRY_URL: registry.url,
        EVENTS_PORT: '0',
        ...gitSettings(),
      },
      atOnce: 4,
      after: 40,
      next() {
        turn += 1;
        const model = models[turn % models.length]!;
        const version = Math.floor(turn / models.length) + 1;
        if (version >= versions.length) return undefined;
        const before = repository.head()!;
        const after = repository.commit({
          files: { [file(model)]: deploys(model, versions[version]!) },
          message: `Promote ${model}`,
        });
        const one = webhook({ repository: url(), before, after });
        sent.set(one.id, { model, version });
        return one;
      },
      lost: (acknowledged) =>
        [...acknowledged].filter((id) => {
          const { model, version } = sent.get(id)!;
          return labelled(model) < version;
        }),
      repeats: false,
      waitsInMemory: true,
    };
  };

  async function play(name: string, signal: 'SIGTERM' | 'SIGKILL') {
    const one = cases[name]!();
    const port = await freePort();
    const args = [path.join(bundles.folder, 'index.cjs')];
    const env = { ...one.env, PORT: String(port) };
    running = await start('own', args, env);
    const unsent: ToSend[] = [];
    const messages = new Map<string, ToSend>();
    const load = startLoad({
      port,
      atOnce: one.atOnce,
      pauseAfterLoss: 100,
      next() {
        const message = unsent.shift() ?? one.next();
        if (message) messages.set(message.id, message);
        return message;
      },
    });
    while (load.ended.length < one.after) await pause(10);
    const atSignal = performance.now();
    running.process.kill(signal);
    // Long enough to be told that nobody listens any more.
    const first = [...(await pause(300).then(load.stop))];
    const code = await running.ended;
    const acknowledged = new Set(first.filter(({ end }) => isAcknowledged(end)).map(({ id }) => id));
    const lost = one.lost(acknowledged).length;
    if (!(one.waitsInMemory && signal === 'SIGKILL')) assert.equal(lost, 0, 'acknowledged and lost');

    if (one.repeats) {
      running = await start('own', args, env);
      unsent.push(...[...messages.values()].filter(({ id }) => !acknowledged.has(id)));
      for (let round = 0; unsent.length > 0; round++) {
        assert.ok(round < 100, `${unsent.length} are never acknowledged`);
        const again = startLoad({ port, atOnce: one.atOnce, next: () => unsent.shift() });
        for (const { id, end } of await again.finished()) {
          if (isAcknowledged(end)) acknowledged.add(id);
          else unsent.push(messages.get(id)!);
        }
      }
      assert.equal(acknowledged.size, messages.size);
      assert.deepEqual(one.lost(acknowledged), [], 'acknowledged after the restart and lost');
    }
    if (lost > 0) await heal(args, env);
    await one.atEnd?.();
    return {
      code,
      ended: first,
      underWay: first.filter(({ sentAt, endedAt }) => sentAt < atSignal && endedAt > atSignal),
      lost,
    };
  }

  /** Starts it again and sends what a PingSource sends. */
  async function heal(args: readonly string[], env: Record<string, string>): Promise<void> {
    const eventsPort = await freePort();
    running = await start('own', args, { ...env, EVENTS_PORT: String(eventsPort) });
    const pings = [event('dev.knative.sources.ping', {})];
    const [ping] = await startLoad({ port: eventsPort, atOnce: 1, next: () => pings.pop() }).finished();
    assert.equal(ping!.end, 202);
    const isHealed = () =>
      [...repository.files()].every(([, text]) => {
        const [, model, version] = /^name: (.*)\nversion: (.*)$/m.exec(text)!;
        return registry.labels()[model!]![version!]!.includes('prod');
      });
    while (!isHealed()) await pause(20);
  }

  it('all functions in one process: what is still coming in at SIGTERM is done to the end', async () => {
    const one = cases['all functions in one process']!();
    running = await start('own', [path.join(bundles.folder, 'index.cjs')], one.env);
    const { id, headers, body } = one.next()!;
    const request = http.request({
      host: '127.0.0.1',
      port: running.port,
      method: 'POST',
      headers: { ...headers, expect: '100-continue' },
    });
    const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
    request.flushHeaders();
    // It is taken; on a slow machine SIGTERM would otherwise come first.
    await once(request, 'continue');
    request.write(body.subarray(0, 10));
    running.process.kill('SIGTERM');
    await running.wrote('"ending"');
    await pause(500);
    request.end(body.subarray(10));
    const [response] = await answered;
    assert.equal(response.statusCode, 202);
    assert.equal(await running.ended, 0);
    assert.deepEqual(one.lost(new Set([id])), []);
  });

  it('gitea-source says by exit code 1, and by id in its log, that it gave up what it had acknowledged', async () => {
    const { env, next } = cases['gitea-source']!();
    sink.mode = 'stall';
    const args = [path.join(bundles.folder, 'index.cjs')];
    running = await start('own', args, { ...env, TERMINATION_GRACE_PERIOD_SECONDS: '2' });
    const message = next()!;
    const messages = [message];
    const [ended] = await startLoad({ port: running.port, atOnce: 1, next: () => messages.pop() }).finished();
    assert.equal(ended!.end, 202);
    running.process.kill('SIGTERM');
    assert.equal(await running.ended, 1);
    assert.match(running.output(), new RegExp(`given up at the end of the process.*${message.id}`));
  });

  for (const name of Object.keys(cases)) {
    it(`${name} at SIGTERM: what is under way is finished or answered 503, and the exit code is 0`, async () => {
      const { code, ended, underWay } = await play(name, 'SIGTERM');
      assert.equal(code, 0);
      assert.ok(underWay.length > 0, 'something was under way');
      const unexpected = underWay.filter(({ end }) => ![200, 202, 503].includes(end as number));
      assert.deepEqual(counted(unexpected), {});
      // Later ones may meet nobody, or the kernel's queue of connections that nobody takes any more.
      const later = ended.filter(({ end }) => ![200, 202, 503, 'refused', 'broken'].includes(end));
      assert.deepEqual(counted(later), {});
      console.log(`      ${JSON.stringify(counted(ended))}`);
    });

    it(`${name} at SIGKILL: no acknowledgement without the work`, async () => {
      const { code, ended, underWay, lost } = await play(name, 'SIGKILL');
      assert.equal(code, null);
      const counts = counted(ended);
      assert.ok(underWay.length > 0, 'something was under way');
      const healed = lost > 0 ? `, ${lost} lost in memory and healed by one reconcile` : '';
      console.log(`      ${JSON.stringify(counts)}${healed}`);
    });
  }
});
