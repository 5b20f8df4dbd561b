// One parse over an object forge, with what it handed on kept for the test.
import { CloudEvent } from 'cloudevents';
import * as deploymentWarned from '../../../events/deployment-warned.ts';
import * as environmentObserved from '../../../events/environment-observed.ts';
import * as modelPromoted from '../../../events/model-promoted.ts';
import * as modelWithdrawn from '../../../events/model-withdrawn.ts';
import type { Forge } from '../../../forges/forge.ts';
import type { Deliver } from '../../../functions/deliver.ts';
import type { EventFunction, Result } from '../../../functions/function.ts';
import { createParse } from '../../../functions/parse/function.ts';
import { readSettings } from '../../../functions/settings.ts';
import type { Io } from '../../../io/io.ts';
import type { Drift, EnvironmentReport, Promotion } from '../../../promotions/promotion.ts';
import { type Line, recordingIo } from '../../io/recording-io.ts';
import { type ObjectForge, objectForge } from './object-forge.ts';

export const zeros = '0'.repeat(40);

export interface ParseWorld<F> {
  forge: F;
  parse: EventFunction;
  lines: Line[];
  /** What was accepted by the sink, in order. */
  handed: CloudEvent<unknown>[];
  on(event: CloudEvent<unknown>): Promise<Result>;
}

export interface Options<F extends Forge = ObjectForge> {
  env?: Record<string, string>;
  /** Default: an object forge. */
  forge?: F;
  /** `null`: neither sink nor receiver in this process. */
  deliver?: Deliver | null;
  io?: (io: Io) => Io;
}

export function parseWorld<F extends Forge = ObjectForge>({
  env = {},
  forge = objectForge() as Forge as F,
  deliver,
  io: change = (io) => io,
}: Options<F> = {}): ParseWorld<F> {
  const { io, lines } = recordingIo();
  const handed: CloudEvent<unknown>[] = [];
  const settings = readSettings(
    { GITEA_URL: 'https://git.example.test', GITEA_REPOSITORY: 'acme/fleet', ...env },
    'parse',
    () => '',
  );
  const keep: Deliver = async (event) => {
    const answer = deliver ? await deliver(event) : { status: 202 };
    if (answer.status < 300) handed.push(event);
    return answer;
  };
  const parse = createParse(settings, change(io), forge, deliver === null ? undefined : keep);
  const on = (event: CloudEvent<unknown>) =>
    parse.on(event, { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`, log: io.log });
  return { forge, parse, lines, handed, on };
}

/** A file that deploys a model. */
export function config(version: string, name = 'jukebox'): string {
  return `name: ${name}\nversion: ${version}\nimage_repository: quay.io\nimage_namespace: user1\n`;
}

export const prod = (application: string) => `model-deployments/prod/${application}/config.yaml`;
export const test = (application: string) => `model-deployments/test/${application}/config.yaml`;

export function push(
  before: string,
  after: string,
  change: { ref?: string; repository?: object; id?: string } = {},
): CloudEvent<unknown> {
  const { ref = 'refs/heads/main', id = 'delivery-1', repository = {} } = change;
  return new CloudEvent<unknown>({
    id,
    type: 'dev.knative.source.gitea.push',
    source: 'https://git.example.test/acme/fleet',
    data: {
      ref,
      before,
      after,
      repository: { html_url: 'https://git.example.test/acme/fleet', full_name: 'acme/fleet', ...repository },
      pusher: { login: 'grace', full_name: 'Grace' },
    },
  });
}

/** A pull request's event: of one that was merged, unless `change` says otherwise. */
export function merged(
  after: string,
  change: {
    action?: string;
    repository?: object;
    id?: string;
    pull?: { merged?: boolean; base?: { ref: string }; head?: { sha: string }; merge_base?: string; number?: number };
  } = {},
): CloudEvent<unknown> {
  const { action = 'closed', repository = {}, id = 'delivery-2', pull = {} } = change;
  return new CloudEvent<unknown>({
    id,
    type: 'dev.knative.source.gitea.pull_request',
    source: 'https://git.example.test/acme/fleet',
    data: {
      action,
      pull_request: { number: 7, merged: true, merge_commit_sha: after, base: { ref: 'main' }, head: {}, ...pull },
      repository: { html_url: 'https://git.example.test/acme/fleet', full_name: 'acme/fleet', ...repository },
    },
  });
}

export function ping(): CloudEvent<unknown> {
  return new CloudEvent<unknown>({
    id: 'ping-1',
    type: 'dev.knative.sources.ping',
    source: '/apis/v1/pingsources/reconcile',
    data: {},
  });
}

export function drift(
  head: string,
  models: string[],
  change: Partial<Drift> = {},
  id = 'drift-1',
): CloudEvent<unknown> {
  return new CloudEvent<unknown>({
    id,
    type: 'dev.mlops.registry.drifted.v1',
    source: 'https://git.example.test/acme/fleet',
    data: {
      environment: 'prod',
      repository: 'https://git.example.test/acme/fleet',
      head,
      observedAt: '2026-10-01T08:00:00.000Z',
      models: models.map((model) => ({ model, git: [], registry: [] })),
      ...change,
    },
  });
}

/** Without what people are told. Reads with the event's own schema, so that nothing goes out that the writer would refuse. */
export function promotionsOf(events: readonly CloudEvent<unknown>[]): Promotion[] {
  return events
    .filter(({ type }) => type !== deploymentWarned.type)
    .map((event) => (event.type === modelPromoted.type ? modelPromoted.read(event) : modelWithdrawn.read(event)));
}

export function observationsOf(events: readonly CloudEvent<unknown>[]): EnvironmentReport[] {
  return events.map((event) => environmentObserved.read(event));
}

/** `prod/jukebox: 1, 2` of promoted, `prod/jukebox: -` of withdrawn; `?` when incomplete. */
export function short(events: readonly CloudEvent<unknown>[]): string[] {
  return promotionsOf(events).map(
    ({ environment, model, serving, complete }) =>
      `${environment}/${model}: ${serving.map(({ version }) => version).join(', ') || '-'}${complete ? '' : ' ?'}`,
  );
}
