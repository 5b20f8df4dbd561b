// registry-writer on our host with the real adapter, before a Model Registry stand-in: events go in by HTTP, calls are counted.
import assert from 'node:assert/strict';
import type { CloudEvent } from 'cloudevents';
import * as environmentObserved from '../../../events/environment-observed.ts';
import * as modelPromoted from '../../../events/model-promoted.ts';
import * as modelWithdrawn from '../../../events/model-withdrawn.ts';
import { eventHandler } from '../../../functions/function.ts';
import { createRegistryWriter } from '../../../functions/registry-writer/function.ts';
import { readSettings } from '../../../functions/settings.ts';
import { serve } from '../../../host/server.ts';
import type { Http, HttpRequest, HttpResponse } from '../../../io/io.ts';
import { sendEvent } from '../../../io/sink.ts';
import type { EnvironmentReport, PromotedVersion, Promotion } from '../../../promotions/promotion.ts';
import { openRegistry } from '../../../registries/index.ts';
import {
  createModelRegistryStandIn,
  type StandIn,
  type StandInOptions,
} from '../../../stand-ins/model-registry/index.ts';
import { recordingIo } from '../../io/recording-io.ts';

export const repository = 'https://gitea.example.test/user1/mlops-gitops';
export const commit = (digit: string) => digit.repeat(40);

export function serving(version: string, more: Partial<PromotedVersion> = {}): PromotedVersion {
  return {
    version,
    applications: ['jukebox'],
    path: 'model-deployments/prod/jukebox/config.yaml',
    commit: commit('c'),
    promotedAt: '2026-10-01T10:00:00Z',
    promotedBy: { login: 'ada' },
    ...more,
  };
}

let ids = 0;

interface Entity {
  id: string;
  name: string;
  registeredModelId?: string;
  state?: string;
  customProperties: EditedProperties;
}

export type EditedProperties = Record<string, { metadataType: string; string_value?: string }>;

export interface World {
  registry: StandIn;
  lines: ReturnType<typeof recordingIo>['lines'];
  /** The lines of its metrics page that begin so. */
  metrics(name: string): string[];
  /** A time like the registry's own, in ms from now. */
  at(ms: number): string;
  promotion(servings: PromotedVersion[], more?: Partial<Promotion>): Promotion;
  send(promotion: Promotion): Promise<HttpResponse>;
  observe(observation: Partial<EnvironmentReport>): Promise<HttpResponse>;
  post(event: CloudEvent<unknown>): Promise<HttpResponse>;
  /** What happens before each of the writer's calls is sent. */
  beforeCall?: ((request: HttpRequest) => Promise<void>) | undefined;
  /** What a person at the registry's own page does: reads a version (or the model), and sends its whole map with a change. */
  edit(model: string, version: string | undefined, change: (properties: EditedProperties) => void): Promise<void>;
  /** The calls of `work`, and how many of them had to wait for one another. */
  count(work: () => Promise<unknown>): Promise<{ reads: number; writes: number; calls: number; depth: number }>;
  /** String properties of a version (or of the model), by key. */
  properties(model: string, version?: string): Record<string, string>;
  close(): Promise<void>;
}

/** `now`: the writer's clock, where a test needs another. */
export async function createWorld(
  options: StandInOptions = {},
  env: Record<string, string> = {},
  now?: () => number,
): Promise<World> {
  const registry = await createModelRegistryStandIn(options);
  const { io, lines } = recordingIo();
  const spans: { start: number; end: number }[] = [];
  let tick = 0;
  const api: Http = async (request) => {
    const span = { start: tick++, end: 0 };
    spans.push(span);
    try {
      await world.beforeCall?.(request);
      return await io.api(request);
    } finally {
      span.end = tick++;
    }
  };
  const counted = { ...io, api, clock: { ...io.clock, ...(now && { now }) } };
  const settings = readSettings({ MODEL_REGISTRY_URL: registry.url, ...env }, 'registry-writer', io.readFile);
  const writer = createRegistryWriter(settings, counted, openRegistry(settings.registryWriter, counted));
  const host = await serve(eventHandler(writer, counted), {
    port: 0,
    hostname: '127.0.0.1',
    bodyLimit: 1024 * 1024,
    requestTimeoutMs: 200_000,
    gracePeriodMs: 1_000,
    io,
  });
  const post = (event: CloudEvent<unknown>) =>
    sendEvent(io.sink, `http://127.0.0.1:${host.port}/`, event, { timeoutMs: 200_000 });
  const origin = () => ({ cause: { source: repository, id: `test-${++ids}` }, time: new Date().toISOString() });
  const begin = Math.floor(Date.now() / 1000) * 1000;
  const at = (ms: number) => new Date(begin + ms).toISOString();

  function entityOf(model: string, version: string | undefined): Entity {
    const { registeredModels, modelVersions } = registry.dump() as unknown as Record<string, Entity[]>;
    const owner = registeredModels?.find(({ name }) => name === model);
    const entity =
      version === undefined
        ? owner
        : modelVersions?.find(({ name, registeredModelId }) => name === version && registeredModelId === owner?.id);
    assert.ok(entity, `${model} ${version ?? ''} is not in the stand-in`);
    return entity;
  }

  const world: World = {
    registry,
    lines,
    metrics: (name) =>
      io.metrics
        .text()
        .split('\n')
        .filter((line) => line.startsWith(name)),
    at,
    promotion: (servings, more = {}) => ({
      environment: 'prod',
      model: 'jukebox',
      cause: 'push',
      repository,
      branch: 'main',
      head: commit('a'),
      observedAt: at(0),
      complete: true,
      serving: servings,
      ...more,
    }),
    send: (promotion) =>
      post(
        promotion.serving.length > 0
          ? modelPromoted.make(promotion, origin())
          : modelWithdrawn.make(promotion, origin()),
      ),
    observe: (observation) =>
      post(
        environmentObserved.make(
          {
            environment: 'prod',
            repository,
            branch: 'main',
            head: commit('a'),
            observedAt: at(0),
            complete: true,
            page: { from: '', number: 1, of: 1 },
            models: [],
            ...observation,
          },
          origin(),
        ),
      ),
    post,
    async count(work) {
      spans.length = 0;
      const before = registry.calls.length;
      await work();
      const calls = registry.calls.slice(before);
      const writes = calls.filter(({ method }) => method !== 'GET').length;
      return { reads: calls.length - writes, writes, calls: calls.length, depth: longestChain(spans) };
    },
    properties(model, version) {
      const { customProperties } = entityOf(model, version);
      const texts = Object.entries(customProperties).filter(([, value]) => value.string_value !== undefined);
      return Object.fromEntries(texts.map(([key, value]) => [key, value.string_value ?? '']));
    },
    async edit(model, version, change) {
      const { id, customProperties, state } = entityOf(model, version);
      change(customProperties);
      const kind = version === undefined ? 'registered_models' : 'model_versions';
      const answer = await fetch(`${registry.url}/api/model_registry/v1alpha3/${kind}/${id}`, {
        method: 'PATCH',
        body: JSON.stringify({ state, customProperties }),
      });
      assert.equal(answer.status, 200);
    },
    async close() {
      await host.close();
      await registry.close();
    },
  };
  return world;
}

/** The most spans of which each began after the one before had ended. */
function longestChain(spans: readonly { start: number; end: number }[]): number {
  const depths: number[] = [];
  spans.forEach((span, i) => {
    const earlier = spans.slice(0, i).map((other, j) => (other.end < span.start ? (depths[j] ?? 0) : 0));
    depths.push(1 + Math.max(0, ...earlier));
  });
  return Math.max(0, ...depths);
}
