// What can go wrong on the way, on request: to the next webhook (webhook-faults.ts), to servers, which go down and come back, to
// functions, which are killed, to images, which are missing, and to a label, which somebody edits. Never changes a real server.

import { holdsLabel } from '../../promotions/deployment-record.ts';
import { labelOf } from '../../promotions/property-names.ts';
import type { RegisteredVersion } from '../../promotions/registry-state.ts';
import type { Registry } from '../../registries/registry.ts';
import { postEvent } from '../../stand-ins/post-event.ts';
import { createReaders, personAgent } from './readers.ts';
import { numberIn } from './registry-view.ts';
import type { RunningSystem } from './system.ts';
import {
  createWebhookFaults,
  type WebhookFaultOptions,
  type WebhookFaults,
  type WebhookFaultView,
} from './webhook-faults.ts';

export const servers = ['gitea', 'broker', 'registry', 'cluster'] as const;
export type ServerName = (typeof servers)[number];

export interface TroubleView extends WebhookFaultView {
  down: ServerName[];
  functions: Record<string, string>;
  /** Where a cluster stands in: the next image is missing, and those that are (by the address of the artifact). */
  images?: { missNext: boolean; missing: string[] };
}

export interface Trouble extends Pick<WebhookFaults, 'setNext' | 'release'> {
  view(): TroubleView;
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

export function createTrouble(system: RunningSystem, options: WebhookFaultOptions): Trouble {
  const { changed } = options;
  const { gitea, registry, broker, functions } = system;
  const cluster = system.cluster?.standIn;
  const down = new Set<ServerName>();
  const onState = () => changed();
  for (const { process } of functions) process?.events.on('state', onState);
  cluster?.images.on('changed', onState);
  const webhooks = createWebhookFaults(gitea.standIn, options);

  return {
    view: () => ({
      ...webhooks.view(),
      down: [...down],
      functions: Object.fromEntries(functions.map(({ name, process }) => [name, process?.state ?? 'idle'])),
      ...(cluster && { images: { missNext: cluster.missNext, missing: cluster.missing() } }),
    }),
    setNext: webhooks.setNext,
    release: webhooks.release,
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
    moveLabel: (environment) => moveLabel(createReaders(system, personAgent).registry, labelOf(environment)),
    forgeEvent: (environment) => forgeEvent(system, environment),
    close() {
      for (const { process } of functions) process?.events.off('state', onState);
      webhooks.close();
      cluster?.images.off('changed', onState);
    },
  };
}

async function moveLabel(registry: Registry, label: string): Promise<string> {
  for (const model of await registry.models()) {
    const versions = (await registry.versions(model)).sort((a, b) => numberIn(a.id) - numberIn(b.id));
    const holds = ({ properties }: RegisteredVersion) => holdsLabel(properties, label);
    const from = versions.find(holds);
    const to = versions.findLast((version) => !holds(version));
    if (!from || !to) continue;
    await registry.changeVersion(from, { set: {}, remove: [label] });
    await registry.changeVersion(to, { set: { [label]: '' }, remove: [] });
    return `A colleague moved the label ${label} from ${model.name} ${from.name} to ${to.name}`;
  }
  throw new Error(`no model has one version with the label ${label} and another without`);
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
