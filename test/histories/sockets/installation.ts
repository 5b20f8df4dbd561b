// One installation as real processes: the bundles that are shipped, a broker, and a wire wherever one asks another, with
// what is to go wrong on it.

import { limits } from '../../../config/limits.ts';
import { functions } from '../../../functions/table.ts';
import type { BrokerEvent } from '../../../stand-ins/broker/event.ts';
import { triggersFor } from '../broker.ts';
import { giteaUrl, gitToken, statusToken, webhookSecret } from '../git.ts';
import { environments, type Link, type ProcessName } from '../history.ts';
import { type Answer, NoAnswer, type Request, type Server } from '../network.ts';
import { registryUrl } from '../registry.ts';
import type { World } from '../world.ts';
import type { BrokerSettings } from './broker-process.ts';
import type { Built } from './build.ts';
import type { Play } from './course.ts';
import { createEars } from './ears.ts';
import { forwardTo, ignoreNoAnswer } from './forward.ts';
import { createOrders } from './orders.ts';
import { type RealProcess, startProcess } from './process.ts';
import { createWayToBroker } from './to-broker.ts';
import { openWire, type Upstream, type Wire } from './wire.ts';

export interface Installation {
  source: Server;
  broker: Server;
  /** The last event of a type that the broker took, copies and made-up ones left out. */
  seen(type: string): BrokerEvent | undefined;
  /** Where webhooks go; undefined while it is away. */
  sourcePort(): number | undefined;
  /** The PingSource: asks for a reconcile, waits for the answer, repeats nothing. */
  ping(): Promise<void>;
  /** What is on its way, for people; nothing when all is at rest. */
  underWay(): Promise<string[]>;
  close(): Promise<void>;
}

