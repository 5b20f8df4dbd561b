// One installation beside Gitea and the registry: the functions' processes, the broker and the wires between them, with what
// is watched at each wire.

import type { BrokerEvent } from '../../stand-ins/broker/event.ts';
import { checkDone, checkShown, createReadings, createRepetitions } from './answers.ts';
import { isExtra, startBroker, triggersFor } from './broker.ts';
import type { Course } from './course.ts';
import { giteaUrl, serviceUrl } from './git.ts';
import { type Death, environments, type Link, type ProcessName } from './history.ts';
import { type Answer, type CallInfo, type Network, NoAnswer, type Request, type Server } from './network.ts';
import { brokerUrl, type Process, pool, type Surroundings, startProcess } from './processes.ts';
import { registryUrl } from './registry.ts';
import type { Scheduler } from './scheduler.ts';
import { Divergence } from './watch.ts';
import type { World } from './world.ts';

export const signingKey = 'a key between parse and registry-writer';

export interface Installation {
  /** Where webhooks go. */
  source: Server;
  broker: Server;
  /** The last event of a type that the broker took, copies and made-up ones left out. */
  seen(type: string): BrokerEvent | undefined;
  /** How often parse asked the sender of a push to come again. */
  putOff(): number;
  /** The PingSource: asks for a reconcile, waits for the answer, repeats nothing. */
  ping(): Promise<void>;
}

export function install(
  course: Course<Scheduler>,
  network: Network,
  { git, registry, people, watch, told, down }: World,
): Installation {
  const { history, time: scheduler, coverage } = course;
  const giteaServer: Server = {
    name: 'gitea',
    async take(request) {
      if (down.has('gitea')) return { status: 503, headers: {}, body: Buffer.alloc(0) };
      if (down.has('slow gitea')) await scheduler.pause(scheduler.between(200, 2_000));
      return git.answer(request);
    },
  };
  const registryServer: Server = {
    name: 'registry',
    async take(request, call) {
      if (down.has('registry')) throw new NoAnswer('refused');
      if (request.method !== 'GET') await people.beforeWrite(request);
      return registry.answer(request, { call });
    },
  };
  const dies = createDeaths(course);
  const around: Surroundings = {
    scheduler,
    network,
    skew(name, instance) {
      const { parse } = history.skews;
      return name.startsWith('parse') ? parse[(instance + name.length) % parse.length]! : 0;
    },
    dies,
    onDeath(name) {
      // What it had acknowledged and not handed on is gone with it.
      if (name === 'gitea-source') course.lose('gitea-source died');
    },
    onLog: createListener(course),
    env: {
      ENVIRONMENTS: environments.join(','),
      ...registry.settings,
      ...(history.signed ? { EVENT_SIGNING_KEY: signingKey } : {}),
    },
    route(from, url) {
      if (url.startsWith(giteaUrl) || url.startsWith(serviceUrl)) {
        return { link: from === 'commit-status' ? 'commit-status → gitea' : 'parse → gitea', server: giteaServer };
      }
      if (url.startsWith(registryUrl)) return { link: 'registry-writer → registry', server: registryServer };
      const link = from === 'gitea-source' ? 'gitea-source → broker' : 'parse → broker';
      return { link, server: down.has('broker') ? { name: 'broker', take: undefined } : broker };
    },
  };

  const source = startProcess('gitea-source', 'gitea-source', {}, around);
  const { readAt } = history;
  const addressFor = (nth: number) => (readAt === 'service' || (readAt === 'both' && nth > 0) ? serviceUrl : giteaUrl);
  const parses = git.repositories.map(({ configured }, index) => {
    const names = Array.from(
      { length: readAt === 'both' ? 2 : history.parses },
      (_, nth) => `parse${index === 0 ? '' : '-lab'}${nth === 0 ? '' : `-${nth + 1}`}`,
    );
    return pool(
      names.map((name, nth) => {
        const env = { GITEA_REPOSITORY: configured, GITEA_URL: addressFor(nth), ALLOW_HTTP: 'true' };
        return startProcess(name, 'parse', env, around);
      }),
      scheduler,
    );
  });
  const writer = startProcess('registry-writer', 'registry-writer', {}, around);
  const status = history.statuses
    ? startProcess(
        'commit-status',
        'commit-status',
        { GITEA_REPOSITORY: git.repositories[0]!.configured, GITEA_URL: addressFor(1), ALLOW_HTTP: 'true' },
        around,
      )
    : undefined;

  const slow = history.faults.some(({ link, fault }) => fault === 'slow' && link.startsWith('registry-writer'));
  const impostor = history.faults.some(({ link, fault }) => link === 'parse → broker' && fault === 'malformed');
  const readings = createReadings(git, () => scheduler.now, coverage, impostor);
  const checkRepetition = createRepetitions();
  const parseAddresses = parses.map((_, index) => `http://parse-${index + 1}.svc/`);
  const writerAddress = 'http://registry-writer.svc/';
  const statusAddress = 'http://commit-status.svc/';
  const subscribers = new Map<string, { link: Link; server: Server }>([
    ...parses.map((server, index): [string, { link: Link; server: Server }] => [
      parseAddresses[index]!,
      {
        link: 'broker → parse',
        server: overheard(server, (request, answer, since) => {
          const isPush = request.headers['ce-type'] === 'dev.knative.source.gitea.push';
          if (isPush && answer.status === 503) putOff += 1;
          if (isPush && answer.status < 300 && down.has('slow gitea'))
            coverage.count('pushes read while Gitea is slow');
          readings.check(git.repositories[index]!, request, answer, since);
        }),
      },
    ]),
    [
      writerAddress,
      {
        link: 'broker → registry-writer',
        server: overheard(writer, (request, answer) =>
          request.headers['ce-type'] === 'dev.mlops.serving.observed.v1'
            ? checkShown(request, answer, registry, told, watch, coverage, slow)
            : checkDone(request, answer, git, registry, watch, coverage, slow),
        ),
      },
    ],
    ...(status ? [[statusAddress, { link: 'broker → commit-status', server: status }] as const] : []),
  ]);
  let putOff = 0;
  const seen = new Map<string, BrokerEvent>();
  const damaged = new Set<string | undefined>();
  let taken = 0;
  const broker: Process = startBroker({
    scheduler,
    network,
    asynchronous: history.asynchronous,
    subscribers,
    triggers: triggersFor(parseAddresses, writerAddress, status && statusAddress),
    fate(event) {
      readings.note(event);
      const nth = taken++;
      const fate = course.healed ? undefined : history.eventFates.find((one) => one.nth === nth)?.fate;
      if (fate) {
        if (fate === 'cut off') damaged.add(event.attributes.id);
        coverage.count(`event ${fate}`);
        scheduler.note(`event ${event.attributes.type} is ${fate}`);
      }
      return fate;
    },
    dies: () => dies('broker'),
    onLoss: course.lose,
    onUntold: () => {
      course.untold += 1;
    },
    onArrival: course.guard(({ event }) => {
      scheduler.note(`broker has ${event.attributes.type} ${event.attributes.subject ?? ''}`);
      if (isExtra(event) || damaged.has(event.attributes.id)) return;
      seen.set(event.attributes.type ?? '', event);
      checkRepetition(event);
    }),
  });

  return { source, broker, ping, seen: (type) => seen.get(type), putOff: () => putOff };

  /** A server each answer of which is looked at before it goes on its way. */
  function overheard(server: Server, look: (request: Request, answer: Answer, since: number) => void): Server {
    return {
      name: server.name,
      get take() {
        const { take } = server;
        return (
          take &&
          (async (request: Request, call: CallInfo) => {
            const since = scheduler.now;
            const answer = await take(request, call);
            course.guard(look)(request, answer, since);
            return answer;
          })
        );
      },
    };
  }

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
      if (!(error instanceof NoAnswer)) course.fail(error);
    });
  }
}

