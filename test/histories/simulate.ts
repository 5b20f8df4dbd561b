// One history from beginning to end: builds the world, lets everything happen, heals it, reconciles, and asks the oracle.
import { createHmac } from 'node:crypto';
import { deliveryBody, deliveryHeaders } from '../../local/gitea/delivery-headers.ts';
import type { Hook } from '../../local/gitea/world.ts';
import { checkDone, createReadings, createRepetitions } from './answers.ts';
import { startBroker, triggersFor } from './broker.ts';
import type { Coverage } from './coverage.ts';
import { checkRegistry, handovers } from './final.ts';
import { createGit, giteaUrl, lowered, webhookSecret } from './git.ts';
import { createGitLife } from './git-life.ts';
import { environments, type History, type Link, models, type ProcessName } from './history.ts';
import { type Caller, type CallInfo, createNetwork, NoAnswer, type Request, type Server } from './network.ts';
import { createPeople } from './people.ts';
import { brokerUrl, type Process, pool, startProcess } from './processes.ts';
import { createRegistry, registryUrl } from './registry.ts';
import { Scheduler } from './scheduler.ts';
import { createWatch, Divergence } from './watch.ts';

export interface Outcome {
  /** Undefined: the registry equals Git. */
  divergence?: Divergence;
  trace: readonly string[];
  hash: string;
  /** Whether anything was lost, so that only the reconcile could make it true. */
  lost: boolean;
}

const aMoment = 60_000;

export async function simulate(
  history: History,
  coverage: Coverage,
  onLine?: (line: string) => void,
): Promise<Outcome> {
  const scheduler = new Scheduler(history.seed);
  scheduler.onLine = onLine;
  let losses = 0;
  const lose = (what: string) => {
    losses += 1;
    scheduler.note(`lost: ${what}`);
  };
  try {
    await live(history, scheduler, coverage, lose, () => losses);
    return { trace: scheduler.trace, hash: scheduler.hash(), lost: losses > 0 };
  } catch (error) {
    if (!(error instanceof Divergence)) throw error;
    scheduler.note(`DIVERGENCE ${error.message}`);
    return { divergence: error, trace: scheduler.trace, hash: scheduler.hash(), lost: losses > 0 };
  }
}

