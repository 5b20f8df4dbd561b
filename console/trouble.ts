// What can go wrong on the way, on request. Webhooks of the stand-in are lost, doubled, delayed, reordered or
// tampered with; servers go down and come back; functions are killed; images are missing; somebody edits a label. Never changes a real server.

import { labelOf } from '../promotions/property-names.ts';
import type { Delivery, DeliveryRule } from '../stand-ins/gitea/index.ts';
import { callJson } from '../stand-ins/json-call.ts';
import { postEvent } from '../stand-ins/post-event.ts';
import { personAgent } from './readers.ts';
import type { RunningSystem } from './system.ts';

/** What may become of the next webhook about a push to the watched branch. */
export const nextFaults = ['lose', 'double', 'delay', 'reorder', 'tamper'] as const;
export type NextFault = (typeof nextFaults)[number];
export const servers = ['gitea', 'broker', 'registry', 'cluster'] as const;
export type ServerName = (typeof servers)[number];

export interface TroubleView {
  next?: NextFault;
  /** A webhook is held until the next one has gone. */
  holding: boolean;
  down: ServerName[];
  functions: Record<string, string>;
  /** Where a cluster stands in: the next image is missing, and those that are (by the address of the artifact). */
  images?: { missNext: boolean; missing: string[] };
}

export interface Trouble {
  view(): TroubleView;
  /** One at a time; undefined: none. */
  setNext(fault: NextFault | undefined): void;
  /** Lets a held webhook go. */
  release(): void;
  setDown(server: ServerName, down: boolean): Promise<void>;
  kill(name: string): void;
  /** The next version that is rolled out has no image. */
  setMissNext(missNext: boolean): void;
  /** Somebody pushes it after all. */
  pushImage(uri: string): void;
  /** Takes the label from a version that has it and gives it to another. Resolves with what was done, in words. */
  moveLabel(environment: string): Promise<string>;
  /** Posts a promotion to the broker as somebody would who has no key. Resolves with the broker's status. */
  forgeEvent(environment: string): Promise<number>;
  close(): void;
}

/** ms; longer than what Gitea's other webhooks take, short enough to wait for. */
export const delayMs = 6_000;

export interface TroubleOptions {
  /** The watched one, when it is known. */
  branch(): string | undefined;
  /** The view is another one. */
  changed(): void;
  /** The delivery of that id got the chosen fault. */
  met(id: string, fault: NextFault): void;
}

