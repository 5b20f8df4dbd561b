// The registries that the contract suite runs over: the stand-in in all its generations, and a real server where
// MODEL_REGISTRY_URL is set. Seeding goes through the registry's own REST, because that is what both have.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Http } from '../../io/io.ts';
import type { Registry, RegistryOptions } from '../../registries/registry.ts';
import {
  createModelRegistryStandIn,
  GENERATIONS,
  type GenerationName,
  type StandIn,
} from '../../stand-ins/model-registry/index.ts';
import { API, adapterAt, testIo } from '../registries/kubeflow/world.ts';

export type Json = Record<string, unknown>;

export interface SeedVersion {
  name: string;
  customProperties?: Json;
  state?: string;
  author?: string;
  artifacts?: Json[];
}

export interface World {
  /** A model name that no other test has used; real servers have no DELETE. */
  unique(name: string): string;
  adapter(): Registry;
  /** Calls that adapters have made so far. */
  calls(): number;
  /** The JSON of an answer; fails when the status is not 2xx. */
  rest(method: 'GET' | 'POST' | 'PATCH', path: string, body?: Json): Promise<Json>;
  model(model: Json, versions?: SeedVersion[]): Promise<{ id: string; versions: Record<string, string> }>;
  /** Many versions at once. */
  bulk(name: string, versions: { name: string; labels: string[] }[]): Promise<unknown>;
  close(): Promise<void>;
  /** Undefined for a real server. */
  standIn: StandIn | undefined;
}

export const LABEL = { metadataType: 'MetadataStringValue', string_value: '' };
export const text = (value: string) => ({ metadataType: 'MetadataStringValue', string_value: value });

/** Without PostgreSQL under v0.2.21: that pair cannot list the versions of a model at all (the server's own fault). */
export const generations = (Object.keys(GENERATIONS) as GenerationName[]).filter((name) => name !== 'v0.2.21-postgres');

export async function openStandIn(generation: GenerationName): Promise<World> {
  // Every reading is a millisecond later, so that no two writes have the same time.
  let time = Date.UTC(2026, 10, 23);
  const standIn = await createModelRegistryStandIn({ generation, clock: () => time++ });
  return world({ url: standIn.url, api: API, token: () => undefined, ca: () => undefined }, standIn);
}

export function openRealServer(url: string): World {
  const { MODEL_REGISTRY_API: api = API, MODEL_REGISTRY_TOKEN: token, MODEL_REGISTRY_CA_FILE: file } = process.env;
  const ca = file === undefined ? undefined : readFileSync(file, 'utf8');
  return world({ url, api, token: () => token, ca: () => ca }, undefined);
}

function world(options: RegistryOptions, standIn: StandIn | undefined): World {
  const io = testIo();
  const run = Math.random().toString(36).slice(2, 8);
  let count = 0;
  let own = 0;
  const counting: Http = (request) => {
    count++;
    return io.api(request);
  };

  async function rest(method: 'GET' | 'POST' | 'PATCH', path: string, body?: Json): Promise<Json> {
    own++;
    const token = options.token();
    const ca = options.ca();
    const response = await io.api({
      method,
      url: `${options.url.replace(/\/+$/, '')}${options.api}${path}`,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(ca === undefined ? {} : { ca }),
      timeoutMs: 200_000,
    });
    assert.ok([200, 201].includes(response.status), `${method} ${path}: ${response.status} ${response.body}`);
    return JSON.parse(response.body.toString('utf8'));
  }

  async function model(model: Json, versions: SeedVersion[] = []) {
    const id = String((await rest('POST', '/registered_models', model)).id);
    const ids: Record<string, string> = Object.create(null);
    for (const { artifacts = [], ...version } of versions) {
      const created = await rest('POST', '/model_versions', { ...version, registeredModelId: id });
      ids[version.name] = String(created.id);
      for (const artifact of artifacts) await rest('POST', `/model_versions/${created.id}/artifacts`, artifact);
    }
    return { id, versions: ids };
  }

  return {
    unique: (name) => `${name}.${run}`,
    adapter: () => adapterAt(options.url, options, { ...io, api: counting }),
    // The stand-in's own log where there is one: it would show a repeat that the client made by itself.
    calls: () => (standIn === undefined ? count : standIn.calls.length - own),
    rest,
    model,
    bulk: async (name, versions) =>
      standIn?.addModel({ name, versions }) ??
      model(
        { name },
        versions.map(({ name, labels }) => ({
          name,
          customProperties: Object.fromEntries(labels.map((label) => [label, LABEL])),
        })),
      ),
    close: async () => standIn?.close(),
    standIn,
  };
}
