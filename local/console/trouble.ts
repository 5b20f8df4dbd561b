// What can go wrong on the way, on request: to the next webhook (webhook-faults.ts), to servers, which go down and come back, to
// functions, which are killed, to images, which are missing, and to a label, which somebody edits. Never changes a real server.

import { ActionError, type Actions } from '../../console/action.ts';
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
  type NextFault,
  nextFaults,
  type WebhookFaultOptions,
  type WebhookFaultView,
} from './webhook-faults.ts';

const servers = ['gitea', 'broker', 'registry', 'cluster'] as const;
type ServerName = (typeof servers)[number];

export interface TroubleView extends WebhookFaultView {
  down: ServerName[];
  functions: Record<string, string>;
  /** Where a cluster stands in: the next image is missing, and those that are (by the address of the artifact). */
  images?: { missNext: boolean; missing: string[] };
}

export interface Trouble {
  view(): TroubleView;
  /** What the page's buttons do. */
  actions: Actions;
  close(): void;
}

export interface TroubleOptions extends WebhookFaultOptions {
  /** The one whose label is moved, and about which an event is forged. */
  environment(): string;
}

const willBe: Record<NextFault, string> = {
  lose: 'will be lost',
  double: 'will be sent twice',
  delay: 'will be delayed',
  reorder: 'will be held back until another one has been sent',
  tamper: 'will be changed on the way',
};

const nameOf: Record<ServerName, string> = {
  gitea: 'Gitea',
  broker: 'The broker',
  registry: 'The registry',
  cluster: 'The cluster',
};

export function createTrouble(system: RunningSystem, options: TroubleOptions): Trouble {
  const { changed, environment } = options;
  const { gitea, registry, broker, functions } = system;
  const cluster = system.cluster?.standIn;
  const down = new Set<ServerName>();
  const onState = () => changed();
  for (const { process } of functions) process?.events.on('state', onState);
  cluster?.images.on('changed', onState);
  const webhooks = createWebhookFaults(gitea.standIn, options);

  async function setDown(server: ServerName, isDown: boolean): Promise<void> {
    if (isDown === down.has(server)) return;
    if (server === 'gitea') await gitea.standIn?.setDown(isDown ? 'refuse' : false);
    else if (server === 'broker') await broker.setDown(isDown);
    else if (server === 'cluster') await cluster?.kubernetes.setDown(isDown);
    else if (registry.standIn) registry.standIn.faults.onRequest = isDown ? () => 'reset' : undefined;
    if (isDown) down.add(server);
    else down.delete(server);
    changed();
  }

  const actions: Actions = {
    async next(fields) {
      const fault = fields.optional('fault');
      if (!gitea.standIn) throw new ActionError('webhooks of a real Gitea are left alone');
      if (fault !== undefined && !isNextFault(fault))
        throw new ActionError(`expected one of ${nextFaults.join(', ')}, or nothing`);
      webhooks.setNext(fault);
      return `The next webhook ${fault ? willBe[fault] : 'is left alone'}`;
    },
    async release() {
      webhooks.release();
      return 'The held webhook was let go';
    },
    async down(fields) {
      const server = fields.text('server') as ServerName;
      if (!servers.includes(server)) throw new ActionError(`expected one of ${servers.join(', ')}`);
      if ((server === 'gitea' && !gitea.standIn) || (server === 'registry' && !registry.standIn))
        throw new ActionError('a real server is left alone');
      if (server === 'cluster' && !cluster) throw new ActionError('no cluster stands in');
      await setDown(server, fields.flag('down'));
      return `${nameOf[server]} ${fields.flag('down') ? 'went down' : 'is back'}`;
    },
    async kill(fields) {
      const wanted = fields.text('function');
      const found = functions.find(({ name }) => name === wanted)?.process;
      if (!found) throw new ActionError('no such function runs here');
      found.kill();
      return `${wanted} was killed`;
    },
    async 'miss-image'(fields) {
      if (!cluster) throw new ActionError('no cluster stands in');
      cluster.missNext = fields.flag('on');
      changed();
      return `The next version that is rolled out will have ${cluster.missNext ? 'no' : 'its'} image`;
    },
    async 'push-image'(fields) {
      const uri = fields.text('uri');
      if (!cluster?.missing().includes(uri)) throw new ActionError('that image is not missing');
      cluster.pushImage(uri);
      return `${uri.split('/').at(-1)} was pushed to the image registry`;
    },
    async colleague() {
      if (!registry.standIn) throw new ActionError('a real registry is left alone');
      return moveLabel(createReaders(system, personAgent).registry, labelOf(environment())).catch((error: Error) => {
        throw new ActionError(error.message);
      });
    },
    async 'forge-event'() {
      void forgeEvent(system, environment()).catch(() => {});
      return 'Somebody without the signing key sent the broker an event that says Git deploys nothing any more';
    },
  };

  return {
    view: () => ({
      ...webhooks.view(),
      down: [...down],
      functions: Object.fromEntries(functions.map(({ name, process }) => [name, process?.state ?? 'idle'])),
      ...(cluster && { images: { missNext: cluster.missNext, missing: cluster.missing() } }),
    }),
    actions,
    close() {
      for (const { process } of functions) process?.events.off('state', onState);
      webhooks.close();
      cluster?.images.off('changed', onState);
    },
  };
}

function isNextFault(text: string): text is NextFault {
  return (nextFaults as readonly string[]).includes(text);
}

/** Takes the label from a version that has it and gives it to another. Resolves with what was done, in words. */
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

/** Posts a promotion to the broker as somebody would who has no key. Resolves with the broker's status. */
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