/** Gives the death that was ordered for the next call of a process. */
function createDeaths(course: Course): (kind: ProcessName) => Death | undefined {
  const { history, coverage } = course;
  const calls = new Map<ProcessName, number>();
  return (kind) => {
    const nth = calls.get(kind) ?? 0;
    calls.set(kind, nth + 1);
    const death = course.healed ? undefined : history.deaths.find((one) => one.process === kind && one.nth === nth);
    if (death) coverage.count(`death of ${kind} ${death.when} a call`);
    return death;
  };
}

/** Hears what the processes log: some lines tell of a loss, some must never be there. */
function createListener(course: Course): Surroundings['onLog'] {
  // A call of 15 minutes that gets no answer is all that gitea-source has time for.
  const waitsForEver = course.history.faults.some(({ fault }) => /^(time-out|late)/.test(String(fault)));
  return (name, _level, message, fields) => {
    if (message === 'unexpected error')
      course.fail(new Divergence(`${name}: unexpected error ${JSON.stringify(fields)}`));
    if (message === 'event lost after the answer') course.lose('given up by gitea-source');
    // No outage here lasts as long as gitea-source is to try; one call that gets no answer does.
    // After a 404 it says at once that there may be no such broker, and goes on.
    const gaveUp =
      fields?.outcome === 'lost' || (fields?.outcome === 'unavailable' && !/ 404/.test(String(fields.reason)));
    if (!waitsForEver && name === 'gitea-source' && gaveUp)
      course.fail(new Divergence('gitea-source gave up what it had taken'));
    course.time.note(`    ${name}: ${inShort(message, fields)}`);
  };
}

function inShort(message: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const { id, type, subject, outcome, reason, ...more } = fields;
  const about = [type, subject, outcome, reason].filter((value) => value !== undefined).join(' | ');
  if (message === 'event') return about;
  const { trace, function: _, ms, ...rest } = more;
  return `${message} | ${about} ${Object.keys(rest).length > 0 ? JSON.stringify(rest) : ''}`;
}