async function live(
  history: History,
  scheduler: Scheduler,
  coverage: Coverage,
  lose: (what: string) => void,
  losses: () => number,
): Promise<void> {
  const network = createNetwork(scheduler, history.faults, coverage);
  let failure: unknown;
  let deliveries = 0;
  const guard = <A extends unknown[], R>(work: (...given: A) => R): ((...given: A) => R | undefined) => {
    return (...given) => {
      try {
        return work(...given);
      } catch (error) {
        failure ??= error;
        return undefined;
      }
    };
  };

  const git = createGit(
    {
      generation: history.gitea,
      now: () => scheduler.now + history.skews.gitea,
      time: () => scheduler.now,
      repositories: history.twoRepositories ? 2 : 1,
      treePage: history.treePage,
    },
    (hook, type, payload) => deliver(hook, type, payload),
  );
  const watch = createWatch(
    git,
    () => scheduler.now,
    () => registry.store,
    coverage,
  );
  const registry = createRegistry(
    {
      generation: history.registry,
      now: () => scheduler.now + history.skews.registry,
      pause: () => scheduler.pause(scheduler.between(0, 8)),
    },
    guard(watch.onWrite),
  );
  const people = createPeople(registry, scheduler, coverage);
  for (const registered of history.registered) people.register(registered);
  mark();

  const down = new Set<string>();
  const giteaServer: Server = {
    name: 'gitea',
    take: async (request) =>
      down.has('gitea') ? { status: 503, headers: {}, body: Buffer.alloc(0) } : git.answer(request),
  };
  const registryServer: Server = {
    name: 'registry',
    async take(request, call) {
      if (down.has('registry')) throw new NoAnswer('refused');
      if (request.method !== 'GET') await people.beforeWrite();
      return registry.answer(request, { call });
    },
  };

  // A call of 15 minutes that gets no answer is all that gitea-source has time for.
  const waitsForEver = history.faults.some(({ fault }) => /^(time-out|late)/.test(String(fault)));
  const calls = new Map<ProcessName, number>();
  const dies = (kind: ProcessName) => {
    const nth = calls.get(kind) ?? 0;
    calls.set(kind, nth + 1);
    const death = healed ? undefined : history.deaths.find((one) => one.process === kind && one.nth === nth);
    if (death) coverage.count(`death of ${kind} ${death.when} a call`);
    return death;
  };
  let healed = false;
  const around = {
    scheduler,
    network,
    skew: (name: string, instance: number) => {
      const { parse } = history.skews;
      return name.startsWith('parse') ? parse[(instance + name.length) % parse.length]! : 0;
    },
    dies,
    onDeath(name: string) {
      // What it had acknowledged and not handed on is gone with it.
      if (name === 'gitea-source') lose('gitea-source died');
    },
    onLog(name: string, _level: string, message: string, fields: Readonly<Record<string, unknown>> | undefined) {
      if (message === 'unexpected error')
        failure ??= new Divergence(`${name}: unexpected error ${JSON.stringify(fields)}`);
      if (message === 'event lost after the answer') lose('given up by gitea-source');
      // No outage here lasts as long as gitea-source is to try; one call that gets no answer does.
      if (!waitsForEver && name === 'gitea-source' && (fields?.outcome === 'lost' || fields?.outcome === 'unavailable'))
        failure ??= new Divergence('gitea-source gave up what it had taken');
      scheduler.note(`    ${name}: ${inShort(message, fields)}`);
    },
    env: {
      ENVIRONMENTS: environments.join(','),
      ...(history.signed ? { EVENT_SIGNING_KEY: 'a key between parse and registry-writer' } : {}),
    },
    route(from: ProcessName, url: string): { link: Link; server: Server } {
      if (url.startsWith(giteaUrl)) return { link: 'parse → gitea', server: giteaServer };
      if (url.startsWith(registryUrl)) return { link: 'registry-writer → registry', server: registryServer };
      const link = from === 'gitea-source' ? 'gitea-source → broker' : 'parse → broker';
      return { link, server: down.has('broker') ? { name: 'broker', take: undefined } : broker };
    },
  };
  const source = startProcess('gitea-source', 'gitea-source', {}, around);
  const parses = git.repositories.map(({ fullName }, index) =>
    pool(
      Array.from({ length: history.parses }, (_, one) =>
        startProcess(
          `parse${index === 0 ? '' : '-lab'}${one === 0 ? '' : '+'}`,
          'parse',
          { GITEA_REPOSITORY: fullName },
          around,
        ),
      ),
      scheduler,
    ),
  );
  const writer = startProcess('registry-writer', 'registry-writer', {}, around);

  const checkedWriter: Server = {
    name: 'registry-writer',
    get take() {
      const { take } = writer;
      return (
        take &&
        (async (request: Request, call: CallInfo) => {
          const answer = await take(request, call);
          guard(checkDone)(request, answer, registry, watch, coverage);
          return answer;
        })
      );
    },
  };
  const readings = createReadings(git, () => scheduler.now, coverage);
  const checkedParse = (server: Server): Server => ({
    name: server.name,
    get take() {
      const { take } = server;
      return (
        take &&
        (async (request: Request, call: CallInfo) => {
          const since = scheduler.now;
          const answer = await take(request, call);
          guard(readings.check)(request, answer, since);
          return answer;
        })
      );
    },
  });
  const checkRepetition = guard(createRepetitions());
  const addresses = parses.map((_, index) => `http://parse-${index + 1}.svc/`);
  const subscribers = new Map<string, { link: Link; server: Server }>([
    ...parses.map(
      (server, index) => [addresses[index]!, { link: 'broker → parse' as Link, server: checkedParse(server) }] as const,
    ),
    ['http://registry-writer.svc/', { link: 'broker → registry-writer' as Link, server: checkedWriter }],
  ]);
  let taken = 0;
  const broker: Process = startBroker({
    scheduler,
    network,
    asynchronous: history.asynchronous,
    subscribers,
    triggers: triggersFor(addresses, 'http://registry-writer.svc/'),
    fate(event) {
      const nth = taken++;
      const fate = healed ? undefined : history.eventFates.find((one) => one.nth === nth)?.fate;
      if (fate) {
        coverage.count(`event ${fate}`);
        scheduler.note(`event ${event.attributes.type} is ${fate}`);
      }
      return fate;
    },
    dies: () => dies('broker'),
    onLoss: lose,
    onArrival({ event }) {
      scheduler.note(`broker has ${event.attributes.type} ${event.attributes.subject ?? ''}`);
      checkRepetition(event);
      readings.note(event);
    },
  });

  for (const { handle } of git.repositories) {
    handle.createWebhook({
      url: 'http://gitea-source.svc/',
      secret: webhookSecret,
      events: ['push', 'pull_request_only'],
    });
  }

  // Outages.
  for (const { of, at, lasts } of history.outages) {
    scheduler.after(at, () => {
      if (healed) return;
      scheduler.note(`outage of ${of} for ${lasts} ms`);
      coverage.count(`outage of ${of}`);
      if (of === 'database') registry.database.set(lasts % 3 === 0 ? 'recovering' : 'stopped', lasts % 2);
      else if (of === 'stalled database') registry.database.set('stalled');
      else if (of === 'broker') down.add('broker');
      else down.add(of);
    });
    scheduler.after(at + lasts, () => {
      if (of === 'database' || of === 'stalled database') registry.database.set('up');
      else down.delete(of);
    });
  }

  // The repositories are there before anybody looks.
  if (!history.fresh)
    for (const { handle } of git.repositories) handle.commit({ files: { 'README.md': 'fleet\n' }, message: 'First' });

  // Life.
  const life = createGitLife(git, coverage);
  let at = aMoment;
  for (const { after, step } of history.steps) {
    at += after;
    const pause = scheduler.between(0, 5_000);
    scheduler.after(
      at,
      guard(() => {
        scheduler.note(`— ${describeStep(step)}`);
        coverage.count(`step ${step.do}`);
        if (step.do === 'register') people.register({ ...step, labels: [], archived: false });
        else if (step.do === 'person') people.act(step);
        else if (step.do === 'ping') void ping();
        else {
          const then = life.act(step);
          if (then) scheduler.after(pause, guard(then));
        }
      }),
    );
  }
  await rest();

  if (losses() === 0 && convergesAlone(history) && !JSON.stringify(history.steps).includes('unreadable')) {
    coverage.count('converged without a reconcile');
    checkRegistry(git, registry.store, coverage, true);
  }
  await Promise.all([people.beforeWrite(), rest()]);
  network.heal();
  healed = true;
  await reconcile();
  for (let more = 0; more < 2 && handovers(git, registry.store).length > 0; more++) await reconcile();
  checkRegistry(git, registry.store, coverage, false);
  const before = watch.writes();
  await reconcile();
  if (watch.writes() > before) throw new Divergence('a second reconcile wrote something');
  coverage.count('histories');

  async function rest(): Promise<void> {
    await scheduler.run();
    if (failure !== undefined) throw failure;
  }

  async function reconcile(): Promise<void> {
    scheduler.note('— reconcile');
    void ping();
    await rest();
  }

  /** The PingSource: waits for its answer and repeats nothing here. */
  async function ping(): Promise<void> {
    const body = Buffer.from('{"reconcile":true}');
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': `ping-${scheduler.now}`,
      'ce-source': '/pings',
      'ce-type': 'dev.knative.sources.ping',
      'content-type': 'application/json',
    };
    if (broker.take === undefined) return;
    const gone = new AbortController().signal;
    const info = { link: undefined, nth: 0, sentAt: scheduler.now, instance: 0, late: false, gone };
    await broker.take({ method: 'POST', url: brokerUrl, headers, body }, info).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) failure ??= error;
    });
  }

  /** Gitea's deliveries: one attempt, 5 s, no order. */
  function deliver(hook: Hook, eventType: string, payload: string): void {
    const nth = deliveries++;
    const fate = healed ? undefined : history.fates.find((one) => one.nth === nth)?.fate;
    if (fate) {
      coverage.count(`webhook ${fate}`);
      scheduler.note(`webhook ${nth} (${eventType}) will be ${fate}`);
    }
    if (fate === 'lost') {
      lose(`webhook ${nth}`);
      return;
    }
    const send = (uuid: string, text: string, pause: number) =>
      scheduler.after(pause, () => {
        const body = Buffer.from(deliveryBody(hook, text));
        const headers = lowered(
          Object.fromEntries(deliveryHeaders(git.world.generation, hook, { uuid, eventType, payload: text })),
        );
        const sent = fate === 'cut off' ? body.subarray(0, body.length - 20) : body;
        const caller: Caller = { instance: 0, alive: () => true, atEnd: new Set() };
        const request = { method: 'POST', url: hook.url, headers, body: sent };
        network.call('gitea → gitea-source', caller, source, request, 5_000).then(
          ({ status }) => {
            if (status > 299) lose(`webhook ${nth} answered ${status}`);
          },
          () => lose(`webhook ${nth} unanswered`),
        );
      });
    const text = fate === 'shortened' ? shortened(payload) : payload;
    send(uuidOf(nth), text, fate === 'late' ? scheduler.between(5_000, 300_000) : scheduler.between(500, 4_500));
    if (fate === 'doubled') send(uuidOf(nth), text, scheduler.between(500, 60_000));
    if (fate === 'replayed') send(uuidOf(nth + 10_000), text, scheduler.between(5_000, 300_000));
  }

  /** Models that others have marked, or that somebody labelled. */
  function mark(): void {
    for (const { model, environment, by } of history.marked) {
      const row = registry.store.rows('RegisteredModel').find(({ name }) => name === models[model]);
      if (row === undefined || by === 'nobody') continue;
      const name = environments[environment]!;
      const values = {
        repository: 'https://git.elsewhere.test/other/fleet',
        head: 'f'.repeat(40),
        observedAt: '2026-09-30T08:00:00.000Z',
      };
      for (const [key, value] of Object.entries(values))
        row.properties.push({ name: `${name}.${key}`, custom: true, string: value });
    }
  }
}

/** Nothing was lost by chance either. */
function convergesAlone({ kind }: History): boolean {
  return kind === 'calm' || kind === 'nothing lost';
}

function inShort(message: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const { id, type, subject, outcome, reason, ...more } = fields;
  const about = [type, subject, outcome, reason].filter((value) => value !== undefined).join(' | ');
  if (message === 'event') return about;
  const { trace, function: _, ms, ...rest } = more;
  return `${message} | ${about} ${Object.keys(rest).length > 0 ? JSON.stringify(rest) : ''}`;
}

function describeStep(step: History['steps'][number]['step']): string {
  return JSON.stringify(step);
}

/** As gitea-source itself shortens a great push, or Gitea cuts its list of commits. */
function shortened(payload: string): string {
  const content = JSON.parse(payload) as Record<string, unknown>;
  return JSON.stringify({ ...content, commits: [] });
}

function uuidOf(nth: number): string {
  const hex = createHmac('sha256', 'deliveries').update(String(nth)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