export function createTrouble(system: RunningSystem, { branch, changed, met }: TroubleOptions): Trouble {
  const { gitea, registry, broker, functions } = system;
  const cluster = system.cluster?.standIn;
  const down = new Set<ServerName>();
  let next: NextFault | undefined;
  let held: string | undefined;

  const onState = () => changed();
  for (const { process } of functions) process?.events.on('state', onState);
  const onDelivered = (delivery: Delivery) => {
    if (held !== undefined && delivery.uuid !== held && isOurs(delivery)) release();
  };
  gitea.standIn?.live.on('delivered', onDelivered);
  cluster?.images.on('changed', onState);

  const rule: DeliveryRule = (delivery) => {
    // The merged pull request would be a second chance, so that nothing could be seen of what happens to the push.
    if (next !== undefined && next !== 'double' && delivery.eventType === 'pull_request') return 'drop';
    if (next === undefined || !isOurs(delivery)) return 'send';
    const fault = next;
    next = undefined;
    if (fault === 'reorder') held = delivery.uuid;
    changed();
    met(delivery.uuid, fault);
    switch (fault) {
      case 'lose':
        return 'drop';
      case 'double':
        // As the settings page's button does it: another delivery id, the same text.
        queueMicrotask(() => gitea.standIn?.replay(delivery.uuid));
        return 'send';
      case 'delay':
        return { delayMs };
      case 'reorder':
        return 'hold';
      case 'tamper':
        delivery.body = delivery.body.replaceAll(afterOf(delivery), 'f'.repeat(40));
        return 'send';
    }
  };

  function isOurs({ eventType, payload }: Delivery): boolean {
    if (eventType !== 'push') return false;
    const { ref } = JSON.parse(payload) as { ref?: string };
    return ref === `refs/heads/${branch() ?? 'main'}`;
  }

  function release(): void {
    const uuid = held;
    held = undefined;
    if (uuid !== undefined) gitea.standIn?.releaseDeliveries([uuid]);
    changed();
  }

  return {
    view: () => ({
      ...(next ? { next } : {}),
      holding: held !== undefined,
      down: [...down],
      functions: Object.fromEntries(functions.map(({ name, process }) => [name, process?.state ?? 'idle'])),
      ...(cluster && { images: { missNext: cluster.missNext, missing: cluster.missing() } }),
    }),
    setNext(fault) {
      next = fault;
      // Set anew each time: the demo's own story uses rules too.
      gitea.standIn?.setDeliveryRule(rule);
      changed();
    },
    release,
    async setDown(server, isDown) {
      if (isDown === down.has(server)) return;
      if (server === 'gitea') await gitea.standIn?.setDown(isDown ? 'refuse' : false);
      else if (server === 'broker') await broker.setDown(isDown);
      else if (server === 'cluster') await cluster?.kubernetes.setDown(isDown);
      else if (registry.standIn) registry.standIn.faults.onRequest = isDown ? () => 'reset' : undefined;
      if (isDown) down.add(server);
      else down.delete(server);
      changed();
    },
    kill(name) {
      const found = functions.find((one) => one.name === name)?.process;
      if (!found) throw new Error(`no function ${name} that could be killed`);
      found.kill();
    },
    setMissNext(missNext) {
      if (cluster) cluster.missNext = missNext;
      changed();
    },
    pushImage: (uri) => cluster?.pushImage(uri),
    moveLabel: (environment) => moveLabel({ ...registry, userAgent: personAgent }, labelOf(environment)),
    forgeEvent: (environment) => forgeEvent(system, environment),
    close() {
      for (const { process } of functions) process?.events.off('state', onState);
      gitea.standIn?.live.off('delivered', onDelivered);
      cluster?.images.off('changed', onState);
    },
  };
}

function afterOf({ payload }: Delivery): string {
  return (JSON.parse(payload) as { after: string }).after;
}

interface Version {
  id: string;
  name: string;
  state?: string;
  customProperties?: Record<string, { metadataType: string; string_value?: string }>;
}

async function moveLabel(registry: Parameters<typeof callJson>[0], label: string): Promise<string> {
  const { items: models } = await callJson<{ items: { id: string; name: string }[] }>(
    registry,
    'GET',
    '/registered_models?pageSize=100',
  );
  for (const model of models) {
    const { items } = await callJson<{ items: Version[] }>(
      registry,
      'GET',
      `/registered_models/${model.id}/versions?pageSize=100`,
    );
    const holds = ({ customProperties = {} }: Version) => customProperties[label]?.string_value === '';
    const from = items.find(holds);
    const to = items.findLast((version) => !holds(version));
    if (!from || !to) continue;
    const { [label]: _, ...rest } = from.customProperties!;
    await write(from, rest);
    await write(to, {
      ...to.customProperties,
      [label]: { metadataType: 'MetadataStringValue', string_value: '' },
    });
    return `A colleague moved the label ${label} from ${model.name} ${from.name} to ${to.name}`;
  }
  throw new Error(`no model has one version with the label ${label} and another without`);

  function write({ id, state }: Version, customProperties: Version['customProperties']): Promise<unknown> {
    return callJson(registry, 'PATCH', `/model_versions/${id}`, { ...(state ? { state } : {}), customProperties });
  }
}

async function forgeEvent({ broker, gitea, model }: RunningSystem, environment: string): Promise<number> {
  const now = new Date().toISOString();
  const repository = `${gitea.url}/${gitea.repository}`;
  const attributes = {
    id: `forged-${now}`,
    source: repository,
    type: 'dev.mlops.model.withdrawn.v1',
    subject: `${environment}/${model}`,
    partitionkey: model,
  };
  return postEvent(broker.url, attributes, {
    environment,
    model,
    cause: 'push',
    repository,
    branch: 'main',
    head: 'f'.repeat(40),
    observedAt: now,
    complete: true,
    serving: [],
  });
}