export async function install(play: Play, built: Built, { git, registry, people, down }: World): Promise<Installation> {
  const { history, time } = play;
  const wires: Wire[] = [];
  const processes: RealProcess[] = [];
  const ears = createEars(play);
  const order = createOrders(play);

  async function wire(link: Link, upstream: Upstream, caller?: ProcessName, who?: () => RealProcess): Promise<string> {
    const opened = await openWire(
      {
        link,
        upstream,
        order: (request) => order(link, request, caller, who),
        callerWaits: patienceOf[link] ?? limits.parseHandOn,
        onError: play.fail,
      },
      time,
    );
    wires.push(opened);
    return opened.url;
  }

  function run(name: string, file: string, env: Record<string, string>, kind: ProcessName, skew = 0): RealProcess {
    const process = startProcess(
      {
        name,
        file,
        preload: built.preload,
        env,
        skew,
        onLine: play.guard((line) => ears.of[kind](name, line)),
        onDeath() {
          // What it had acknowledged and not handed on is gone with it.
          if (kind === 'gitea-source' || kind === 'broker') play.lose(`${name} was killed`);
        },
      },
      time,
    );
    processes.push(process);
    return process;
  }

  const toGitea: Upstream = async (request) =>
    down.has('gitea')
      ? { status: 503, headers: {}, body: Buffer.alloc(0) }
      : git.answer({ ...request, url: giteaUrl + request.url });
  let writes = 0;
  const toRegistry: Upstream = async (request, { sentAt, late, gone }) => {
    if (down.has('registry')) throw new NoAnswer('refused');
    if (request.method !== 'GET') await people.beforeWrite(request);
    const nth = writes++;
    const call = { link: 'registry-writer → registry' as const, nth, sentAt, instance: writer.instance, gone };
    return registry.answer(
      { ...request, url: registryUrl + request.url },
      { call: { ...call, late: late || gone.aborted } },
    );
  };
  const toBroker = createWayToBroker(
    play,
    forwardTo(() => broker.ports[0]),
    down,
  );

  const common: Record<string, string> = {
    ENVIRONMENTS: environments.join(','),
    ...(history.signed ? { EVENT_SIGNING_KEY: 'a key between parse and registry-writer' } : {}),
  };
  const brokerPath = '/local/default';
  const source: RealProcess = run(
    'gitea-source',
    built.bundleOf('gitea-source'),
    {
      ...common,
      GITEA_WEBHOOK_SECRET: webhookSecret,
      K_SINK: (await wire('gitea-source → broker', toBroker.withFate, 'gitea-source', () => source)) + brokerPath,
    },
    'gitea-source',
  );
  const writer: RealProcess = run(
    'registry-writer',
    built.bundleOf('registry-writer'),
    {
      ...common,
      ...registry.settings,
      MODEL_REGISTRY_URL: await wire('registry-writer → registry', toRegistry, 'registry-writer', () => writer),
    },
    'registry-writer',
  );
  const parses: string[] = [];
  for (const { configured } of git.repositories) {
    const instances: RealProcess[] = [];
    for (let nth = 0; nth < history.parses; nth++) {
      const name = `parse${parses.length === 0 ? '' : '-lab'}${nth || ''}`;
      const { parse } = history.skews;
      const one: RealProcess = run(
        name,
        built.bundleOf('parse'),
        {
          ...common,
          GITEA_REPOSITORY: configured,
          GITEA_TOKEN: gitToken,
          GITEA_BRANCH: 'main',
          GITEA_URL: await wire('parse → gitea', toGitea, 'parse', () => one),
          K_SINK: (await wire('parse → broker', toBroker.withFate, 'parse', () => one)) + brokerPath,
        },
        'parse',
        parse[nth % parse.length],
      );
      instances.push(one);
    }
    const anyOf = () => {
      const there = instances.filter(({ ports }) => ports.length > 0);
      return there[Math.floor(time.random() * there.length)]?.ports[0];
    };
    parses.push(await wire('broker → parse', forwardTo(anyOf), 'broker', () => broker));
  }
  const toWriter = await wire(
    'broker → registry-writer',
    forwardTo(() => writer.ports[0]),
    'broker',
    () => broker,
  );
  const toStatus = history.statuses ? await startStatuses() : undefined;
  const triggers = triggersFor(parses, toWriter, toStatus);
  const settings: BrokerSettings = { triggers, async: history.asynchronous };
  const broker: RealProcess = run('broker', built.broker, { BROKER: JSON.stringify(settings) }, 'broker');
  async function startStatuses(): Promise<string> {
    const status: RealProcess = run(
      'commit-status',
      built.bundleOf('commit-status'),
      {
        ...common,
        GITEA_REPOSITORY: git.repositories[0]!.configured,
        GITEA_STATUS_TOKEN: statusToken,
        GITEA_BRANCH: 'main',
        GITEA_URL: await wire('commit-status → gitea', toGitea, 'commit-status', () => status),
      },
      'commit-status',
    );
    return wire(
      'broker → commit-status',
      forwardTo(() => status.ports[0]),
      'broker',
      () => broker,
    );
  }
  const post = (to: Upstream, request: Request) =>
    to(request, { sentAt: time.now, late: false, gone: new AbortController().signal });
  const close = async () => {
    await Promise.all(processes.map((process) => process.stop()));
    await Promise.all(wires.map((one) => one.close()));
  };
  try {
    await Promise.all(processes.map((process) => process.up()));
  } catch (error) {
    await close();
    throw error;
  }

  return {
    sourcePort: () => source.ports[0],
    source: serverOf(
      'gitea-source',
      forwardTo(() => source.ports[0]),
      post,
    ),
    broker: serverOf('broker', (request, passing) => toBroker.past({ ...request, url: brokerPath }, passing), post),
    seen: ears.seen,
    async ping() {
      const headers = {
        'ce-specversion': '1.0',
        'ce-id': `ping-${time.now}`,
        'ce-source': '/pings',
        'ce-type': 'dev.knative.sources.ping',
        'content-type': 'application/json',
      };
      const request = { method: 'POST', url: brokerPath, headers, body: Buffer.from('{"reconcile":true}') };
      const sent = post(toBroker.past, request);
      await play.track(sent.then(({ status }) => time.note(`ping = ${status}`), ignoreNoAnswer));
    },
    async underWay() {
      const busy = wires.flatMap(({ busy }) => busy);
      const away = processes.filter(({ ports }) => ports.length === 0).map(({ name }) => `${name} is away`);
      if (busy.length + away.length > 0) return [...busy, ...away];
      const [waits, idle] = await Promise.all([
        textFrom(source.ports[0], '/metrics').then((text) => /^post_deployment_pending_events (\d+)/m.exec(text)?.[1]),
        textFrom(broker.ports[1], '/'),
      ]);
      return [
        ...(waits === '0' ? [] : [`gitea-source holds ${waits} events`]),
        ...(idle === 'true' ? [] : ['the broker has something to do']),
      ];
    },
    close,
  };
}

/** ms that a caller waits for an answer, where a wire may be as slow as that. */
const patienceOf: Partial<Record<Link, number>> = {
  'parse → gitea': limits.forgeCall,
  'commit-status → gitea': limits.forgeCall,
  'registry-writer → registry': limits.registryCall,
  'broker → registry-writer': functions['registry-writer'].trigger.attempt,
};

/** For who is no function: somebody who sends once and looks at the answer. */
function serverOf(name: string, upstream: Upstream, send: (to: Upstream, request: Request) => Promise<Answer>): Server {
  return { name, take: (request) => send(upstream, { ...request, url: '/' }) };
}

/** Empty when nobody is there. */
async function textFrom(port: number | undefined, path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
  return (await answer?.text().catch(() => '')) ?? '';
}
